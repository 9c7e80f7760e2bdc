"""Requests made up from the API's own description get no response that it does not describe."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pymongo import MongoClient
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from include.store.documents import FeedKind
from include.store.feeds import make_feed
from include.web.app import create_app
from tests.web.fake_host import FakeHost
from tests.web.stored import CHICAGO, store_many

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
USUAL_NUMBER = 100
STORED: dict[str, Any] = {"control_number": "800000000", "search": CHICAGO, "number": 0}
TOKENS: dict[str, str] = {}
KINDS: dict[str, FeedKind] = {"/calendar.ics": "calendar", "/matches.atom": "matches"}
"""The feeds by their paths. To them, whatever is no right token is a wrong one."""
LOGIN = {"Login": "ada", "Authorization": "Bearer token"}


@pytest.fixture(scope="module")
def api(mongod_port: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    # Requests save searches, and some of their names are taken then.
    folder = tmp_path_factory.mktemp("searches")
    with MongoClient[dict[str, Any]]("127.0.0.1", mongod_port, tz_aware=True) as client:
        store_many(client.test_openapi, 60)
        host = FakeHost(client.test_openapi)
        host.paused_dags = {"job_tracker"}  # an overdue search is answered with status 503
        host.started.append(("ada", "job_tracker", {}))
        now = datetime.now(UTC)
        for path, kind in KINDS.items():
            TOKENS[path], _ = make_feed(client.test_openapi, "ada", kind, CHICAGO, now)
        _, made = make_feed(client.test_openapi, "ada", "calendar", None, now)
        STORED["feed_id"] = made["_id"]
        app = create_app(host, folder)
        yield schemathesis.openapi.from_asgi("/openapi.json", app, headers=LOGIN)
        client.drop_database("test_openapi")


def kinds_of_requests() -> Iterator[tuple[str, str, GenerationMode]]:
    """Yield each operation with what its description allows, and with what it does not."""
    for path, operations in create_app(FakeHost()).openapi()["paths"].items():
        for method, operation in operations.items():
            yield method.upper(), path, GenerationMode.POSITIVE
            if "parameters" in operation or "requestBody" in operation:
                yield method.upper(), path, GenerationMode.NEGATIVE


@pytest.mark.parametrize(("method", "path", "mode"), list(kinds_of_requests()))
def test_every_request_is_answered_as_described(
    api: Any, method: str, path: str, mode: GenerationMode, pytestconfig: pytest.Config
) -> None:
    statuses = set()
    number = pytestconfig.getoption("--requests")

    @settings(
        max_examples=number or USUAL_NUMBER,
        derandomize=not number,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=api[path][method].as_strategy(generation_mode=mode), known=st.booleans())
    def ask(case: Any, known: bool) -> None:
        if known:
            case.path_parameters |= {
                name: value for name, value in STORED.items() if name in case.path_parameters
            }
            if path in TOKENS:
                case.query = {"token": TOKENS[path]}
        answer = case.call(headers=LOGIN)
        statuses.add(answer.status_code)
        case.validate_response(answer, checks=CHECKS)

    ask()
    refused = {404} if path in KINDS else {422}
    assert statuses & ({200, 201, 202} if mode is GenerationMode.POSITIVE else refused)
