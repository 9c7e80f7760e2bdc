"""Whose requests change something: the page's own, and those of programs that show a token."""

from __future__ import annotations

import pytest
from fastapi import HTTPException, Request
from hypothesis import given
from hypothesis import strategies as st

from include.web.csrf import refuse_forgery


def refused(method: str = "POST", host: str | None = "airflow.test", **headers: str) -> bool:
    """Tell whether a request is refused; a header's name is written with underscores."""
    sent = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    if host is not None:
        sent.append((b"host", host.encode()))
    try:
        refuse_forgery(Request({"type": "http", "method": method, "headers": sent}))
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
        ("http://airflow.test:8081", "airflow.test:8080", False),
        ("http://airflow.test.evil.example", "airflow.test", False),
        ("http://evil.example", "airflow.test", False),
        ("airflow.test", "airflow.test", False),
        ("null", "airflow.test", False),
        ("null", "", False),
        ("null", None, False),
    ],
)
def test_where_the_browser_does_not_tell_the_site_its_origin_does(
    origin: str, host: str | None, own: bool
) -> None:
    assert refused(host=host, origin=origin) is not own


def test_the_origin_does_not_override_what_the_browser_says() -> None:
    assert refused(sec_fetch_site="same-site", origin="http://airflow.test")


def test_a_request_with_neither_is_refused() -> None:
    assert refused()


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


@given(st.text(st.characters(max_codepoint=126, min_codepoint=32)))
def test_no_other_origin_is_taken_for_the_pages_own(origin: str) -> None:
    assert refused(origin=origin) is not (origin.partition("://")[2] == "airflow.test")
