"""Pictures of charts: SVG without styles or scripts, which a page's strict policy allows.

The style sheet gives them the colours of its theme. Across, all positions are percentages, so a
picture fills any width while its letters keep their size. All are equally high, so nothing moves
when they arrive.
"""

from __future__ import annotations

import math
from itertools import islice
from typing import Literal, NamedTuple
from xml.etree.ElementTree import Element, SubElement, tostring

from include.jobs.formatting import plain, shortened

HEIGHT = 216
"""Pixels, of every picture."""

TOP, BOTTOM = 22, HEIGHT - 20
"""Pixels: above and below are the labels of lines and axes."""

LINE_CHARACTERS = 35
"""What fits on a line in a window that is 320 pixels wide."""

NARROWEST = 0.5
"""Percent: the width of a single amount, and of the smallest share."""

Kind = Literal["main", "rest", "alert"]
"""What a bar stands for, by which the style sheet colours it."""


class Scale(NamedTuple):
    """Amounts from `start` to `end`, drawn from 0 to `length` percent or pixels."""

    start: float
    end: float
    length: float = 100

    @classmethod
    def around(cls, least: float, most: float) -> Scale:
        """Return a scale with a margin around these amounts."""
        margin = max(1_000.0, (most - least) / 20)
        return cls(least - margin, most + margin)

    def at(self, amount: float) -> float:
        """Return where an amount is drawn."""
        return self.length * (amount - self.start) / ((self.end - self.start) or 1)

    def round_amounts(self) -> list[float]:
        """Return some round amounts, at most five."""
        least = (self.end - self.start) / 4
        magnitude = 10.0 ** math.floor(math.log10(least))
        step = next((each for each in (1, 2, 5) if each * magnitude >= least), 10) * magnitude
        first, last = math.ceil(self.start / step), math.floor(self.end / step)
        return [step * number for number in islice(range(first, last + 1), 5)]


class Box(NamedTuple):
    """A rectangle: percent across, pixels down."""

    x: float
    width: float
    y: float
    height: float

    @property
    def centre(self) -> float:
        """The percentage of its middle."""
        return self.x + self.width / 2

    def part(self, start: float, end: float) -> Box:
        """Return the part from one percentage to another."""
        return self._replace(x=start, width=end - start)

    def inset(self) -> Box:
        """Return a smaller one, so that neighbours don't touch."""
        across, down = 0.1 * self.width, min(1.5, 0.15 * self.height)
        return Box(self.x + across, self.width - 2 * across, self.y + down, self.height - 2 * down)


def rows(number: int, *, tallest: float, top: float = 0, bottom: float = HEIGHT) -> list[Box]:
    """Return so many rows of equal height, from top to bottom."""
    height = min(tallest, (bottom - top) / max(number, 1))
    return [Box(0, 100, top + each * height, height) for each in range(number)]


def columns(number: int) -> list[Box]:
    """Return so many columns of equal width, from left to right."""
    return [Box(100 * each / number, 100 / number, TOP, BOTTOM - TOP) for each in range(number)]


class Mark:
    """What is drawn of one thing. Its words are shown if somebody points at it."""

    def __init__(self, parent: Element, words: str, box: Box) -> None:
        self._group = SubElement(parent, "g", {"class": "mark"})
        SubElement(self._group, "title").text = plain(words)
        _rectangle(self._group, "hit", box)

    def bar(self, kind: Kind, box: Box) -> None:
        """Draw a bar; one without an extent is left out."""
        if box.width > 0 and box.height > 0:
            _rectangle(self._group, f"bar {kind}", box._replace(width=max(box.width, NARROWEST)))

    def label(self, text: str, y: float, end: str = "", kind: str = "label") -> None:
        """Write one line, as much of it as there is room for beside what stands at its end."""
        room = LINE_CHARACTERS - len(end)
        _text(self._group, kind, 0, y, shortened(plain(text), room))
        if end:
            _text(self._group, "axis", 100, y, end, anchor="end")

    def number(self, number: int, x: float, y: float) -> None:
        """Write a number that fits into a column, unless it is 0."""
        if 0 < number < 1000:
            _text(self._group, "axis", x, y, str(number), anchor="middle")


class Picture:
    """A picture, to which marks are added in the order in which arrow keys lead through them."""

    def __init__(self) -> None:
        self._root = Element("svg", {"xmlns": "http://www.w3.org/2000/svg", "role": "img"})
        self._root.set("width", "100%")
        self._root.set("height", str(HEIGHT))

    def mark(self, words: str, box: Box) -> Mark:
        """Add a mark that says these words wherever in the box one points."""
        return Mark(self._root, words, box)

    def tick(self, x: float, text: str, *, with_line: bool = True) -> None:
        """Label a place of the axis below."""
        if with_line:
            _line(self._root, "grid", x)
        anchor = "start" if x < 8 else "end" if x > 92 else "middle"
        _text(self._root, "axis", x, HEIGHT - 5, text, anchor=anchor)

    def line(self, x: float, text: str) -> None:
        """Draw a line from top to bottom, with its label above it."""
        _line(self._root, "wish", x)
        _text(self._root, "label", x, 13, text, anchor="end" if x > 50 else "start")

    def note(self, text: str) -> None:
        """Write something above the marks, on the right."""
        _text(self._root, "axis", 100, 12, text, anchor="end")

    def svg(self, name: str) -> str:
        """Return the picture as text; screen readers say its name."""
        self._root.set("aria-label", plain(name))
        return tostring(self._root, encoding="unicode")


def _rectangle(parent: Element, kind: str, box: Box) -> None:
    x, width, y, height = box
    place = {"x": _percent(x), "width": _percent(width), "y": f"{y:.1f}", "height": f"{height:.1f}"}
    SubElement(parent, "rect", {"class": kind, **place})


def _line(parent: Element, kind: str, x: float) -> None:
    ends = {"x1": _percent(x), "x2": _percent(x), "y1": str(TOP - 4), "y2": str(BOTTOM)}
    SubElement(parent, "line", {"class": kind, **ends})


def _text(
    parent: Element, kind: str, x: float, y: float, text: str, *, anchor: str = "start"
) -> None:
    place = {"x": _percent(x), "y": f"{y:.1f}", "text-anchor": anchor}
    SubElement(parent, "text", {"class": kind, **place}).text = plain(text)


def _percent(share: float) -> str:
    return f"{share:.2f}%"
