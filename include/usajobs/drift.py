"""Schema drift: unknown codes and types in responses, counted so that changes are noticed."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from include.jobs import limits
from include.usajobs.values import quoted


class DriftEntry(TypedDict):
    """One kind of unknown code or type."""

    field: Annotated[str, Field(description="the field's name in the response")]
    problem: Annotated[str, Field(description="unknown code, unexpected type or unreadable")]
    value: Annotated[str, Field(description="the code, the type, or the start of the value")]
    count: Annotated[int, Field(description="number of occurrences")]


@dataclass
class Drift:
    """Counts unknown codes and unexpected types while rows are read."""

    counts: Counter[tuple[str, str, str]] = field(default_factory=Counter)

    def update(self, other: Drift) -> None:
        """Add the counts of another one."""
        for kind, count in other.counts.items():
            self._add(kind, count)

    def unknown_code(self, name: str, value: object) -> None:
        """Count a code that is not on the code list."""
        self._count(name, "unknown code", f"{value!s:.60}")

    def unexpected_type(self, name: str, value: object) -> None:
        """Count a value of a type that the field never had before."""
        self._count(name, "unexpected type", type(value).__name__)

    def unknown_key(self, name: str, value: object) -> None:
        """Count a key that responses never had before."""
        self._count(name, "unknown key", type(value).__name__)

    def missing_key(self, name: str) -> None:
        """Count a key that is read, and that all rows lack."""
        self._count(name, "missing key", "")

    def unreadable(self, name: str, value: object) -> None:
        """Count an unreadable value of an optional field, which became null."""
        self._count(name, "unreadable", quoted(value))

    def unreadable_row(self, reason: str) -> None:
        """Count a row that can't become a position."""
        self._count("(the row)", "unreadable row", reason)

    def _count(self, name: str, problem: str, value: str) -> None:
        # Lone surrogates and NUL can't be stored everywhere.
        shown = value.replace("\0", "\\x00").encode(errors="backslashreplace").decode()
        self._add((name, problem, shown), 1)

    def _add(self, kind: tuple[str, str, str], count: int) -> None:
        if kind not in self.counts and len(self.counts) >= limits.MAX_DRIFT_KINDS:
            kind = ("(others)", kind[1], "")
        self.counts[kind] += count

    def entries(self) -> list[DriftEntry]:
        """Return the counts, most frequent first."""
        return [
            {"field": name, "problem": problem, "value": value, "count": count}
            for (name, problem, value), count in sorted(
                self.counts.items(), key=lambda item: (-item[1], item[0])
            )
        ]
