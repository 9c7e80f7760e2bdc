"""The proxy as clients meet it: what it does to them is what the campaign relies on."""

from __future__ import annotations

import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import suppress

import pytest

from tests.faults.proxy import LOOPBACK, Breakdown, Proxy, proxy_before


class Echo(socketserver.BaseRequestHandler):
    """Sends back what it gets."""

    def handle(self) -> None:
        with suppress(ConnectionError):
            while piece := self.request.recv(65536):
                self.request.sendall(piece)


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    with socketserver.ThreadingTCPServer((LOOPBACK, 0), Echo) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with proxy_before(server.server_address[1]) as proxy:
            yield proxy
        server.shutdown()


def connect(proxy: Proxy) -> socket.socket:
    return socket.create_connection((LOOPBACK, proxy.port), timeout=5)


def echoed(client: socket.socket, length: int, *, sent: bytes = b"") -> bytes:
    """Return what comes back until there are so many bytes or the end."""
    client.sendall(sent)
    found = b""
    while len(found) < length and (piece := client.recv(length - len(found))):
        found += piece
    return found


def test_bytes_pass_both_ways_and_are_counted(proxy: Proxy) -> None:
    with connect(proxy) as client:
        assert echoed(client, 100_000, sent=b"x" * 100_000) == b"x" * 100_000
    assert proxy.passed == {"up": 100_000, "down": 100_000}


def test_a_cut_lets_as_many_bytes_pass_as_told(proxy: Proxy) -> None:
    proxy.inject(Breakdown("cut", after=30, direction="down"))
    with connect(proxy) as client:
        assert echoed(client, 100, sent=b"x" * 100) == b"x" * 30


def test_a_reset_is_one_and_strikes_no_more_often_than_told(proxy: Proxy) -> None:
    proxy.inject(Breakdown("reset", after=0, direction="down", times=2))
    for _ in range(2):
        with connect(proxy) as client, pytest.raises(ConnectionResetError):
            echoed(client, 1, sent=b"x")
    with connect(proxy) as client:
        assert echoed(client, 1, sent=b"x") == b"x"


def test_after_a_stall_nothing_passes_until_it_behaves_again(proxy: Proxy) -> None:
    proxy.inject(Breakdown("stall", after=3, direction="down"))
    with connect(proxy) as client:
        assert echoed(client, 3, sent=b"abcdef") == b"abc"
        client.settimeout(0.2)
        with pytest.raises(TimeoutError):
            client.recv(1)
        proxy.come_back()
        client.settimeout(5)
        assert echoed(client, 3) == b"def"


def test_nobody_is_let_in_while_it_is_away(proxy: Proxy) -> None:
    with connect(proxy) as open_before:
        proxy.go_away()
        with pytest.raises(ConnectionRefusedError):
            connect(proxy)
        with pytest.raises(ConnectionResetError):
            echoed(open_before, 1)
    proxy.come_back()
    with connect(proxy) as client:
        assert echoed(client, 1, sent=b"x") == b"x"


def test_it_may_stay_away_after_a_breakdown(proxy: Proxy) -> None:
    proxy.inject(Breakdown("reset", after=1, away=True))
    with connect(proxy) as client, pytest.raises(ConnectionResetError):
        echoed(client, 3, sent=b"xyz")
    with pytest.raises(ConnectionRefusedError):
        connect(proxy)
