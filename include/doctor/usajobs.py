"""Asks both USAJOBS APIs for a little, and compares the responses with what the program expects."""

from __future__ import annotations

import socket
import ssl
import time
from collections import Counter
from collections.abc import Callable, Generator, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import certifi
import requests
from requests.utils import get_environ_proxies, select_proxy

from include.doctor.findings import Finding, State, note, ok, problem
from include.jobs import limits
from include.jobs.formatting import count
from include.searches.locations import near
from include.searches.parameters import SearchParameters
from include.usajobs import historic_api, network, search_api, shape
from include.usajobs.client import (
    REQUEST_OPTIONS,
    ApiError,
    Clock,
    FatalApiError,
    HttpReply,
    RetriableApiError,
    in_words,
    json_object,
    receive,
    retry_after,
)
from include.usajobs.drift import Drift
from include.usajobs.row_readers import ReadRow, read_historic_row, read_search_row

Fetch = Callable[[str, Mapping[str, Any]], requests.Response]
"""Sends a query to an endpoint of the connection `usajobs`."""

OPTIONS: dict[str, Any] = {
    **REQUEST_OPTIONS,
    "timeout": (limits.CONNECT_TIMEOUT_SECONDS, limits.DOCTOR_READ_TIMEOUT_SECONDS),
}
"""Of a request: those of a task, but less patient."""

KEY = (
    "Correct the connection `usajobs`: its login is the e-mail address that the key was registered "
    "with, its password the key (https://developer.usajobs.gov/apirequest/)."
)
HOST = "The host of the connection `usajobs` must be https://data.usajobs.gov."
LATER = "USAJOBS or the network has problems: try again later, as a run does by itself."
NETWORK = (
    "Check this machine's network and proxy, and the host of the connection `usajobs` "
    "(https://data.usajobs.gov); if they are right, try again later."
)
REPORT = "Paste the block below into an issue."

READING_PROBLEMS = {"unknown code", "unreadable"}
"""Found while reading a row; keys and types are compared over the whole response."""

TEMPORARY = {429, 500, 502, 503, 504}


def check_search(fetch: Fetch, parameters: SearchParameters) -> Iterator[Finding]:
    """Request a few rows of a search, with the key."""
    whole = search_api.query(
        keyword=parameters.keyword,
        location=parameters.location,
        radius_miles=parameters.radius_miles,
    )
    query = {
        **search_api.asked_in_full(whole, parameters.location),
        "ResultsPerPage": limits.DOCTOR_ROWS,
        "Page": 1,
    }
    reply, seconds, failed = _request(lambda: fetch(search_api.ENDPOINT, query), "The Search API")
    if reply is None:
        yield failed
        return
    yield from _check_clock(reply)
    if refused := _refusal(reply, "The Search API", with_key=True):
        yield refused
        return
    try:
        page = search_api.read_page(reply, 1, "usajobs")
    except ApiError as error:
        yield _unusable(reply, "The Search API", error)
        return
    found = (
        f"The Search API: status {reply.status} in {seconds:.1f} s, "
        f"{count(page.total, 'posting')} for “{parameters.keyword}” {near(parameters.location)}"
    )
    if not page.total:
        yield note(f"{found}.", "Check keyword, location and radius, unless that can be.")
    else:
        yield ok(f"{found}.")
    drift = Drift()
    shape.compare_search(json_object(reply, "The response"), drift)
    yield from _compared("The Search API", [read_search_row(row) for row in page.rows], drift)


def check_history(fetch: Fetch, series: frozenset[str], now: datetime) -> Iterator[Finding]:
    """Request the announcements of a past day, and the text of one; without the key.

    Only backfills need this API.
    """
    day = (now.astimezone(UTC) - timedelta(days=limits.DOCTOR_HISTORY_DAYS)).date()
    query = historic_api.opened_between(day, day)
    if series:
        query["PositionSeries"] = ";".join(sorted(series))
    name = "The Historic JOA API"
    page = yield from _historic_page(fetch, historic_api.ENDPOINT, query, f"{name}, {day}")
    if page is None:
        return
    rows, response = page
    drift = Drift()
    shape.compare_historic(response, drift)
    read = [read_historic_row(row) for row in rows]
    yield from _compared(name, read, drift)
    number = next((row.control_number for row in read if row.control_number), None)
    if number is None:
        return
    name, query = "The announcements' texts", {"USAJOBSControlNumbers": number}
    page = yield from _historic_page(fetch, historic_api.TEXT_ENDPOINT, query, name)
    if page:
        drift = Drift()
        shape.compare_texts(page[1], drift)
        yield from _compared(name, [], drift)


