"""Middleware for the API server: the page's address works without its slash too."""

from __future__ import annotations

from include.airflow.asgi import App, Message, Receive, Send
from include.airflow.page_url import PREFIX


class TrailingSlash:
    """ASGI middleware that sends `/job-tracker` on to `/job-tracker/`.

    Airflow mounts the page under its prefix and a slash, and answers whatever is under no prefix
    with its own page.
    """

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Handle a request."""
        root = scope.get("root_path", "")
        if scope["type"] != "http" or scope["path"].removeprefix(root) != f"/{PREFIX}":
            await self._app(scope, receive, send)
            return
        query = b"?" + scope["query_string"] if scope["query_string"] else b""
        # Relative, so that it holds behind any proxy.
        headers = [(b"location", f"{PREFIX}/".encode() + query), (b"content-length", b"0")]
        await send({"type": "http.response.start", "status": 307, "headers": headers})
        await send({"type": "http.response.body"})
