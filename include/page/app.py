"""The page and its API as one application, whose every route asks for the login."""

from __future__ import annotations

import json
import logging
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from fastapi import Depends, FastAPI, HTTPException, Request, Response
from fastapi.exception_handlers import http_exception_handler
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse
from fastapi.staticfiles import StaticFiles
from markupsafe import escape
from pymongo.errors import PyMongoError
from starlette.middleware.base import RequestResponseEndpoint

from include.page.forgery import refuse_forgery
from include.page.host import Host, NoDatabase, User
from include.page.routes import reading, run_reading, updating
from include.saved_searches import FOLDER

log = logging.getLogger(__name__)

ASSETS = Path(__file__).with_name("assets")

LIBRARIES = {
    "plotly.min.js": ("plotly", "package_data/plotly.min.js"),
    "swagger-ui-bundle.js": ("fastapi_offline", "static/swagger-ui-bundle.js"),
    "swagger-ui.css": ("fastapi_offline", "static/swagger-ui.css"),
}
"""Files of installed packages that the pages use, so that none comes from elsewhere."""

# Plotly makes an empty <style> element, which it fills by script, and one for the maps of a library
# that it holds: these are the hashes of nothing and of that one.
PLOTLY_STYLES = (
    "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=' "
    "'sha256-ji27qzEtxXZW+7dun6UwjHXJ18e6WAin1VvNtkzIE/o='"
)
HEADERS = {
    "Content-Security-Policy": (
        f"default-src 'none'; script-src 'self'; style-src 'self' {PLOTLY_STYLES}; "
        "img-src 'self' data: blob:; connect-src 'self'; frame-src 'self'; form-action 'none'; "
        "base-uri 'none'; frame-ancestors 'self'"
    ),
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
}

DESCRIPTION = (
    "The jobs that the DAGs of the searches keep in MongoDB, and a way to update them. Everything "
    "asks for the login of Airflow: a browser's, or `Authorization: Bearer …` with a token from "
    "`POST /auth/token`."
)


def create_app(host: Host, searches: Path = FOLDER) -> FastAPI:
    """Return the application, to be mounted under `/job-tracker` of Airflow's API server.

    `searches` is the folder of the saved searches, which each request reads anew.
    """

    signed_in = Depends(host.reader)

    def admit(request: Request, user: User = signed_in) -> None:
        # Not `state.user`, which is Airflow's own.
        request.state.reader = user

    app = FastAPI(
        title="Job Tracker",
        description=DESCRIPTION,
        version="1",
        dependencies=[Depends(admit), Depends(refuse_forgery)],
        # FastAPI's own pages for these would ask for no login, and load scripts from elsewhere.
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        # They would be redirected without a login, to whatever host the request names.
        redirect_slashes=False,
    )
    app.state.host = host
    app.state.searches = searches
    app.include_router(reading)
    app.include_router(run_reading, dependencies=[Depends(host.run_reader)])
    app.include_router(updating, dependencies=[Depends(host.updater)])
    _add_pages(app)
    app.middleware("http")(_with_headers)
    app.exception_handler(PyMongoError)(_mongo_is_away)
    app.exception_handler(NoDatabase)(_no_database)
    app.exception_handler(RequestValidationError)(_explain)
    app.exception_handler(401)(_log_in_first)
    return app


def _add_pages(app: FastAPI) -> None:
    @app.get("/", include_in_schema=False)
    def show_page(request: Request) -> Response:
        return _file("page.html", request)

    @app.get("/docs", include_in_schema=False)
    def show_docs(request: Request) -> Response:
        return _file("docs.html", request)

    @app.get("/openapi.json", include_in_schema=False)
    def describe(request: Request) -> dict[str, Any]:
        return {**app.openapi(), "servers": [{"url": request.scope.get("root_path") or "/"}]}

    @app.get("/assets/{name}", include_in_schema=False)
    def send_asset(name: str, request: Request) -> Response:
        return _file(name, request)


@cache
def _files() -> dict[str, Path]:
    """Return the files that may be sent, by name: no name leads anywhere else."""
    libraries = {
        name: Path(str(files(package) / path)) for name, (package, path) in LIBRARIES.items()
    }
    return {**libraries, **{file.name: file for file in ASSETS.iterdir()}}


def _file(name: str, request: Request) -> Response:
    file = _files().get(name)
    if file is None:
        raise HTTPException(404, f"There is no file {name}.")
    response = StaticFiles().file_response(file, file.stat(), request.scope)
    # A browser keeps it, and asks each time whether it is still the same.
    response.headers["Cache-Control"] = "private, no-cache"
    return response


async def _with_headers(request: Request, call_next: RequestResponseEndpoint) -> Response:
    try:
        response = await call_next(request)
    except Exception:
        # Starlette would answer this one outside of what adds the headers.
        log.exception("%s %s failed", request.method, request.url.path)
        detail = "Something went wrong here; the API server's log says what."
        response = JSONResponse({"detail": detail}, status_code=500)
    for name, value in {"Cache-Control": "no-store", **HEADERS}.items():
        response.headers.setdefault(name, value)
    return response


def _mongo_is_away(request: Request, error: PyMongoError) -> Response:
    log.warning("MongoDB failed: %s", error)
    detail = (
        "MongoDB does not answer, so the stored jobs can be neither shown nor marked. Check that "
        "the server of the Airflow connection `mongo` runs and takes its login; the API server's "
        "log has its words."
    )
    return JSONResponse({"detail": detail}, status_code=503)


def _no_database(request: Request, error: NoDatabase) -> Response:
    return JSONResponse({"detail": str(error)}, status_code=503)


def _explain(request: Request, error: RequestValidationError) -> Response:
    """Answer 422 without repeating the input, which JSON or UTF-8 may be unable to hold."""
    problems = [{name: each[name] for name in ("type", "loc", "msg")} for each in error.errors()]
    body = json.dumps({"detail": problems})
    return Response(body, status_code=422, media_type="application/json")


async def _log_in_first(request: Request, error: HTTPException) -> Response:
    """Answer 401: to a person with a way to log in."""
    if "text/html" not in request.headers.get("accept", ""):
        return await http_exception_handler(request, error)
    host: Host = request.app.state.host
    address = escape(host.login_address(request.url.path))
    return HTMLResponse(
        "<!doctype html><html lang='en'><title>Job Tracker</title>"
        f"<p>You are not logged in. <a href='{address}'>Log in to Airflow</a>",
        status_code=401,
    )
