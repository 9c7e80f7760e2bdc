"""The seconds that something takes, by the clock and by this process's processor time."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterable
from typing import NamedTuple


class Took(NamedTuple):
    """What something took, in seconds: by the clock, and of a processor."""

    seconds: float
    cpu: float


class Stopwatch:
    """Adds up what its `with` blocks take."""

    def __init__(self) -> None:
        self.took = Took(0, 0)

    def __enter__(self) -> Stopwatch:
        self._began = _now()
        return self

    def __exit__(self, *_: object) -> None:
        spent = (late - early for late, early in zip(_now(), self._began, strict=True))
        self.took = Took(*(known + more for known, more in zip(self.took, spent, strict=True)))


def median(of: Iterable[Took]) -> Took:
    """Return the median seconds of several turns, each kind for itself."""
    return Took(*(statistics.median(kind) for kind in zip(*of, strict=True)))


def _now() -> Took:
    return Took(time.perf_counter(), time.process_time())
