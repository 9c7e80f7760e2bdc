"""Each way in which a connection fails has its own words, which quote no login."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import requests

from include.local.ports import LOOPBACK, free_port
from include.usajobs.network import explain, is_about_a_certificate
from tests.support.certificates import Authority

PROXY_LOGIN = "s3cret-of-the-proxy"
SOMEWHERE = "https://data.example.org/api"


class Answering(BaseHTTPRequestHandler):
    """Closes the connection to who asks, and refuses a tunnel to who sends no login."""

    def do_GET(self) -> None:
        self.connection.close()

    def do_CONNECT(self) -> None:
        self.send_response(407)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def server() -> Iterator[int]:
    with HTTPServer((LOOPBACK, 0), Answering) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


@pytest.fixture
def silence() -> Iterator[int]:
    with socket.create_server((LOOPBACK, 0)) as listener:
        yield listener.getsockname()[1]


def failure(url: str, timeout: Any = (5, 0.1), **options: Any) -> Exception:
    with pytest.raises((requests.RequestException, OSError, ValueError)) as caught:
        requests.get(url, timeout=timeout, **options)
    return caught.value


def through(proxy: str) -> str:
    return explain(failure(SOMEWHERE, proxies={"https": proxy}))


def test_a_host_that_cant_be_reached_is_told_from_one_without_a_name() -> None:
    assert explain(failure(f"http://{LOOPBACK}:{free_port()}")) == "the connection was refused"
    assert explain(failure("http://nowhere.invalid")) == "its name can't be resolved (DNS)"


def test_no_answer_is_told_from_one_that_is_cut_off(server: int, silence: int) -> None:
    silent, cut = (failure(f"http://{LOOPBACK}:{port}") for port in (silence, server))
    assert explain(silent) == "there was no answer in time"
    assert explain(cut) == "the connection was cut off"


def test_a_proxy_is_named_as_what_fails(server: int) -> None:
    login = f"user:{PROXY_LOGIN}@"
    refused = through(f"http://{login}{LOOPBACK}:{free_port()}")
    assert refused == "the proxy can't be used: the connection was refused"
    assert through(f"http://{login}{LOOPBACK}:{server}") == (
        "the proxy can't be used: it answered with status 407, a login is missing or wrong"
    )
    assert through(f"http://{login}nowhere.invalid:1").endswith("name can't be resolved (DNS)")


@pytest.mark.parametrize("proxy", ["socks9://{}@a:1", "ftp://{}@a:1", "http://{} @:a:x", "http://"])
def test_a_proxy_that_is_not_valid_is_not_quoted(proxy: str) -> None:
    words = through(proxy.format(f"user:{PROXY_LOGIN}"))
    assert "proxy" in words
    assert PROXY_LOGIN not in words


CERTIFICATES: dict[str, tuple[dict[str, Any], str]] = {
    "expired": ({"valid_from": -2, "valid_until": -1}, "has expired: is this machine's clock"),
    "not valid yet": ({"valid_from": 1, "valid_until": 2}, "is not valid yet"),
    "of another address": ({"address": "127.0.0.9"}, "belongs to another"),
    "of an unknown authority": ({}, "an authority that this machine doesn't trust"),
}


@pytest.mark.parametrize("kind", CERTIFICATES)
def test_what_is_wrong_with_a_certificate_is_said(tmp_path: Path, kind: str) -> None:
    options, words = CERTIFICATES[kind]
    authority = Authority(tmp_path)
    with tls_server(authority.server(**options)) as port:
        trusted = True if "unknown" in kind else str(authority.trusted)
        error = failure(f"https://{LOOPBACK}:{port}", verify=trusted, timeout=5)
    assert words in explain(error)
    assert is_about_a_certificate(error)


def test_a_server_without_tls_is_told_from_a_bad_certificate(server: int) -> None:
    error = failure(f"https://{LOOPBACK}:{server}", timeout=5)
    assert "agree on no secure connection" in explain(error)
    assert not is_about_a_certificate(error)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"verify": "/no/file.pem"}, "file of certificate authorities"),
        ({"cert": "/no/file.pem"}, "the certificate or key that the connection's extra names"),
        ({"headers": {"X": "a\nb"}}, "a header that the connection's extra sets is not valid"),
        ({"url": "ftp://data.example.org"}, "begins with neither https:// nor http://"),
        ({"url": "http://:99999/"}, "is not valid"),
    ],
)
def test_what_is_wrong_with_the_request_itself_is_said(options: Any, words: str) -> None:
    assert words in explain(failure(**{"url": SOMEWHERE, **options}))


class tls_server:  # noqa: N801 - used like a function
    """Accepts one connection with these certificates."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self._listener = socket.create_server((LOOPBACK, 0))
        self._thread = Thread(target=self._accept, args=(context,))

    def _accept(self, context: ssl.SSLContext) -> None:
        connection, _ = self._listener.accept()
        try:
            context.wrap_socket(connection, server_side=True).close()
        except OSError:
            connection.close()

    def __enter__(self) -> int:
        self._thread.start()
        port: int = self._listener.getsockname()[1]
        return port

    def __exit__(self, *_: object) -> None:
        self._thread.join()
        self._listener.close()
