"""What an answer held that the program does not know: counted, so that somebody notices."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TypedDict

from include.usajobs.values import quoted


class DriftEntry(TypedDict):
    """One kind of surprise: in which field, of what kind, the value, and in how many places."""

    field: str
    problem: str
    value: str
    count: int


MAX_KINDS = 100
"""Kinds kept one by one; an API that changes altogether must not fill the receipt."""


@dataclass
class Drift:
    """Counts unknown codes and unexpected types while rows are read."""

    counts: Counter[tuple[str, str, str]] = field(default_factory=Counter)

    def unknown_code(self, name: str, value: object) -> None:
        """Count a code that is on no code list."""
        self._count(name, "unknown code", f"{value!s:.60}")

    def unexpected_type(self, name: str, value: object) -> None:
        """Count a value of a type that the field never had."""
        self._count(name, "unexpected type", type(value).__name__)

    def unreadable(self, name: str, value: object) -> None:
        """Count a value of an optional field that can't be read and became null."""
        self._count(name, "unreadable", quoted(value))

    def _count(self, name: str, problem: str, value: str) -> None:
        # Neither half characters nor NUL can be stored everywhere.
        shown = value.replace("\0", "\\x00").encode(errors="backslashreplace").decode()
        kind = (name, problem, shown)
        if kind not in self.counts and len(self.counts) >= MAX_KINDS:
            kind = ("(others)", problem, "")
        self.counts[kind] += 1

    def entries(self) -> list[DriftEntry]:
        """Return the counts, most frequent first."""
        return [
            {"field": name, "problem": problem, "value": value, "count": count}
            for (name, problem, value), count in sorted(
                self.counts.items(), key=lambda item: (-item[1], item[0])
            )
        ]
