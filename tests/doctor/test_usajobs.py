"""The checks of USAJOBS against the sample API, which misbehaves on request."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests

from include.doctor.findings import Finding, State
from include.doctor.usajobs import OPTIONS, Fetch, check_history, check_network, check_search
from include.jobs import limits
from include.sample_api.running import running
from include.searches.parameters import SearchParameters
from include.usajobs.historic_api import NoKey
from include.usajobs.search_api import ApiKeyAuth
from tests.sample_api.sample_client import Client, served
from tests.support.certificates import Authority
from tests.support.rows import row

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
ALL = frozenset[str]()


@pytest.fixture(scope="module")
def sample() -> Iterator[Client]:
    with served() as client:
        yield client


@pytest.fixture(autouse=True)
def no_faults(sample: Client) -> Iterator[None]:
    yield
    sample.control("DELETE", "faults")


def fetch(address: str, auth: Any = None) -> Fetch:
    account = ApiKeyAuth("seeker@example.org", "a-key")

    def send(endpoint: str, query: Mapping[str, Any]) -> requests.Response:
        return requests.get(
            f"{address}{endpoint}",
            dict(query),
            auth=auth or account,
            timeout=OPTIONS["timeout"],
            allow_redirects=OPTIONS["allow_redirects"],
            stream=OPTIONS["stream"],
        )

    return send


def searched(sample: Client, **fault: Any) -> list[Finding]:
    if fault:
        sample.control("PUT", "faults", [{"times": None, **fault}])
    return list(check_search(fetch(sample.address), SearchParameters()))


def past_day(sample: Client, **fault: Any) -> list[Finding]:
    if fault:
        sample.control("PUT", "faults", [{"times": None, **fault}])
    return list(check_history(fetch(sample.address, NoKey()), ALL, NOW))


def test_a_good_answer_is_well_in_status_total_clock_and_form(sample: Client) -> None:
    found = searched(sample)
    assert [finding.state for finding in found] == [State.OK] * 3
    clock, answer, form = (finding.message for finding in found)
    assert "clock agrees" in clock
    assert "status 200" in answer
    assert "postings for “data engineering” near Chicago, Illinois" in answer
    assert form == "The Search API: keys, types and codes are as expected."


def test_few_rows_are_requested(sample: Client) -> None:
    searched(sample)
    latest = sample.control("GET", "requests").json()[-1]
    assert latest["query"]["ResultsPerPage"] == str(limits.DOCTOR_ROWS)
    assert latest["has_key"]


REFUSALS: dict[str, tuple[dict[str, Any], str, str]] = {
    "rate limit": (
        {"kind": "rate_limited", "retry_after": 7},
        "status 429: too many requests",
        "pause of 7 seconds",
    ),
    "unavailable": ({"kind": "unavailable"}, "status 503: USAJOBS has problems", "try again"),
    "bad key": (
        {"kind": "odd_status", "status": 401},
        "status 401: USAJOBS doesn't know the key",
        "connection `usajobs`",
    ),
    "blocked": (
        {"kind": "odd_status", "status": 403},
        "status 403: USAJOBS refuses this request",
        "blocks this network",
    ),
    "proxy login": ({"kind": "odd_status", "status": 407}, "a proxy asks for a login", "proxy"),
    "redirect": ({"kind": "redirect"}, "redirects elsewhere", "https://data.usajobs.gov"),
    "other status": ({"kind": "odd_status", "status": 418}, "status 418 instead of 200", "host"),
    "web page": ({"kind": "html"}, "a web page instead of data", "in a browser"),
    "empty": ({"kind": "empty_body"}, "something else than data", "try again"),
    "half": ({"kind": "broken_json"}, "something else than data", "try again"),
    "null": ({"kind": "other_body"}, "something else than data", "try again"),
    "reset": ({"kind": "reset"}, "was not reached: the connection was cut off", "try again"),
    "cut off": ({"kind": "cut_off"}, "was not reached: ", "try again"),
    "not gzip": ({"kind": "no_gzip"}, "was not reached: the response is not compr", "try again"),
    "clock": (
        {"kind": "wrong_date", "difference": 900},
        "clock is 15 minutes behind that of USAJOBS",
        "Set the clock",
    ),
    "cut-off result": ({"kind": "wrong_total", "difference": 10_000}, "narrow the search", ""),
    "unreadable rows": ({"kind": "bad_row", "rows": 99}, "none of 10 rows can be read", "issue"),
}


@pytest.mark.parametrize("kind", REFUSALS)
def test_each_bad_answer_has_its_own_sentence_and_advice(sample: Client, kind: str) -> None:
    fault, words, advice = REFUSALS[kind]
    problems = [each for each in searched(sample, **fault) if each.state == State.PROBLEM]
    assert [words in each.message for each in problems] == [True]
    assert advice in problems[0].advice


def test_no_hit_is_a_remark(sample: Client) -> None:
    found = list(check_search(fetch(sample.address), SearchParameters(keyword="xylophonist")))
    assert [finding.state for finding in found] == [State.OK, State.NOTE, State.OK]


def test_some_unreadable_rows_are_a_remark_with_the_reason(sample: Client) -> None:
    *_, last = searched(sample, kind="bad_row", rows=1)
    assert last.state == State.NOTE
    assert {
        "field": "(the row)",
        "problem": "unreadable row",
        "value": "MatchedObjectDescriptor is not an object",
        "count": 1,
    } in last.differences


def test_new_keys_types_and_codes_are_named_with_their_number() -> None:
    odd = row("1", JobGrade=[{"Code": "QQ"}], NewField=1, PositionID=7)
    odd["MatchedObjectDescriptor"]["UserArea"]["Details"]["HighGrade"] = "much too long"
    with answering(odd, row("2")) as address:
        *_, last = check_search(fetch(address), SearchParameters())
    assert last.state == State.NOTE
    named = {(each["field"].rpartition(".")[2], each["problem"]) for each in last.differences}
    assert named >= {
        ("JobGrade", "unknown code"),
        ("NewField", "unknown key"),
        ("PositionID", "unexpected type"),
        ("HighGrade", "unreadable"),
    }
    assert all(each["count"] == 1 for each in last.differences)


class answering:  # noqa: N801 - used like a function
    """Serves a search with these rows for the duration of the block."""

    def __init__(self, *rows: Any) -> None:
        from starlette.applications import Starlette
        from starlette.responses import JSONResponse
        from starlette.routing import Route

        found = {"SearchResultItems": rows, "SearchResultCountAll": len(rows)}
        response = JSONResponse({"SearchResult": {**found, "SearchResultCount": len(rows)}})
        self._running = running(Starlette(routes=[Route("/api/Search", lambda _: response)]))

    def __enter__(self) -> str:
        return self._running.__enter__()

    def __exit__(self, *_: Any) -> None:
        self._running.__exit__(None, None, None)


def test_the_key_is_never_quoted_and_the_fields_of_the_account_are_checked(sample: Client) -> None:
    def send(endpoint: str, query: Mapping[str, Any]) -> requests.Response:
        return fetch(sample.address, ApiKeyAuth("a@b.org", "naïve-key"))(endpoint, query)

    (found,) = check_search(send, SearchParameters())
    assert found.state == State.PROBLEM
    assert "The password of the Airflow connection `usajobs` contains invalid" in found.message
    assert "naïve" not in str(found)


def test_a_past_day_and_a_text_are_asked_without_the_key(sample: Client) -> None:
    found = past_day(sample)
    assert [finding.state for finding in found] == [State.OK] * 4
    assert "The Historic JOA API, 2026-11-17: status 200" in found[0].message
    assert "texts" in found[2].message
    asked = sample.control("GET", "requests").json()[-2:]
    assert [each["has_key"] for each in asked] == [False, False]


@pytest.mark.parametrize("kind", ["unavailable", "rate_limited", "reset", "html", "broken_json"])
def test_what_may_pass_is_a_remark_for_past_days(sample: Client, kind: str) -> None:
    (found,) = past_day(sample, kind=kind)
    assert found.state == State.NOTE
    assert found.advice.endswith("Only backfills need this API.")


def test_what_wont_pass_is_a_problem_for_past_days_too(sample: Client) -> None:
    (found,) = past_day(sample, kind="odd_status", status=403)
    assert found.state == State.PROBLEM
    assert "key" not in found.advice


def test_a_day_without_rows_is_well(sample: Client) -> None:
    (found,) = check_history(fetch(sample.address, NoKey()), frozenset({"9999"}), NOW)
    assert (found.state, found.message[-7:]) == (State.OK, "0 rows.")


def test_the_proxy_is_named_without_its_login(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://me:secret@proxy.example.org:3128")
    (found,) = check_network("https://data.usajobs.gov", {}, {})
    assert found.message.endswith("through the proxy http://proxy.example.org:3128.")
    monkeypatch.setenv("NO_PROXY", "usajobs.gov")
    (found,) = check_network("http://data.usajobs.gov", {}, {})
    assert "directly" in found.message


def test_the_extra_of_the_connection_wins_over_the_proxy_of_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://one.example.org")
    extra = {"proxies": {"https": "http://u:p@other.example.org"}}
    (found,) = check_network("https://data.usajobs.gov", {}, extra)
    assert "http://other.example.org" in found.message


@pytest.mark.parametrize(("days", "state"), [(100, State.OK), (3, State.NOTE)])
def test_a_certificate_that_ends_soon_is_a_remark(tmp_path: Path, days: int, state: State) -> None:
    from tests.usajobs.test_network import tls_server

    authority = Authority(tmp_path)
    with tls_server(authority.server(valid_until=days)) as port:
        url = f"https://127.0.0.1:{port}"
        _, found = check_network(url, {"REQUESTS_CA_BUNDLE": str(authority.trusted)}, {})
    assert found.state == state
    assert "is trusted, and valid until" in found.message


def test_verification_that_is_switched_off_is_a_remark() -> None:
    _, found = check_network("https://data.usajobs.gov", {}, {"verify": False})
    assert found.state == State.NOTE
