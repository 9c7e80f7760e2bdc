"""The report of a run, for terminals with 80 columns or more and for files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from pymongo.database import Database
from rich import box
from rich.console import Console, Group, RenderableType
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from include.jobs import limits
from include.jobs.deadline import Deadline
from include.jobs.formatting import count, dollars, grade, pay, place, plain
from include.matching import registers
from include.searches.locations import REMOTE, near
from include.searches.wishes import in_words
from include.store.collections import POSITIONS, RUNS, tz_aware
from include.store.damage import sort_out
from include.store.history import newest_partial_receipt

Document = Mapping[str, Any]


def found_positions(
    database: Database[dict[str, Any]], receipt: Document, level: str
) -> list[dict[str, Any]]:
    """Return the positions that a receipt lists as "matches" or "near_misses", best first.

    Damaged documents are left out, and logged.
    """
    wanted = {"_id": {"$in": list(receipt.get(level) or [])}}
    found = tz_aware(database[POSITIONS]).find(wanted)
    sound = sort_out(found, str(receipt.get("search")), expected=()).sound
    return sorted(sound, key=lambda each: (-(_entry(each, receipt).get("score") or 0), each["_id"]))


def show_report(console: Console, database: Database[dict[str, Any]], **of: str) -> bool:
    """Print the report of a DAG run; return False if there is no receipt.

    The newest receipt with these fields is shown: a `run_id`, and the `dag_id` that it belongs to.
    """
    receipt = newest_partial_receipt(database[RUNS], **of)
    if receipt is None:
        return False
    matches = found_positions(database, receipt, "matches")
    near_misses = found_positions(database, receipt, "near_misses")
    now = datetime.now(UTC)
    console.print()
    console.print(positions_table(matches, receipt, now))
    if near_misses:
        console.print()
        console.print(near_misses_table(near_misses, receipt, now))
    console.print()
    console.print(receipt_table(receipt))
    return True


def positions_table(
    positions: list[dict[str, Any]], receipt: Document, now: datetime
) -> RenderableType:
    """Return the matches, each with the reasons why it fits."""
    if not positions:
        return Text("No position matches this search.", "bold")
    title = Text(count(len(positions), "match", "matches"), "bold")
    blocks: list[RenderableType] = [title]
    for position in positions[: limits.REPORT_MATCHES]:
        blocks += [Rule(style="dim"), _about(position, receipt, now)]
    return Group(
        *blocks,
        Rule(style="dim"),
        *_more(len(positions), limits.REPORT_MATCHES, "match", "matches"),
    )


def near_misses_table(
    positions: list[dict[str, Any]], receipt: Document, now: datetime
) -> RenderableType:
    """Return the positions in which one thing is wrong, and what."""
    table = _table(f"{count(len(positions), 'near miss', 'near misses')}: one thing is wrong")
    table.add_column("Position", ratio=1)
    table.add_column("What is wrong", ratio=1)
    for position in positions[: limits.REPORT_NEAR_MISSES]:
        reasons = _entry(position, receipt).get("reasons") or []
        why = "; ".join(plain(each.get("message") or each.get("code")) for each in reasons)
        facts = (plain(position["_id"]), pay(position), _deadline(position, receipt, now))
        table.add_row(
            Text("\n").join(
                [
                    _title(position),
                    *(Text(fact, "dim") for fact in facts),
                    *_register(_entry(position, receipt)),
                ]
            ),
            why,
        )
    return Group(
        table, *_more(len(positions), limits.REPORT_NEAR_MISSES, "near miss", "near misses")
    )


def receipt_table(receipt: Document) -> RenderableType:
    """Return a run's parameters and counts."""
    table = Table(
        title="What this run wrote",
        title_style="bold",
        title_justify="left",
        box=None,
        show_header=False,
        padding=(0, 2, 0, 0),
    )
    table.add_column(style="dim", no_wrap=True)
    table.add_column()
    for name, value in _receipt_lines(receipt):
        table.add_row(name, plain(value))
    return table