def check_network(
    address: str, environ: Mapping[str, str], extra: Mapping[str, Any]
) -> Iterator[Finding]:
    """Say which proxy requests to USAJOBS take, and whether certificates are verified."""
    url = urlsplit(address)
    proxies = _proxies(address, extra)
    proxy = select_proxy(address, proxies)
    if proxy:
        yield ok(f"Requests to {url.hostname} go through the proxy {_without_login(proxy)}.")
    else:
        yield ok(f"Requests to {url.hostname} go out directly, through no proxy.")
    if url.scheme != "https":
        return
    verify = extra.get("verify", extra.get("verify_ssl", True))
    if verify is False:
        yield note(
            "The connection's extra switches the verification of certificates off, so another "
            "server could take the API key.",
            'Remove "verify" from the extra of the connection `usajobs`.',
        )
    elif not proxy and url.hostname:
        yield from _certificate(url.hostname, url.port or 443, _authorities(verify, environ))


def _request(
    send: Callable[[], requests.Response], name: str
) -> tuple[HttpReply | None, float, Finding]:
    """Return the reply and how long it took, or a finding that says why there is none."""
    began = time.monotonic()
    try:
        return receive(send, name), time.monotonic() - began, ok("")
    except RetriableApiError as error:
        why = network.explain(error.__context__) if error.__context__ else str(error).rstrip(".")
        finding = problem(f"{name} was not reached: {why}.", NETWORK)
    except FatalApiError as error:
        if isinstance(error.__context__, requests.RequestException):
            why = network.explain(error.__context__)
            finding = problem(f"{name} can't be asked: {why}.", NETWORK)
        else:  # the connection's login, password or host; the message quotes none of them
            finding = problem(f"{name} was not asked. {error}")
    except Exception as error:
        finding = problem(f"{name} can't be asked: {network.explain(error)}.", NETWORK)
    return None, 0.0, finding


def _refusal(reply: HttpReply, name: str, *, with_key: bool) -> Finding | None:
    """Return what a status other than 200 means, or None."""
    status = reply.status
    answered = f"{name} answered with status {status}"
    if status == requests.codes.ok:
        return None
    if status == requests.codes.unauthorized:
        return problem(f"{answered}: USAJOBS doesn't know the key or its e-mail address.", KEY)
    if status == requests.codes.forbidden:
        key = f"{KEY} " if with_key else ""
        return problem(
            f"{answered}: USAJOBS refuses this request.",
            f"{key}If it is right, USAJOBS blocks this network: try from another one."
            if with_key
            else "USAJOBS blocks this network: try from another one.",
        )
    if status == requests.codes.proxy_authentication_required:
        return problem(f"{answered}: a proxy asks for a login.", "Correct the proxy's URL.")
    if status == requests.codes.too_many_requests:
        return problem(f"{answered}: too many requests.", _when(reply))
    if status >= requests.codes.server_error:
        return problem(f"{answered}: USAJOBS has problems.", _when(reply))
    if requests.codes.multiple_choices <= status < requests.codes.bad_request:
        return problem(f"{answered}: it redirects elsewhere, which is not followed.", HOST)
    return problem(f"{answered} instead of 200.", HOST)


def _when(reply: HttpReply) -> str:
    wait = retry_after(reply.headers.get("Retry-After"), datetime.now(UTC))
    return LATER if wait is None else f"It asks for a pause of {wait:.0f} seconds: try again then."


def _unusable(reply: HttpReply, name: str, error: ApiError) -> Finding:
    """Return what is wrong with a response of status 200."""
    if isinstance(error, FatalApiError):
        return problem(f"{name}: {error}")
    kind = reply.headers.get("Content-Type") or "no content type"
    if "html" in kind.casefold():
        return problem(
            f"{name} answered with a web page instead of data.",
            "A proxy, the login page of a network or USAJOBS's maintenance may have sent it: open "
            "https://data.usajobs.gov in a browser here.",
        )
    return problem(f"{name} answered with something else than data. {error}", LATER)


def _check_clock(reply: HttpReply) -> Iterator[Finding]:
    off = Clock(lambda: datetime.now(UTC)).ahead_by(reply)
    if off is None:
        return
    if abs(off) > timedelta(seconds=limits.CLOCK_TOLERANCE_SECONDS):
        direction = "ahead of" if off > timedelta() else "behind"
        yield problem(
            f"This machine's clock is {in_words(abs(off))} {direction} that of USAJOBS; "
            f"{limits.CLOCK_TOLERANCE_SECONDS // 60} minutes are allowed.",
            "Set the clock, for example with a time service (NTP).",
        )
    else:
        seconds = f"{abs(off).total_seconds():.0f} s"
        yield ok(f"This machine's clock agrees with that of USAJOBS (within {seconds}).")


