"""Whose requests change something: the page's own, and those of programs that show a token."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from fastapi import FastAPI, HTTPException, Request
from hypothesis import given
from hypothesis import strategies as st

from include.web.csrf import origin_of, refuse_forgery

ON_THIS_MACHINE = "http://127.0.0.1:8080"
LAN = {"origin": "http://airflow.lan"}
JSON = {"content_type": "application/json"}


def refused(
    method: str = "POST", host: str | None = "airflow.test", base: str = "", **headers: str
) -> bool:
    """Tell whether a request is refused; a header's name is written with underscores.

    `base` is Airflow's `[api] base_url`.
    """
    sent = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    if host is not None:
        sent.append((b"host", host.encode()))
    app = FastAPI()
    app.state.host = SimpleNamespace(page_url=lambda: f"{base}/job-tracker/")
    try:
        refuse_forgery(Request({"type": "http", "method": method, "headers": sent, "app": app}))
    except HTTPException as refusal:
        return refusal.status_code == 403
    return False


@pytest.mark.parametrize("site", ["same-site", "cross-site", "none", "", "Same-Origin"])
def test_only_the_pages_own_requests_change_something(site: str) -> None:
    assert not refused(sec_fetch_site="same-origin")
    assert refused(sec_fetch_site=site)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "ANYTHING"])
def test_every_method_that_may_change_something_is_looked_at(method: str) -> None:
    assert refused(method, sec_fetch_site="cross-site")


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_what_only_reads_is_let_through(method: str) -> None:
    assert not refused(method, sec_fetch_site="cross-site", origin="https://evil.example")


@pytest.mark.parametrize(
    ("origin", "host", "own"),
    [
        ("http://airflow.test", "airflow.test", True),
        ("http://airflow.test:8080", "airflow.test:8080", True),
        ("http://airflow.test", "AIRFLOW.test:80", True),
        ("https://airflow.test", "airflow.test:443", True),
        ("https://airflow.test", "airflow.test", True),
        ("http://airflow.test", "airflow.test.", True),
        ("http://[::1]:8080", "[::1]:8080", True),
        ("http://airflow.test", "airflow.test:443", False),
        ("http://airflow.test:8081", "airflow.test:8080", False),
        ("http://[::1]:8081", "[::1]:8080", False),
        ("http://airflow.test.evil.example", "airflow.test", False),
        ("http://evil.example", "airflow.test", False),
        ("ftp://airflow.test", "airflow.test", False),
        ("airflow.test", "airflow.test", False),
        ("http://airflow.test:port", "airflow.test:port", False),
        ("http://[airflow.test", "[airflow.test", False),
        ("http://", "", False),
        ("null", "null", False),
        ("null", "", False),
        ("null", None, False),
    ],
)
def test_where_the_browser_does_not_tell_the_site_its_origin_does(
    origin: str, host: str | None, own: bool
) -> None:
    assert refused(host=host, origin=origin) is not own


@pytest.mark.parametrize(
    ("base", "own"),
    [
        ("http://airflow.test", True),
        ("http://airflow.test:80/team", True),
        ("HTTP://Airflow.TEST", True),
        ("https://airflow.test", False),
        ("http://airflow.test:8080", False),
        ("http://test", False),
    ],
)
def test_behind_a_proxy_that_rewrites_the_host_the_base_url_is_the_page(
    base: str, own: bool
) -> None:
    sent = {"origin": "http://airflow.test", "content_type": "application/json"}
    assert refused(host="127.0.0.1:8080", base=base, **sent) is not own


@pytest.mark.parametrize(
    ("forwarded", "own"),
    [
        ("airflow.test", True),
        ("airflow.test, 10.0.0.1", True),
        ("10.0.0.1, airflow.test", False),
        ("evil.example", False),
        ("", False),
    ],
)
def test_the_host_that_a_proxy_forwards_first_is_the_one_the_browser_named(
    forwarded: str, own: bool
) -> None:
    sent = {"origin": "http://airflow.test", "x_forwarded_host": forwarded}
    assert refused(host="127.0.0.1:8080", base="http://other.test", **sent) is not own


@pytest.mark.parametrize(
    "base", [ON_THIS_MACHINE, "http://localhost:8080", "http://[::1]", "http://0.0.0.0:8080", ""]
)
@pytest.mark.parametrize(
    ("headers", "taken"),
    [
        ({"origin": "http://airflow.lan", "content_type": "application/json"}, True),
        ({"origin": "http://airflow.lan", "content_type": "Application/JSON; charset=utf-8"}, True),
        ({"origin": "http://airflow.lan", "content_type": "text/plain"}, False),
        ({"origin": "http://airflow.lan", "content_type": "text/plain; application/json"}, False),
        (
            {"origin": "http://airflow.lan", "content_type": "multipart/form-data; boundary=x"},
            False,
        ),
        ({"origin": "http://airflow.lan"}, False),
        ({"origin": "https://evil.example", "content_type": "application/json"}, False),
        ({"origin": "null", "content_type": "application/json"}, False),
        ({"content_type": "application/json"}, False),
        (
            {
                "origin": "http://evil.example",
                "content_type": "application/json",
                "sec_fetch_site": "cross-site",
            },
            False,
        ),
    ],
)
def test_without_an_address_only_what_browsers_ask_for_first_is_taken_from_another_origin(
    base: str, headers: dict[str, str], taken: bool
) -> None:
    assert refused(host="127.0.0.1:8080", base=base, **headers) is not taken


def test_the_origin_does_not_override_what_the_browser_says() -> None:
    own = "http://airflow.test"
    assert refused(
        sec_fetch_site="same-site", origin=own, base=own, x_forwarded_host="airflow.test"
    )


def test_a_request_with_neither_is_refused() -> None:
    assert refused()
    assert refused(base="http://airflow.test")


@pytest.mark.parametrize(
    ("claim", "shown"),
    [
        ("Bearer a.b.c", True),
        ("bearer a.b.c", True),
        ("Bearer", False),
        ("Bearer  ", False),
        ("Basic YTpi", False),
        ("Bearerx a.b.c", False),
    ],
)
def test_a_token_counts_wherever_it_comes_from(claim: str, shown: bool) -> None:
    assert refused(authorization=claim, sec_fetch_site="cross-site") is not shown


PRINTABLE = st.text(st.characters(max_codepoint=126, min_codepoint=32))


@given(PRINTABLE, PRINTABLE)
def test_no_other_origin_is_taken_for_the_pages_own(before: str, after: str) -> None:
    for origin in (f"{before}://airflow.test", f"http://{before}airflow.test{after}"):
        own = origin_of(origin) in {
            origin_of("http://airflow.test"),
            ("https", "airflow.test", 443),
        }
        assert refused(origin=origin) is not own


@given(PRINTABLE.filter(lambda text: not {*text} & set("/?#:@.\\")))
def test_no_name_before_or_behind_the_pages_own_makes_it_the_same(name: str) -> None:
    origins = [f"http://{name}.airflow.test", f"http://airflow.test.{name}x"]
    assert all(refused(origin=origin, base="http://airflow.test") for origin in origins)
