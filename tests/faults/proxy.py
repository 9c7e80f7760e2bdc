"""A TCP proxy on 127.0.0.1 that passes bytes until it is told to break down."""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
from collections import Counter
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from threading import Thread
from typing import Any, Literal

LOOPBACK = "127.0.0.1"

Direction = Literal["up", "down"]
"""Towards the server or back."""


@dataclass(frozen=True)
class Breakdown:
    """What happens to all connections once `after` bytes have passed in a direction.

    reset: they are reset (RST). cut: they are closed in good order (FIN). stall: no byte passes any
    more. The bytes are counted over all connections, from when it was told, and anew after each of
    its `times` (None: for ever). With `away` nobody is let in afterwards.
    """

    how: Literal["reset", "cut", "stall"]
    after: int = 0
    direction: Direction = "up"
    times: int | None = 1
    away: bool = False


class Proxy:
    """Stands on a `port` of its own before the one of a server.

    `passed` counts the bytes of each direction since the last `tell`. With `tls` clients speak TLS
    to the proxy, and the proxy speaks without it to the server.
    """

    def __init__(self, server_port: int, tls: ssl.SSLContext | None = None) -> None:
        self.port = 0
        self.passed: Counter[Direction] = Counter()
        self._server_port = server_port
        self._tls = tls
        self._breakdown: Breakdown | None = None
        self._left: int | None = 0
        self._writers: set[asyncio.StreamWriter] = set()
        self._flowing = asyncio.Event()
        self._listener: asyncio.Server | None = None
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, daemon=True)

    @property
    def address(self) -> str:
        """The proxy in the place of an HTTP server."""
        return f"{'https' if self._tls else 'http'}://{LOOPBACK}:{self.port}"

    def inject(self, breakdown: Breakdown | None) -> None:
        """Break down in that way from now on; None: behave."""
        self._do(self._inject(breakdown))

    def go_away(self) -> None:
        """Refuse connections, and reset those that are open."""
        self._do(self._go_away())

    def come_back(self) -> None:
        """Behave again, on the same port."""
        self._do(self._come_back())

    def start(self) -> None:
        """Take a free port and listen."""
        self._thread.start()
        self.come_back()

    def stop(self) -> None:
        """End for good."""
        self.go_away()
        self._do(self._end_connections())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _do(self, coroutine: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(30)

    async def _inject(self, breakdown: Breakdown | None) -> None:
        self.passed.clear()
        self._breakdown = breakdown
        self._left = breakdown.times if breakdown else 0
        self._flowing.set()

    async def _go_away(self) -> None:
        listener, self._listener = self._listener, None
        if listener:
            for each in listener.sockets:
                self._loop.remove_reader(each.fileno())
            # asyncio forgets, open, a connection that it accepted just before the end.
            await asyncio.sleep(0.01)
            listener.close()
        self._reset_all()
        # What stalls must notice that its connection is gone.
        self._flowing.set()

    def _reset_all(self) -> None:
        for writer in self._writers:
            _reset(writer)

    async def _come_back(self) -> None:
        await self._inject(None)
        if self._listener is None:
            self._listener = await asyncio.start_server(
                self._connected, LOOPBACK, self.port, ssl=self._tls
            )
            self.port = self._listener.sockets[0].getsockname()[1]

    async def _end_connections(self) -> None:
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks) if tasks else None

    async def _connected(
        self, from_client: asyncio.StreamReader, to_client: asyncio.StreamWriter
    ) -> None:
        connection = {to_client}
        self._writers |= connection
        try:
            from_server, to_server = await asyncio.open_connection(LOOPBACK, self._server_port)
            connection.add(to_server)
            self._writers |= connection
            if self._listener is None:
                raise ConnectionRefusedError("the proxy went away meanwhile")
            await asyncio.gather(
                self._pass(from_client, to_server, "up"), self._pass(from_server, to_client, "down")
            )
        except OSError:
            _reset(to_client)
        finally:
            self._writers -= connection
            for writer in connection:
                writer.close()

    async def _pass(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, direction: Direction
    ) -> None:
        with suppress(OSError, ssl.SSLError):
            while piece := await reader.read(65536):
                await self._flowing.wait()
                still_passes = self._before_breakdown(direction)
                piece, rest = piece[:still_passes], piece[still_passes:]
                self.passed[direction] += len(piece)
                writer.write(piece)
                await writer.drain()
                if still_passes is not None and (rest or len(piece) == still_passes):
                    await self._break_down()
                    await self._flowing.wait()
                    writer.write(rest)
        with suppress(OSError, RuntimeError):
            writer.close()

    def _before_breakdown(self, direction: Direction) -> int | None:
        """Return how many bytes may still pass; None where no breakdown awaits them."""
        breakdown = self._breakdown
        if breakdown is None or self._left == 0 or breakdown.direction != direction:
            return None
        return max(0, breakdown.after - self.passed[direction])

    async def _break_down(self) -> None:
        breakdown = self._breakdown
        assert breakdown
        if self._left is not None:
            self._left -= 1
        if breakdown.how == "stall":
            self._flowing.clear()
            return
        if breakdown.away:
            await self._go_away()
        if breakdown.how == "reset":
            self._reset_all()
        for writer in self._writers:
            writer.close()
        self.passed.clear()


def _reset(writer: asyncio.StreamWriter) -> None:
    # Closing a socket that lingers for zero seconds sends RST; a plain close would send FIN.
    linger = struct.pack("ii", 1, 0)
    with suppress(OSError):
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    writer.transport.abort()


@contextmanager
def proxy_before(server_port: int, tls: ssl.SSLContext | None = None) -> Iterator[Proxy]:
    """Run a proxy before a server while the block runs."""
    proxy = Proxy(server_port, tls)
    proxy.start()
    try:
        yield proxy
    finally:
        proxy.stop()
