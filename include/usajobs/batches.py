"""The batches in which a step passes rows on, so that no step holds more than a page in memory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol, TypeVar

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class Batches(Protocol[T]):
    """An ordered sequence of batches, stored elsewhere or in memory; a list is one too."""

    def append(self, batch: T, /) -> None:
        """Add a batch."""

    def clear(self) -> None:
        """Remove all batches, to start over."""

    def __iter__(self) -> Iterator[T]:
        """Yield the batches; they can be iterated more than once."""


class HandedOnBatches(Protocol[T_co]):
    """The same for who reads them, and some of them again."""

    def __len__(self) -> int:
        """Return the number of batches."""

    def __getitem__(self, number: int, /) -> T_co:
        """Return a batch by its number, counted from 0."""
