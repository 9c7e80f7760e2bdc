"""Serves the sample API on this machine for the duration of a `with` block."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any

import uvicorn

LOOPBACK = "127.0.0.1"


@contextmanager
def running(app: Any, *, host: str = LOOPBACK, port: int = 0) -> Iterator[str]:
    """Serve an ASGI application and yield its address, `http://127.0.0.1:PORT`.

    Port 0 picks a free one. Requests that are still running at the end are aborted.

    Raises:
        OSError: the port is taken.
    """
    with socket.create_server((host, port)) as listener:
        server = uvicorn.Server(
            uvicorn.Config(
                app,
                lifespan="off",
                log_config=None,
                log_level="critical",
                timeout_graceful_shutdown=0,
            )
        )
        thread = Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        while not server.started and thread.is_alive():
            time.sleep(0.005)
        try:
            yield f"http://{host}:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()
