"""What one step hands on to the next, in parts: no step holds more than a page at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol, TypeVar

T = TypeVar("T")


class Parts(Protocol[T]):
    """Parts in their order, kept elsewhere or in memory: a list of them is one too."""

    def append(self, part: T, /) -> None:
        """Hand on one more."""

    def clear(self) -> None:
        """Take back what was handed on: it begins anew."""

    def __iter__(self) -> Iterator[T]:
        """Yield each part, read anew every time."""
