from __future__ import annotations

from collections.abc import Iterator

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from include.local.airflow_api import airflow_api
from include.local.ports import free_port
from include.sample_api.running import running
from include.terminal.errors import CommandError


async def token(request: Request) -> JSONResponse:
    good = await request.json() == {"username": "admin", "password": "hush"}
    return JSONResponse({"access_token": "t"} if good else {"detail": "no"}, 201 if good else 401)


async def dag(request: Request) -> JSONResponse:
    logged_in = request.headers.get("Authorization") == "Bearer t"
    return JSONResponse({"is_paused": logged_in and request.path_params["dag_id"] == "paused"})


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """The port of a stand-in for Airflow 3, in which one DAG is paused."""
    routes = [Route("/auth/token", token, methods=["POST"]), Route("/api/v2/dags/{dag_id}", dag)]
    with running(Starlette(routes=routes)) as address:
        yield int(address.rpartition(":")[2])


@pytest.mark.parametrize("line", ["3.3", "2.11"])
def test_an_airflow_that_does_not_answer_is_named(line: str) -> None:
    number = free_port()
    with pytest.raises(CommandError, match=f"Airflow at http://127.0.0.1:{number} does not answer"):
        airflow_api(line, number, "hush").log_in()


def test_whether_a_dag_is_paused_is_asked_with_the_token_of_the_login(port: int) -> None:
    api = airflow_api("3.3", port, "hush")
    api.log_in()

    assert api.is_paused("paused")
    assert not api.is_paused("another")


def test_a_refused_login_is_named(port: int) -> None:
    with pytest.raises(CommandError, match="Airflow refuses the login of admin: no"):
        airflow_api("3.3", port, "wrong").log_in()
