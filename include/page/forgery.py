"""State-changing requests that another site makes a user's browser send are refused."""

from __future__ import annotations

from fastapi import HTTPException, Request
from fastapi.security.utils import get_authorization_scheme_param

SAFE_METHODS = ("GET", "HEAD", "OPTIONS")


def refuse_forgery(request: Request) -> None:
    """Answer 403 to a state-changing request of a browser that is not the page's own.

    A browser sends the login's cookie along with any site's requests, but says whose they are: by
    `Sec-Fetch-Site`, and where that is missing (plain HTTP other than localhost) by `Origin`,
    which no script can change. A program that shows a token instead of the cookie can't be made
    to by a site.
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
