"""Counts and lists of what is stored, which a process remembers for a minute at most."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from threading import Lock
from typing import Any, TypeVar

T = TypeVar("T")


class Remembered:
    """The values that were asked for last, each by all that it depends on.

    So that nothing has to be forgotten in time, a key has the search, its latest run, the minute,
    and of the user's marks whatever decides. Who asks for a value that is being computed waits.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._values: OrderedDict[Hashable, Future[Any]] = OrderedDict()
        self._lock = Lock()

    def value(self, key: Hashable, compute: Callable[[], T]) -> T:
        """Return the value of a key, computed if it is not remembered; errors never are."""
        with self._lock:
            known = self._values.get(key)
            future = self._values[key] = known or Future()
            self._values.move_to_end(key)
            while len(self._values) > self._most:
                self._values.popitem(last=False)
        if known is None:
            try:
                future.set_result(compute())
            except BaseException as error:
                with self._lock:
                    if self._values.get(key) is future:
                        del self._values[key]
                future.set_exception(error)
        found: T = future.result()
        return found
