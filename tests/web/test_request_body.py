"""A request's body costs bounded memory and time, also before the login is checked."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from include.jobs import limits
from include.web.app import HEADERS, create_app
from include.web.request_body import RequestBodyLimit
from tests.support.web_routes import routes_of
from tests.web.fake_host import FakeHost

APP = create_app(FakeHost())
LIMIT = 2_000
TYPES = ["application/json", "multipart/form-data; boundary=x", "text/plain", None]

Receive = Callable[[], Any]


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_REQUEST_BYTES", LIMIT)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "REQUEST_BODY_TIMEOUT_SECONDS", 0.05)


@pytest.fixture
def stranger() -> TestClient:
    return TestClient(APP)


class Endless:
    """Counts the pieces that are taken of an endless body."""

    def __init__(self) -> None:
        self.taken = 0

    async def __call__(self) -> dict[str, Any]:
        self.taken += 1
        return {"type": "http.request", "body": b"x" * 100, "more_body": True}


def status_of(receive: Receive, method: str, path: str, kind: str | None, **more: str) -> int:
    """Return the status of a stranger's request to the application, as a server would call it."""
    headers = {**more, **({"content-type": kind} if kind else {})}
    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "scheme": "http",
        "http_version": "1.1",
        "server": ("127.0.0.1", 80),
        "client": ("127.0.0.1", 9),
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(APP(scope, receive, send))
    return int(sent[0]["status"])


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/update_jobs"),
        ("PUT", "/stored_jobs/1/mark"),
        ("PATCH", "/stored_jobs/1/mark"),
    ],
)
def test_an_endless_body_is_read_up_to_the_limit_whatever_it_claims_to_be(
    method: str, path: str, kind: str | None
) -> None:
    body = Endless()
    assert status_of(body, method, path, kind) == 413
    assert body.taken == LIMIT // 100 + 1


def test_no_route_reads_more_than_the_limit() -> None:
    for method, path in routes_of(APP):
        body = Endless()
        assert status_of(body, method, path, "application/json") >= 400
        assert body.taken <= LIMIT // 100 + 1, path


def test_a_body_that_announces_its_size_is_not_read_at_all() -> None:
    body = Endless()
    too_much = {"content-length": str(LIMIT + 1)}
    assert status_of(body, "POST", "/update_jobs", "application/json", **too_much) == 413
    assert body.taken == 0


@pytest.mark.usefixtures("impatient")
def test_a_body_that_trickles_in_is_given_up() -> None:
    async def trickle() -> dict[str, Any]:
        await asyncio.sleep(0.03)
        return {"type": "http.request", "body": b" ", "more_body": True}

    assert status_of(trickle, "POST", "/update_jobs", "application/json") == 408


def test_what_follows_a_body_may_take_longer_than_the_body(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(limits, "REQUEST_BODY_TIMEOUT_SECONDS", 1)
    messages = iter([{"type": "http.request", "body": b"", "more_body": False}])

    async def receive() -> Any:
        for message in messages:
            return message
        await asyncio.sleep(1.1)
        return {"type": "http.disconnect"}

    async def app(scope: Any, receive: Receive, send: Any) -> None:
        assert [(await receive())["type"] for _ in range(2)] == ["http.request", "http.disconnect"]

    asyncio.run(RequestBodyLimit(app)({"type": "http", "headers": []}, receive, app))


@pytest.mark.parametrize(("size", "status"), [(LIMIT, 401), (LIMIT + 1, 413)])
def test_the_limit_itself_is_within_it(stranger: TestClient, size: int, status: int) -> None:
    def in_pieces() -> Iterator[bytes]:
        yield b"{}"
        yield b" " * (size - 2)

    kind = {"Content-Type": "application/json"}
    for content in (b"{}" + b" " * (size - 2), in_pieces()):
        answer = stranger.post("/update_jobs", content=content, headers=kind)
        assert answer.status_code == status
        assert all(answer.headers[name] == value for name, value in HEADERS.items())


@pytest.mark.parametrize("body", [b"[" * LIMIT, b'{"a":' * 300, b"9" * LIMIT, b"\xff" * LIMIT])
def test_what_fits_and_is_no_json_is_refused_as_before(stranger: TestClient, body: bytes) -> None:
    kind = {"Content-Type": "application/json"}
    assert stranger.post("/update_jobs", content=body, headers=kind).status_code in (400, 401, 422)


def test_the_longest_note_fits(stranger: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    note = json.dumps({"note": "\N{BRIEFCASE}\N{GRINNING FACE}" * 2_000})
    assert stranger.put("/stored_jobs/1/mark", content=note).status_code == 401
