from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

import pytest

from include.airflow.one_writer import OneWriter


class Requests:
    """An application that notes how many requests it answers at once, by method."""

    def __init__(self) -> None:
        self.open: Counter[str] = Counter()
        self.most: Counter[str] = Counter()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        method = scope["method"]
        self.open[method] += 1
        self.most[method] = max(self.most[method], self.open[method])
        await asyncio.sleep(0.01)
        self.open[method] -= 1
        if scope["path"] == "/broken":
            raise ValueError("broken")


def asked(*requests: tuple[str, str]) -> tuple[Counter[str], list[Any]]:
    """Ask all at once; return how many were answered at once, and what was raised."""
    app = Requests()
    one_writer = OneWriter(app)

    async def ask_all() -> list[Any]:
        scopes = ({"type": "http", "method": method, "path": path} for method, path in requests)
        asking = (one_writer(scope, None, None) for scope in scopes)  # type: ignore[arg-type]
        return await asyncio.gather(*asking, return_exceptions=True)

    return app.most, asyncio.run(ask_all())


@pytest.mark.parametrize(("method", "at_once"), [("POST", 1), ("PATCH", 1), ("GET", 5)])
def test_requests_write_one_after_the_other_and_read_side_by_side(
    method: str, at_once: int
) -> None:
    most, raised = asked(*[(method, "/")] * 5)
    assert most[method] == at_once
    assert raised == [None] * 5


def test_a_request_that_fails_gives_its_turn_to_the_next() -> None:
    most, raised = asked(("POST", "/broken"), ("POST", "/"))
    assert most["POST"] == 1
    assert [type(each) for each in raised] == [ValueError, type(None)]
