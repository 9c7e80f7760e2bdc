"""Everything that the page's application answers."""

from __future__ import annotations

from fastapi import FastAPI
from fastapi.routing import APIRoute

from include.searches.parameters import SearchParameters

NUMBER = "900000001"
NAMED = {
    "control_number": NUMBER,
    "run_id": "manual__1",
    "name": "icon.svg",
    "search": SearchParameters().slug,
    "number": 0,
    "feed_id": "0" * 64,
}


OPEN = {("GET", "/health"), ("HEAD", "/health")}
"""What needs no login."""

BY_TOKEN = {
    (method, f"/{file}") for method in ("GET", "HEAD") for file in ("calendar.ics", "matches.atom")
}
"""What needs no login but the token of a private address, without which it is not found."""


def routes_of(app: FastAPI) -> list[tuple[str, str]]:
    """Return method and path of each route that needs a login: all but `OPEN` and `BY_TOKEN`."""
    exempt = OPEN | BY_TOKEN
    return [(method, path) for method, path in all_routes_of(app) if (method, path) not in exempt]


def all_routes_of(app: FastAPI) -> list[tuple[str, str]]:
    """Return method and path of each route, those of the API, which describes itself, and others.

    In the paths are values that exist.
    """
    api = {
        (method.upper(), path)
        for path, methods in app.openapi()["paths"].items()
        for method in methods
    }
    pages = {
        (method, route.path)
        for route in app.routes
        if isinstance(route, APIRoute)
        for method in route.methods
    }
    assert len(api) >= 8
    assert len(pages - api) >= 4
    assert pages >= OPEN | BY_TOKEN
    return [(method, path.format_map(NAMED)) for method, path in sorted(api | pages)]
