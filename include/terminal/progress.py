"""Progress output of commands."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from rich.console import Console
from rich.status import Status
from rich.text import Text


@dataclass
class Step:
    """A step that takes a while: shows what it is doing, and finally its result."""

    console: Console
    moving: Status
    words: str
    mark: tuple[str, str] = ("✓", "green")

    def now(self, words: str) -> None:
        """Show what is being done."""
        if words != self.words and not self.console.is_terminal:
            self.console.print(Text(f"  … {words}"))
        self.words = words
        self.moving.update(Text(f"{words} …"))

    def done(self, words: str) -> None:
        """Set the result to show when the step ends."""
        self.words = words

    def failed(self, words: str) -> None:
        """Set the result to show when the step ends, marked as failed."""
        self.words, self.mark = words, ("✗", "bold red")


@contextmanager
def step(console: Console, doing: str) -> Iterator[Step]:
    """Show a step as a spinner in a terminal, and as plain lines elsewhere."""
    began = time.monotonic()
    with console.status("") as moving:
        it = Step(console, moving, "")
        it.now(doing)
        yield it
    took = f"  {time.monotonic() - began:.1f} s"
    console.print(Text.assemble("  ", it.mark, f" {it.words}", (took, "dim")), soft_wrap=True)


def complain(console: Console, words: str) -> None:
    """Print an error message without wrapping its lines."""
    console.print(Text.assemble(("✗", "bold red"), f" {words}"), soft_wrap=True)
