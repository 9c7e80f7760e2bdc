"""Limits the body of a request, which FastAPI reads into memory before it checks the login."""

from __future__ import annotations

import asyncio
import time

from fastapi import HTTPException
from fastapi.responses import JSONResponse
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from include.jobs import limits

TOO_LARGE = f"The request's body is larger than {limits.MAX_REQUEST_BYTES:,} bytes."
TOO_SLOW = (
    f"The request's body did not arrive within {limits.REQUEST_BODY_TIMEOUT_SECONDS} seconds."
)
# The rest of the body is not read, so the connection can't be used for another request.
CLOSE = {"Connection": "close"}


class RequestBodyLimit:
    """ASGI middleware that answers 413 to large bodies and 408 to slow ones.

    A body whose announced length is too large is not read at all.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif _announced_length(scope) > limits.MAX_REQUEST_BYTES:
            await JSONResponse({"detail": TOO_LARGE}, 413, CLOSE)(scope, receive, send)
        else:
            await self._app(scope, _LimitedBody(receive), send)


def _announced_length(scope: Scope) -> int:
    length = Headers(scope=scope).get("content-length", "")
    return int(length) if length.isdecimal() and len(length) < 20 else 0


class _LimitedBody:
    """Receives a request's messages, and raises an `HTTPException` at a limit of its body."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._size = 0
        self._is_complete = False
        self._deadline = time.monotonic() + limits.REQUEST_BODY_TIMEOUT_SECONDS

    async def __call__(self) -> Message:
        if self._is_complete:  # what follows is a disconnect, which may take as long as it likes
            return await self._receive()
        try:
            async with asyncio.timeout(self._deadline - time.monotonic()):
                message = await self._receive()
        except TimeoutError:
            raise HTTPException(408, TOO_SLOW, CLOSE) from None
        self._size += len(message.get("body", b""))
        if self._size > limits.MAX_REQUEST_BYTES:
            raise HTTPException(413, TOO_LARGE, CLOSE)
        self._is_complete = not message.get("more_body", False)
        return message
