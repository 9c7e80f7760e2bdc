"""The faults of the campaign: classes of them, and cases drawn from a seed.

A case tells the sample API one fault or several, each on some page, some times or for ever. What
its run must come to follows from its faults.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from random import Random
from typing import Any

from include.sample_api.faults import Fault

ROWS = 36
PAGE_SIZES = (25, 25, 13, 10)
"""36 rows take two, three or four pages."""


LAST = "last"
"""Stands for the number of the last page."""


class Recovery(Enum):
    """What helps against a fault."""

    NOTHING_NEEDED = "the answer is right all the same"
    ASKING_AGAIN = "the page is asked for again"
    READING_AGAIN = "all pages are read again"
    NOTHING = "the run fails at once"


TOTALS_TOO_LOW = ("wrong total on every page", "total too low on the last page")

SURVIVED_TIMES = {Recovery.ASKING_AGAIN: 4, Recovery.READING_AGAIN: 2, Recovery.NOTHING: 0}
"""A page is asked for five times, and a result read three times."""


@dataclass(frozen=True)
class FaultClass:
    """Faults that are alike.

    `draw` makes one of them from chance; `message` is a pattern for what the failing run says,
    with {page}, {status} and so on of the fault. `patience` is the timeout of the client, in
    seconds.
    """

    name: str
    recovery: Recovery
    draw: Callable[[Random], dict[str, Any]]
    message: str = ""
    patience: float = 5


@dataclass(frozen=True)
class InjectedFault:
    """A fault of a class, as it is told to the sample API."""

    of: FaultClass
    fault: Fault

    @property
    def is_survived(self) -> bool:
        """Whether a run comes through the fault, if it is the only one."""
        if self.of.recovery is Recovery.NOTHING_NEEDED:
            return True
        return self.fault.times is not None and self.fault.times <= SURVIVED_TIMES[self.of.recovery]

    @property
    def is_fatal(self) -> bool:
        """Whether no run comes through the fault.

        On any page a fault may strike several times during one reading.
        """
        strikes_at_once = self.of.recovery is Recovery.READING_AGAIN and self.fault.page is None
        return not self.is_survived and (self.fault.times is None or not strikes_at_once)

    @property
    def message(self) -> str:
        """The pattern of the error that it leads to."""
        page = r"\d+" if self.fault.page is None else str(self.fault.page)
        return self.of.message.format(**{**self.fault.model_dump(), "page": page})


@dataclass(frozen=True)
class Case:
    """One run of the campaign; its number and class make it again."""

    number: int
    page_size: int
    injected: tuple[InjectedFault, ...]
    patience: float = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "patience", min(each.of.patience for each in self.injected))

    @property
    def faults(self) -> list[Fault]:
        """What the sample API is told."""
        return [each.fault for each in self.injected]

    @property
    def succeeds(self) -> bool | None:
        """Whether a run comes through this; None: it may or may not."""
        # The first fault that fits a request strikes, so others may never get to it; and several
        # that are survived one by one may be too many together.
        first, *others = self.injected
        if first.is_fatal:
            return False
        return True if first.is_survived and not others else None

    @property
    def messages(self) -> str:
        """The pattern that the error of a failing run must match."""
        return "|".join(f"(?:{each.message})" for each in self.injected if each.message)

    def __str__(self) -> str:
        faults = "; ".join(
            f"{each.of.name} {each.fault.model_dump(exclude_unset=True)!s:.300}"
            for each in self.injected
        )
        return f"case {self.number}, {self.page_size} rows a page: {faults}"


def cases_of(fault_class: FaultClass, count: int) -> list[Case]:
    """Return cases with one fault of a class each."""
    return [_case(number, Random(f"{fault_class.name} {number}"), [fault_class])
            for number in range(count)]  # fmt: skip


def mixed_cases(classes: list[FaultClass], count: int) -> list[Case]:
    """Return cases with two to four faults of any class.

    A page that falls short and a total that is as much too low would agree, and be the API's word.
    """
    classes = [each for each in classes if each.name not in TOTALS_TOO_LOW]
    made = []
    for number in range(count):
        rng = Random(f"mixed {number}")
        made.append(_case(number, rng, rng.choices(classes, k=rng.randint(2, 4))))
    return made


def _case(number: int, rng: Random, classes: list[FaultClass]) -> Case:
    page_size = rng.choice(PAGE_SIZES)
    last = -(-ROWS // page_size)
    return Case(number, page_size, tuple(_strike(each, rng, last, page_size) for each in classes))


def _strike(of: FaultClass, rng: Random, last: int, page_size: int) -> InjectedFault:
    drawn = {"page": rng.choice((1, 2, last, None)), "times": rng.choice((1, 2, 3, 4, 5, None))}
    drawn |= of.draw(rng)
    if drawn["page"] == LAST:
        drawn["page"] = last
    off = drawn.get("difference", 0)
    if drawn["kind"] == "wrong_total" and off < 0 and (ROWS + off) % page_size == 0:
        # A total that agrees with the rows of whole pages is the API's word.
        drawn["difference"] -= 1
    return InjectedFault(of, Fault(**drawn))


def _kind(kind: str, **options: Any) -> Callable[[Random], dict[str, Any]]:
    """Draw a fault of that kind; an option that is a list or tuple is chosen from."""
    return lambda rng: {
        "kind": kind,
        **{
            name: rng.choice(value) if isinstance(value, list | tuple | range) else value
            for name, value in options.items()
        },
    }


def _body(*bodies: object) -> Callable[[Random], dict[str, Any]]:
    texts = [body if isinstance(body, str) else json.dumps(body) for body in bodies]
    return _kind("other_body", body=texts)


def _result(**changes: Any) -> dict[str, Any]:
    usual = {"SearchResultCount": 0, "SearchResultCountAll": 36, "SearchResultItems": []}
    return {"LanguageCode": "EN", "SearchResult": {**usual, **changes}}


NO_JSON = r"Page {page} is not JSON"
NO_RESULT = r"Page {page} (is|lacks|has).*(search result|total|object|not JSON|nested)"
NOT_RECEIVED = r"Page {page} was not received: "
INCOMPLETE = (
    r"The result is incomplete: USAJOBS counts -?\d+ rows, but \d+ distinct ones arrived "
    r"\(rows per page: page 1 \d+"
)
ASKED_TO_WAIT = r"Page {page}: USAJOBS answered with status {status}\."
LONG_PAUSE = r"answered with status {status}\. It asks for a pause of \S+ (minutes|hours)"

REFUSED_STATUSES = [s for s in range(400, 452) if s not in (401, 403, 429)] + [460, 463, 494, 499]
TROUBLE_STATUSES = [*range(500, 512), *range(520, 531), 561, 598, 599]

FAULT_CLASSES = [
    # --- statuses
    FaultClass("status 401, 403", Recovery.NOTHING, _kind("unavailable", status=[401, 403]),
               r"Page {page}: USAJOBS refused it with status {status}\. .*connection `usajobs`"),
    FaultClass("status 4xx", Recovery.NOTHING, _kind("unavailable", status=REFUSED_STATUSES),
               r"Page {page}: USAJOBS refused it with status {status}\."),
    FaultClass("status 5xx", Recovery.ASKING_AGAIN, _kind("unavailable", status=TROUBLE_STATUSES),
               ASKED_TO_WAIT),
    FaultClass("status 2xx but 200", Recovery.ASKING_AGAIN,
               _kind("odd_status", status=[201, 202, 203, 204, 205, 206, 207, 208, 226, 299]),
               r"Page {page}: USAJOBS answered with status {status}"),
    FaultClass("status 1xx", Recovery.ASKING_AGAIN,
               _kind("odd_status", status=[101, 102, 103, 199]),
               r"Page {page}: USAJOBS answered with status {status}"),
    FaultClass("status 100 and no more", Recovery.ASKING_AGAIN, _kind("odd_status", status=100),
               NOT_RECEIVED),
    FaultClass("status 3xx", Recovery.NOTHING,
               _kind("odd_status", status=[300, 301, 302, 303, 304, 305, 307, 308, 399]),
               r"Page {page}: .*status {status}"),
    FaultClass("status above 599", Recovery.ASKING_AGAIN,
               _kind("odd_status", status=[600, 777, 999]),
               ASKED_TO_WAIT),
    # --- Retry-After
    FaultClass("Retry-After in seconds", Recovery.ASKING_AGAIN,
               _kind("odd_status", status=[429, 503], retry_after=[0, 1, 59, 600, "  7  ", "0030"]),
               ASKED_TO_WAIT),
    FaultClass("Retry-After as a date", Recovery.ASKING_AGAIN,
               _kind("odd_status", status=[429, 503], retry_after=[
                   "Wed, 21 Oct 2015 07:28:00 GMT", "Wednesday, 21-Oct-15 07:28:00 GMT",
                   "Wed Oct 21 07:28:00 2015", "Wed, 21 Oct 2015 07:28:00 -0000"]),
               ASKED_TO_WAIT),
    FaultClass("Retry-After that is none", Recovery.ASKING_AGAIN,
               _kind("odd_status", status=[429, 503], retry_after=[
                   "-1", "-999999999999", "1.5", "soon", "NaN", "1e9", "", "Wed, 99 Foo 2026",
                   "Wed, 21 Oct 99999999999999999999 07:28:00 GMT", "0x10",
                   "Wed, 21 Oct 2015 07:28:00 +99999999999999999999", "\xb2", "1, 2",
                   "Fri, 31 Dec 0000 23:59:59 GMT", "0 0 0 0 0"]),
               ASKED_TO_WAIT),
    FaultClass("Retry-After of hours and more", Recovery.NOTHING,
               _kind("odd_status", status=[429, 503], retry_after=[
                   601, 86_400, 10**12, "9" * 400, "Fri, 31 Dec 9999 23:59:59 GMT",
                   "31 Dec 9999 23:59:59 -2359"]),
               LONG_PAUSE),
    FaultClass("429 without Retry-After", Recovery.ASKING_AGAIN,
               _kind("odd_status", status=429, retry_after=None), ASKED_TO_WAIT),
    # --- redirects are in test_search.py as well, with a host that must not be met
    FaultClass("redirect", Recovery.NOTHING,
               _kind("redirect", location=["https://example.org/", "/api/Search", ""]),
               r"Page {page}: USAJOBS redirects elsewhere \(status 302\)\. The redirect is not"),
    # --- bodies
    FaultClass("HTML", Recovery.ASKING_AGAIN, _kind("html"), NO_JSON),
    FaultClass("empty body", Recovery.ASKING_AGAIN, _kind("empty_body"), NO_JSON + ": 0 bytes"),
    FaultClass("half of the JSON", Recovery.ASKING_AGAIN, _kind("broken_json"), NO_JSON),
    FaultClass("text that is no JSON", Recovery.ASKING_AGAIN,
               _body("{", "nul", "'x'", "{}{}", '{"a": 1,}', "\x00", "\ufeff", "<x/>", "[" * 99_999,
                     '{"a":' * 99_999, "9" * 5_000, '"\x01"'),
               NO_JSON),
    FaultClass("JSON that is no object", Recovery.ASKING_AGAIN,
               _body([], [_result()], "null", "0", "true", '"text"', "NaN", "1e999"),
               r"Page {page} is not a JSON object"),
    FaultClass("JSON without a result", Recovery.ASKING_AGAIN,
               _body({}, {"SearchResult": None}, {"SearchResult": []}, {"searchresult": _result()},
                     {"SearchResult": "x"}, {"error": "no"}, {"__proto__": {}}),
               r"Page {page} is not a search result: it has no SearchResult"),
    FaultClass("wrong type of total or items", Recovery.ASKING_AGAIN,
               _body(*(_result(SearchResultCountAll=total)
                       for total in ("36", 36.0, None, True, [36], {}, "NaN")),
                     *(_result(SearchResultItems=items)
                       for items in (None, {}, "rows", 36, {"0": {}}))),
               r"Page {page} is not a search result: it lacks a total or a list of items"),
    FaultClass("JSON nested deeply", Recovery.ASKING_AGAIN,
               _body('{"SearchResult":' * 60 + "1" + "}" * 60,
                     json.dumps(_result()).replace("[]", "[" * 600 + "]" * 600)),
               r"Page {page} is nested deeper than|" + NO_RESULT),
    FaultClass("total of 10,000 and more", Recovery.NOTHING,
               _kind("wrong_total", difference=[9_964, 9_965, 10**6, 10**30]),
               r"USAJOBS counts \d+ rows and shows no more than 10000: the result is cut off"),
    # --- encodings
    FaultClass("UTF-8 with BOM, UTF-16, UTF-32", Recovery.NOTHING_NEEDED,
               _kind("other_encoding", encoding=["utf-8-sig", "utf-16", "utf-32", "utf-16-be"])),
    FaultClass("encodings of no JSON", Recovery.ASKING_AGAIN,
               _kind("other_encoding", encoding=["cp037", "cp500", "cp1140"]), NO_JSON),
    FaultClass("gzip that is none", Recovery.ASKING_AGAIN, _kind("no_gzip"), NOT_RECEIVED),
    FaultClass("gzip bomb", Recovery.ASKING_AGAIN, _kind("gzip_bomb", size=3_000_000),
               r"Page {page} is larger than [\d,]+ bytes"),
    # --- the connection
    FaultClass("reset", Recovery.ASKING_AGAIN, _kind("reset"), NOT_RECEIVED),
    FaultClass("cut off", Recovery.ASKING_AGAIN, _kind("cut_off"), NOT_RECEIVED),
    FaultClass("cut off in chunks", Recovery.ASKING_AGAIN, _kind("cut_chunks"), NOT_RECEIVED),
    FaultClass("longer than it is", Recovery.ASKING_AGAIN,
               _kind("wrong_length", difference=[1, 10, 10**6, 10**12]), NOT_RECEIVED),
    FaultClass("shorter than it is", Recovery.ASKING_AGAIN,
               _kind("wrong_length", difference=[-1, -10, -1_000, -10**9]), NO_JSON),
    FaultClass("slower than the timeout", Recovery.ASKING_AGAIN, _kind("slow", seconds=30),
               NOT_RECEIVED + ".*timed out", patience=0.2),
    FaultClass("slow", Recovery.NOTHING_NEEDED, _kind("slow", seconds=[0.01, 0.05])),
    FaultClass("drips longer than allowed", Recovery.ASKING_AGAIN, _kind("drip", seconds=4),
               NOT_RECEIVED + r".*(only \d+ bytes arrived|timed out)", patience=0.5),
    FaultClass("drips", Recovery.NOTHING_NEEDED, _kind("drip", seconds=[0.01, 0.05])),
    # --- rows
    FaultClass("page too short", Recovery.READING_AGAIN, _kind("short_page", rows=range(2, 12)),
               INCOMPLETE),
    FaultClass("page without rows", Recovery.READING_AGAIN, _kind("empty_page"), INCOMPLETE),
    FaultClass("rows that repeat earlier ones", Recovery.READING_AGAIN,
               _kind("shifted_rows", rows=[2, 3]), INCOMPLETE),
    FaultClass("rows that come twice", Recovery.NOTHING_NEEDED,
               _kind("duplicate_rows", rows=[1, 2, 3])),
    FaultClass("the page before again", Recovery.READING_AGAIN,
               lambda rng: {"kind": "page_before", "page": 2}, INCOMPLETE),
    FaultClass("rows in another order", Recovery.NOTHING_NEEDED,
               _kind("shuffled_rows", rows=range(1, 9))),
    FaultClass("wrong total on every page", Recovery.READING_AGAIN,
               _kind("wrong_total", page=None, times=[1, 2, None],
                     difference=[*range(-40, 0), *range(2, 40), 9_000]),
               INCOMPLETE),
    FaultClass("total too low on the last page", Recovery.READING_AGAIN,
               _kind("wrong_total", page=LAST, difference=[-3, -2, -20]), INCOMPLETE),
    FaultClass("total too high on the last page", Recovery.NOTHING_NEEDED,
               _kind("wrong_total", page=LAST, difference=[1, 2, 30])),
    FaultClass("total that moves", Recovery.READING_AGAIN,
               _kind("moving_total", page=None, rows=[1, 3, 20]), INCOMPLETE),
    # --- the clock
    FaultClass("clock off by minutes and more", Recovery.NOTHING,
               _kind("wrong_date", difference=[-10**8, -86_400, -3_600, -330, 330, 3_600, 10**9]),
               r"This machine's clock is \d+ \w+ (ahead of|behind) .*Set it, then clear this task"),
    FaultClass("clock off by seconds", Recovery.NOTHING_NEEDED,
               _kind("wrong_date", difference=[-270, -10, 10, 270])),
]  # fmt: skip