def _historic_page(
    fetch: Fetch, endpoint: str, query: Mapping[str, str], name: str
) -> Generator[Finding, None, tuple[list[Any], dict[str, Any]] | None]:
    """Yield how a request went, and return the rows and the whole response if it went well.

    Failures that may pass are notes, because only backfills need this API.
    """
    reply, seconds, failed = _request(lambda: fetch(endpoint, query), name)
    failed = failed if reply is None else _refusal(reply, name, with_key=False) or failed
    if reply is None or failed.state != State.OK:
        if reply is None or reply.status in TEMPORARY:
            failed = note(failed.message, f"{failed.advice} Only backfills need this API.")
        yield failed
        return None
    try:
        page = historic_api.read_page(reply, name, "usajobs")
    except ApiError as error:
        unusable = _unusable(reply, name, error)
        yield note(unusable.message, f"{unusable.advice} Only backfills need this API.")
        return None
    yield ok(f"{name}: status {reply.status} in {seconds:.1f} s, {count(page.total, 'row')}.")
    return (page.rows, json_object(reply, name)) if page.rows else None


def _compared(name: str, rows: list[ReadRow], drift: Drift) -> Iterator[Finding]:
    """Yield how rows differ from what the program expects; `drift` has their keys and types."""
    for row in rows:
        for (field, kind, value), number in row.drift.counts.items():
            if kind in READING_PROBLEMS:
                drift.update(Drift(Counter({(field, kind, value): number})))
        if row.reason:
            drift.unreadable_row(row.reason)
    differences = drift.entries()
    unreadable = sum(1 for row in rows if row.reason)
    if rows and unreadable == len(rows):
        yield problem(
            f"{name}: none of {count(unreadable, 'row')} can be read.",
            REPORT,
            differences=differences,
        )
    elif differences:
        kinds = Counter(each["problem"] for each in differences)
        named = ", ".join(count(number, kind) for kind, number in sorted(kinds.items()))
        yield note(
            f"{name}: the response differs from what is expected: {named}.",
            REPORT,
            differences=differences,
        )
    else:
        yield ok(f"{name}: keys, types and codes are as expected.")


def _proxies(address: str, extra: Mapping[str, Any]) -> dict[str, str]:
    """Return the proxies that a task's request takes: the extra's, or else the environment's."""
    given = extra.get("proxies", extra.get("proxy"))
    environment = get_environ_proxies(address) if extra.get("trust_env", True) else {}
    return {**environment, **(given if isinstance(given, dict) else {})}


def _without_login(proxy: str) -> str:
    """Return the proxy's scheme, host and port."""
    scheme, _, rest = proxy.rpartition("://")
    return f"{scheme or 'http'}://{rest.rpartition('@')[2].partition('/')[0]}"


def _authorities(verify: object, environ: Mapping[str, str]) -> str:
    """Return the file or folder of certificate authorities that `requests` trusts."""
    if isinstance(verify, str):
        return verify
    named = environ.get("REQUESTS_CA_BUNDLE") or environ.get("CURL_CA_BUNDLE")
    return named or certifi.where()


def _certificate(host: str, port: int, authorities: str) -> Iterator[Finding]:
    """Yield until when the server's certificate is valid; a refused one is named elsewhere."""
    try:
        context = ssl.create_default_context()
        if Path(authorities).is_dir():
            context.load_verify_locations(capath=authorities)
        else:
            context.load_verify_locations(cafile=authorities)
        address = (host, port)
        with (
            socket.create_connection(address, limits.CONNECT_TIMEOUT_SECONDS) as plain,
            context.wrap_socket(plain, server_hostname=host) as secure,
        ):
            expires = ssl.cert_time_to_seconds(str((secure.getpeercert() or {})["notAfter"]))
    except (OSError, KeyError, ValueError):
        return
    until = datetime.fromtimestamp(expires, UTC)
    words = f"The certificate of {host} is trusted, and valid until {until:%Y-%m-%d}."
    soon = until - datetime.now(UTC) < timedelta(days=limits.DOCTOR_CERTIFICATE_DAYS)
    yield note(words, "USAJOBS renews it, if it is its own.") if soon else ok(words)
