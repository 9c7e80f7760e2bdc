"""The page and its API as one application; all its routes require a login but two kinds.

These are the health of the searches, and the calendars and feeds, which require a token.
"""

from __future__ import annotations

import json
import logging
from base64 import b64encode
from functools import cache
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Depends, FastAPI, HTTPException, Request, Response
from fastapi.exception_handlers import http_exception_handler
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse
from fastapi.staticfiles import StaticFiles
from markupsafe import escape
from pymongo.errors import PyMongoError
from starlette.middleware.base import RequestResponseEndpoint

from include.jobs import limits
from include.searches.saved_searches import FOLDER
from include.web.csrf import refuse_forgery
from include.web.feed_routes import FeedReads, by_token, feeds
from include.web.health import HealthMonitor, monitoring
from include.web.host import Host, NoDatabase, User
from include.web.jobs import DamagedJob
from include.web.new_search_routes import new_searches
from include.web.remembered import Remembered
from include.web.request_body import RequestBodyLimit
from include.web.routes import reading, run_reading, updating

log = logging.getLogger(__name__)

STATIC_FILES = Path(__file__).with_name("static")

LIBRARIES = {
    "swagger-ui-bundle.js": ("fastapi_offline", "static/swagger-ui-bundle.js"),
    "swagger-ui.css": ("fastapi_offline", "static/swagger-ui.css"),
}
"""Files of installed packages that the pages use, so that nothing is loaded from other hosts."""

NOTHING_ELSE = "default-src 'none'; form-action 'none'; base-uri 'none'; frame-ancestors 'self'"
HEADERS = {
    "Content-Security-Policy": (
        f"{NOTHING_ELSE}; script-src 'self'; style-src 'self'; "
        "img-src 'self' data: blob:; connect-src 'self'; frame-src 'self'"
    ),
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
}

VERSION = "1.2.0"
"""Of the API: the first number changes when a client has to, the second when it gets more."""

DESCRIPTION = (
    "The jobs that the DAGs of the searches keep in MongoDB, and a way to update them. Everything "
    "but `GET /health` and the private addresses of calendars and feeds asks for the login of "
    "Airflow: a browser's, or `Authorization: Bearer …` with a token from `POST /auth/token`."
)


def create_app(host: Host, searches: Path = FOLDER) -> FastAPI:
    """Return the application, to be mounted under `/job-tracker` of Airflow's API server.

    `searches` is the folder of the saved searches, which is read on each request.
    """

    signed_in = Depends(host.reader)

    async def admit(request: Request, user: User = signed_in) -> None:
        # Not `state.user`, which is Airflow's own.
        request.state.reader = user

    app = FastAPI(
        title="Job Tracker",
        description=DESCRIPTION,
        version=VERSION,
        # An operation's id is the name of its function, so that generated clients read well.
        generate_unique_id_function=lambda route: route.name,
        # FastAPI's own pages would not require a login, and load scripts from other hosts.
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        # Redirects would work without a login, to any host that the request names.
        redirect_slashes=False,
    )
    app.state.host = host
    app.state.searches = searches
    app.state.health = HealthMonitor(host, searches)
    app.state.feed_reads = FeedReads()
    app.state.remembered = Remembered(limits.REMEMBERED_COUNTS)
    app.state.remembered_lists = Remembered(limits.REMEMBERED_LISTS)
    with_login = APIRouter(dependencies=[Depends(admit), Depends(refuse_forgery)])
    with_login.include_router(reading)
    with_login.include_router(feeds)
    with_login.include_router(new_searches)
    with_login.include_router(run_reading, dependencies=[Depends(host.run_reader)])
    with_login.include_router(updating, dependencies=[Depends(host.updater)])
    with_login.include_router(pages)
    app.include_router(with_login)
    app.include_router(monitoring)
    app.include_router(by_token)
    app.add_middleware(RequestBodyLimit)
    app.middleware("http")(_with_headers)
    app.exception_handler(PyMongoError)(_mongo_is_away)
    app.exception_handler(NoDatabase)(_no_database)
    app.exception_handler(DamagedJob)(_damaged_job)
    app.exception_handler(RequestValidationError)(_explain)
    app.exception_handler(401)(_log_in_first)
    return app


pages = APIRouter(include_in_schema=False)


@pages.get("/")
def _show_page(request: Request) -> Response:
    return _file("page.html", request)


@pages.get("/docs")
def _show_docs(request: Request) -> Response:
    return _file("docs.html", request)


@pages.get("/openapi.json")
def _describe(request: Request) -> dict[str, Any]:
    described = request.app.openapi()
    return {**described, "servers": [{"url": request.scope.get("root_path") or "/"}]}


@pages.get("/assets/{name}")
def _send_asset(name: str, request: Request) -> Response:
    return _file(name, request)


@cache
def _files() -> dict[str, Path]:
    """Return the files that may be sent, by name; other paths can't be reached."""
    libraries = {
        name: Path(str(files(package) / path)) for name, (package, path) in LIBRARIES.items()
    }
    return {**libraries, **{file.name: file for file in STATIC_FILES.iterdir()}}


def _file(name: str, request: Request) -> Response:
    file = _files().get(name)
    if file is None:
        raise HTTPException(404, f"There is no file {name}.")
    response = StaticFiles().file_response(file, file.stat(), request.scope)
    # Browsers cache it, but revalidate it on each use.
    response.headers["Cache-Control"] = "private, no-cache"
    return response


async def _with_headers(request: Request, call_next: RequestResponseEndpoint) -> Response:
    try:
        response = await call_next(request)
    except Exception:
        # Starlette would handle this outside of this middleware, without the headers.
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


def _damaged_job(request: Request, error: DamagedJob) -> Response:
    return JSONResponse({"detail": str(error)}, status_code=409)


def _explain(request: Request, error: RequestValidationError) -> Response:
    """Answer 422 without quoting the input, which JSON or UTF-8 may not be able to represent."""
    problems = [{name: each[name] for name in ("type", "loc", "msg")} for each in error.errors()]
    body = json.dumps({"detail": problems})
    return Response(body, status_code=422, media_type="application/json")


async def _log_in_first(request: Request, error: HTTPException) -> Response:
    """Answer 401; browsers get a page that goes to the login, and comes back.

    Its script is part of it, because files are sent to those who are logged in only.
    """
    scheme = {"WWW-Authenticate": "Bearer"}
    if "text/html" not in request.headers.get("accept", ""):
        response = await http_exception_handler(request, error)
        response.headers.update(scheme)
        return response
    host: Host = request.app.state.host
    page, policy = _login_page()
    address = str(escape(host.login_address(request.url.path)))
    return HTMLResponse(
        page.replace("{address}", address),
        status_code=401,
        headers={"Content-Security-Policy": policy, **scheme},
    )


@cache
def _login_page() -> tuple[str, str]:
    """Return the page, in which the login's `{address}` is to be filled in, and its policy."""
    script = _files()["login.js"].read_text(encoding="utf-8")
    page = _files()["login.html"].read_text(encoding="utf-8").replace("{script}", script)
    _, _, rest = page.partition("<script>")
    inline, _, _ = rest.partition("</script>")
    digest = b64encode(sha256(inline.encode()).digest()).decode()
    return page, f"{NOTHING_ELSE}; script-src 'sha256-{digest}'"
