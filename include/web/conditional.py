"""Answers that are sent only if they have changed since the client got them."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from hashlib import sha256
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute

REVALIDATED = "private, no-cache"
"""Browsers keep the answer, but ask on each use whether it still is the same."""


class ConditionalRoute(APIRoute):
    """A route whose JSON answers to GET have an `ETag`, and are answered 304 while they stay so."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the handler of a request."""
        answer = super().get_route_handler()

        async def conditional_answer(request: Request) -> Response:
            response = await answer(request)
            if request.method != "GET" or response.media_type != "application/json":
                return response
            return unless_known(request, response)

        return conditional_answer


def unless_known(request: Request, response: Response) -> Response:
    """Return a response with an `ETag` of its body, or 304 if the client has that body."""
    tag = f'"{sha256(response.body).hexdigest()[:32]}"'
    response.headers.update({"ETag": tag, "Cache-Control": REVALIDATED})
    if not _client_has(request, tag):
        return response
    about_the_body = ("content-length", "content-type")
    kept = {n: v for n, v in response.headers.items() if n not in about_the_body}
    return Response(status_code=304, headers=kept)


def _client_has(request: Request, tag: str) -> bool:
    """Return whether the client has the answer, by a weak comparison (RFC 9110, 13.1.2)."""
    known = request.headers.get("if-none-match", "").split(",")
    return any(each.strip().removeprefix("W/") in (tag, "*") for each in known)
