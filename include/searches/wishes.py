"""The wishes of a search: what a seeker may ask of a job besides, each off unless it is set."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import Any

from include.jobs.codes import (
    CLEARANCE_RANKS,
    CLEARANCES,
    HALF_OR_MORE,
    OTHER_CLEARANCE_NAMES,
    PERMANENT,
    TRAVEL,
    TRAVEL_ORDER,
)
from include.jobs.formatting import either

ANY = "any"
"""The value of a wish that is not set."""

_UNNAMED_RANK = {"5", "6", "7"}
"""The codes of Q and L, which rank like others."""

APPOINTMENT_WISHES = (ANY, PERMANENT)
TRAVEL_WISHES = (ANY, *(TRAVEL[code] for code in TRAVEL_ORDER[:-1] if code != HALF_OR_MORE))
CLEARANCE_WISHES = (
    ANY,
    *(
        CLEARANCES[code]
        for code in sorted(CLEARANCE_RANKS, key=lambda code: CLEARANCE_RANKS[code])
        if code not in _UNNAMED_RANK
    ),
)

_OTHER_TRAVEL_NAMES = {
    **dict.fromkeys(("none", "no", "no travel", "never", "0"), TRAVEL["0"]),
    **dict.fromkeys(("occasional", "occasionally", "some", "sometimes"), TRAVEL["1"]),
    **{f"{each}": TRAVEL[code] for each, code in ((25, "2"), (50, "5"), (75, "7"))},
    "100": ANY,
}
_NO_CLEARANCE = dict.fromkeys(
    ("none", "no", "no clearance", "none required", "no clearance required", "not needed"),
    CLEARANCES["0"],
)
_RANKED_NAMES = {
    name: next(
        CLEARANCES[each]
        for each in CLEARANCE_RANKS
        if CLEARANCE_RANKS[each] == CLEARANCE_RANKS[code] and each not in _UNNAMED_RANK
    )
    for name, code in {
        **OTHER_CLEARANCE_NAMES,
        **{CLEARANCES[each]: each for each in _UNNAMED_RANK},
    }.items()
}


_SAYS_LITTLE = re.compile(
    r"\b(?:up to|at (?:the )?most|no(?:t)? (?:more|higher) than|max(?:imum|\.)?|only|just"
    r"|(?:or|and) (?:less|lower|below)|percent|travel|(?:security )?clearances?"
    r"|appointments?|jobs?|positions?)(?!\w)"
)
"""What people write around the name of a wish, in lower case: up to 25 percent, Secret or lower."""

_MISSPELT = 0.75
"""How similar a misspelt name is to the right one, from 0 to 1."""


def one_of(
    choices: tuple[str, ...], other_names: Mapping[str, str] | None = None
) -> Callable[[object], str]:
    """Return a function that reads a wish, in any case, by its name or another one.

    Words that say little may stand around it.

    It raises ValueError for anything else, and the message has the choices.
    """
    names = {_folded(choice): choice for choice in choices}
    names |= {_folded(name): choice for name, choice in (other_names or {}).items()}
    names |= dict.fromkeys(("doesntmatter", "anydoesntmatter"), ANY)

    def read(value: object) -> str:
        if value is None or value == "":
            return ANY
        is_number = isinstance(value, int) and not isinstance(value, bool)
        said = str(value) if isinstance(value, str) or is_number else ""
        bare = _folded(_SAYS_LITTLE.sub(" ", said.casefold()))
        if choice := names.get(_folded(said)) or names.get(bare):
            return choice
        near = get_close_matches(bare, filter(str.isalpha, names), 1, _MISSPELT)
        proposed = f"; did you mean {names[near[0]]}?" if near else ""
        raise ValueError(f"it is {either(choices)}{proposed}")

    return read


def _folded(text: str) -> str:
    return "".join(re.findall(r"[^\W_]+", text.casefold()))


def read_telework(value: object) -> bool:
    """Return whether telework has to be possible.

    Raises:
        ValueError: it is neither true nor false.
    """
    if not isinstance(value, bool | None):
        raise ValueError("it is true or false")
    return bool(value)


read_appointment = one_of(APPOINTMENT_WISHES, {"perm": PERMANENT})
read_maximum_travel = one_of(TRAVEL_WISHES, _OTHER_TRAVEL_NAMES)
read_clearance = one_of(CLEARANCE_WISHES, {**_RANKED_NAMES, **_NO_CLEARANCE})

OFF: Mapping[str, Any] = {
    "appointment": ANY,
    "maximum_travel": ANY,
    "clearance": ANY,
    "telework": False,
    "exclude": [],
}
"""The parameters that are wishes, with the value of each that is not set."""


def in_words(parameters: Mapping[str, Any]) -> list[str]:
    """Return the wishes that are set among a run's parameters, each as a phrase."""
    phrases: dict[str, Callable[[Any], str]] = {
        "appointment": lambda kind: f"only {kind} appointments",
        "maximum_travel": lambda most: f"travel: at most “{most}”",
        "clearance": lambda highest: f"clearance: at most “{highest}”",
        "telework": lambda _: "with telework",
        "exclude": lambda entries: f"without {', '.join(f'“{each}”' for each in entries)}",
    }
    set_ones = {name: parameters.get(name) for name in OFF}
    return [
        phrases[name](value) for name, value in set_ones.items() if value and value != OFF[name]
    ]
