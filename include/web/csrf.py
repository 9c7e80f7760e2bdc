"""Protection against cross-site request forgery."""

from __future__ import annotations

from ipaddress import ip_address
from typing import NamedTuple
from urllib.parse import urlsplit

from fastapi import HTTPException, Request
from fastapi.security.utils import get_authorization_scheme_param

SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
DEFAULT_PORTS = {"http": 80, "https": 443}


class Origin(NamedTuple):
    """Where a page comes from; the port is never left out."""

    scheme: str
    host: str
    port: int


def refuse_forgery(request: Request) -> None:
    """Answer 403 to state-changing requests of a browser that don't come from the page.

    A browser sends the login cookie with requests of any site, so the cookie alone proves nothing.
    Requests with a bearer token are safe, because other sites can't add one. For the others:

    1. `Sec-Fetch-Site` decides, if the browser sends it. Scripts can't set it and proxies don't
       change it. Browsers send it to https and to this machine only
       (https://www.w3.org/TR/fetch-metadata/#framework).
    2. Else the `Origin`, which scripts can't set either, must be the host that the request names
       (`Host`, or `X-Forwarded-Host` if a proxy rewrites that) or Airflow's `[api] base_url`.
    3. A proxy may rewrite the host without telling, and `base_url` may still be the address on
       this machine. Then the page's own origin is not known, and JSON from another http origin is
       accepted, as by Airflow's own API: before a browser sends JSON to another site, it asks that
       site (https://fetch.spec.whatwg.org/#cors-protocol), and Airflow consents to the origins in
       `[api] access_control_allow_origins` only.
    """
    if request.method in SAFE_METHODS or _has_token(request) or _is_from_the_page(request):
        return
    raise HTTPException(
        403,
        "This request did not come from the Job Tracker page, or the page was opened at an address "
        "that Airflow does not know: then set `[api] base_url` to that address. A program sends "
        "its token as `Authorization: Bearer …` (POST /auth/token gives one).",
    )


def _has_token(request: Request) -> bool:
    scheme, token = get_authorization_scheme_param(request.headers.get("authorization"))
    return scheme.lower() == "bearer" and bool(token)


def _is_from_the_page(request: Request) -> bool:
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    origin = origin_of(request.headers.get("origin", ""))
    if origin is None:
        return False
    base = origin_of(request.app.state.host.page_url())
    if origin == base or origin in _requested_origins(request, origin.scheme):
        return True
    return _is_on_this_machine(base) and origin.scheme == "http" and _is_json(request)


def origin_of(url: str) -> Origin | None:
    """Return the origin of an absolute http or https URL; None for anything else."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    if parts.scheme not in DEFAULT_PORTS or not host:
        return None
    return Origin(parts.scheme, host.removesuffix("."), port or DEFAULT_PORTS[parts.scheme])


def _requested_origins(request: Request, scheme: str) -> list[Origin | None]:
    """Return the origins of the hosts that the request names.

    Their scheme is the one given, because a proxy may end TLS. Proxies add to a list, so the first
    forwarded host is the one that the browser named.
    """
    hosts = (
        request.headers.get("host", ""),
        request.headers.get("x-forwarded-host", "").partition(",")[0].strip(),
    )
    return [origin_of(f"{scheme}://{host}") for host in hosts]


def _is_on_this_machine(origin: Origin | None) -> bool:
    """Return whether only this machine can use an address, so that it is nobody's behind a proxy.

    That is also so if there is none.
    """
    if origin is None or origin.host == "localhost" or origin.host.endswith(".localhost"):
        return True
    try:
        address = ip_address(origin.host)
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def _is_json(request: Request) -> bool:
    media_type = request.headers.get("content-type", "").partition(";")[0]
    return media_type.strip().lower() == "application/json"