def _about(position: Document, receipt: Document, now: datetime) -> RenderableType:
    """Return the key facts of a position in two columns, and below them why it fits."""
    entry = _entry(position, receipt)
    employer = position.get("organization") or position.get("department")
    facts = " · ".join(plain(fact) for fact in (grade(position), employer) if fact)
    address = plain(position.get("PositionURI") or "")
    table = Table.grid(expand=True, padding=(0, 0, 0, 2))
    table.add_column(ratio=1)
    table.add_column(justify="right", max_width=40)
    table.add_row(_title(position), pay(position))
    table.add_row(facts, place(position, entry))
    table.add_row(
        Text(address.removeprefix("https://www."), f"dim link {address}"),
        _deadline(position, receipt, now),
    )
    why = Text("✓ ", "green").append(
        "; ".join(plain(fit) for fit in entry.get("fits") or []), "dim"
    )
    below = [*([why] if entry.get("fits") else []), *_register(entry)]
    return Group(table, *below) if below else table


def _deadline(position: Document, receipt: Document, now: datetime) -> str:
    is_register = _entry(position, receipt).get("register") is True
    return Deadline.of(position, now, is_register=is_register).words


def _register(entry: Document) -> list[Text]:
    return [Text(registers.IN_WORDS, "yellow")] if entry.get("register") else []


def _title(position: Document) -> Text:
    return Text(plain(position.get("PositionTitle") or position["_id"]), "bold")


def _entry(position: Document, receipt: Document) -> dict[str, Any]:
    return dict((position.get("matches") or {}).get(receipt.get("search")) or {})


def _receipt_lines(receipt: Document) -> Iterable[tuple[str, str]]:
    parameters = receipt.get("parameters") or {}
    yield "search", _search(parameters) or str(receipt.get("search"))
    total = receipt.get("api_total")
    pages = count(receipt.get("pages") or 0, "page")
    yield "read", f"{count(receipt.get('rows') or 0, 'posting')} on {pages}, of {total} offered"
    for each in receipt.get("warnings") or []:
        yield "warning", str(each.get("message"))
    yield "new", str(len(receipt.get("inserted") or []))
    yield "changed", _changed(receipt.get("changed") or [])
    yield "unchanged", str(len(receipt.get("unchanged") or []))
    if repaired := receipt.get("repaired"):
        yield "repaired", f"{count(len(repaired), 'document')}: {', '.join(repaired):.200}"
    for name in ("gone", "closed", "reopened"):
        if receipt.get(name):
            yield name, str(len(receipt[name]))
    yield "rejected", _by_reason(receipt.get("rejected") or {})
    yield "unreadable", str(len(receipt.get("quarantined") or []))
    if waiting := receipt.get("quarantine_size"):
        rows = count(waiting, "row")
        yield "quarantine", f"{rows} after this run; the DAG job_tracker_reprocess tries them again"
    for each in receipt.get("drift") or []:
        yield "API changed", f"{each.get('field')}: {each.get('problem')} ({each.get('count')})"
    yield "run", str(receipt.get("run_id"))


def _search(parameters: Document) -> str:
    formats: dict[str, Callable[[Any], str]] = {
        "keyword": str,
        "location": near,
        "radius_miles": lambda miles: f"within {count(miles, 'mile')}",
        "years_of_experience": lambda years: f"{count(years, 'year')} of experience",
        "minimum_pay": lambda pay: f"at least {dollars(pay)} a year",
    }
    if parameters.get("location") == REMOTE:
        del formats["radius_miles"]
    known = [name for name in formats if parameters.get(name) is not None]
    return ", ".join([*(formats[name](parameters[name]) for name in known), *in_words(parameters)])


def _changed(changed: Iterable[Document]) -> str:
    changed = list(changed)
    fields = sorted({name for each in changed for name in each.get("fields") or {}})
    return f"{len(changed)}" + (f" ({', '.join(fields)})" if fields else "")


def _by_reason(rejected: Mapping[str, list[str]]) -> str:
    # One posting can be rejected for several reasons: the total counts it once.
    total = len({each for numbers in rejected.values() for each in numbers})
    counts = sorted(rejected.items(), key=lambda item: (-len(item[1]), item[0]))
    reasons = ", ".join(f"{name} {len(numbers)}" for name, numbers in counts if numbers)
    return f"{total}" + (f" ({reasons})" if reasons else "")


def _table(title: str) -> Table:
    return Table(
        title=title,
        title_style="bold",
        title_justify="left",
        box=box.HORIZONTALS,
        show_lines=True,
        expand=True,
    )


def _more(total: int, shown: int, one: str, many: str) -> list[Text]:
    left_out = count(total - shown, f"more {one}", f"more {many}")
    return [Text(f"… and {left_out}", "dim")] if total > shown else []
