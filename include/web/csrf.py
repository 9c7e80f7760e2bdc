"""Protection against cross-site request forgery."""

from __future__ import annotations

from fastapi import HTTPException, Request
from fastapi.security.utils import get_authorization_scheme_param

SAFE_METHODS = ("GET", "HEAD", "OPTIONS")


def refuse_forgery(request: Request) -> None:
    """Answer 403 to state-changing requests of a browser that don't come from the page.

    A browser sends the login cookie with requests of any site, but reports their origin: in
    `Sec-Fetch-Site`, and if that is missing (plain HTTP other than localhost) in `Origin`, which
    scripts can't change. Requests with a bearer token are safe, because other sites can't add one.
    """
    scheme, token = get_authorization_scheme_param(request.headers.get("authorization"))
    if request.method in SAFE_METHODS or (scheme.lower() == "bearer" and token):
        return
    site, host = request.headers.get("sec-fetch-site"), request.headers.get("host")
    if site == "same-origin":
        return
    origin = request.headers.get("origin", "").partition("://")[2]
    if site is None and host and origin == host:
        return
    raise HTTPException(
        403,
        "This request did not come from the Job Tracker page. A program sends its token as "
        "`Authorization: Bearer …` (POST /auth/token gives one).",
    )
