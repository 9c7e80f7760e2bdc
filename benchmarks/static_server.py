"""Serves the pages of a search that were prepared before, from a process of its own.

What a client is measured by must not hold how its pages are made: each is a file, and sending it
costs this process next to nothing, and the client's process nothing.
"""

from __future__ import annotations

import json
import math
import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests

from include.jobs import limits
from include.sample_api.server import create_app
from include.usajobs.search_api import ENDPOINT

HEADERS = {"User-Agent": "me@example.org", "Authorization-Key": "key"}


@contextmanager
def served_pages(folder: Path, rows: list[dict[str, Any]]) -> Iterator[tuple[str, int]]:
    """Serve the rows as the Search API does; yield the server's address and the number of pages.

    `?Page=` is all of a query that it reads.
    """
    pages = write_pages(folder, rows)
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs, folder), daemon=True)
    process.start()
    try:
        yield ours.recv(), pages
    finally:
        process.terminate()
        process.join()


def write_pages(folder: Path, rows: list[dict[str, Any]]) -> int:
    """Write the responses with these rows, each page a file; return how many there are."""
    folder.mkdir()
    size = limits.PAGE_SIZE_ROWS
    api = create_app(rows=rows)
    pages = pages_of(len(rows))
    for page in range(1, pages + 1):
        answer = api.search({"Page": str(page), "ResultsPerPage": str(size)})
        _file(folder, page).write_bytes(json.dumps(answer).encode())
    return pages


def pages_of(rows: int) -> int:
    """Return how many pages so many rows fill."""
    return max(1, math.ceil(rows / limits.PAGE_SIZE_ROWS))


def fetched(url: str, page: int) -> requests.Response:
    """Ask for a page; its body is not read yet."""
    query: dict[str, Any] = {"Page": page, "ResultsPerPage": limits.PAGE_SIZE_ROWS}
    return requests.get(f"{url}{ENDPOINT}", query, headers=HEADERS, timeout=120, stream=True)


def _file(folder: Path, page: int) -> Path:
    return folder / f"{page:04d}.json"


def _serve(parent: Any, folder: Path) -> None:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            (page,) = parse_qs(urlsplit(self.path).query).get("Page", ["1"])
            file = _file(folder, int(page))
            self.send_response(200)
            self.send_header("Content-Type", "application/hr+json; charset=utf-8")
            self.send_header("Content-Length", str(file.stat().st_size))
            self.end_headers()
            self.wfile.flush()
            with file.open("rb") as content:
                self.connection.sendfile(content)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        parent.send(f"http://127.0.0.1:{server.server_port}")
        server.serve_forever()
