"""The terms of the sample postings: how they close and hire, what they ask for, where they lead.

The values are those of recorded rows, and their shares are similar. Both APIs' rows are made of the
same terms.
"""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import Any, NamedTuple

UNTIL_THE_DAY, CONTINUOUSLY, UNTIL_ENOUGH = "01", "02", "03"
"""How an announcement closes."""

CLOSING_TYPES = {
    UNTIL_THE_DAY: "Closing Date",
    CONTINUOUSLY: "Open Continuous",
    UNTIL_ENOUGH: "Closes after {} applications",
}

APPOINTMENTS = {
    "15317": "Permanent",
    "15318": "Temporary",
    "15319": "Term",
    "15320": "Detail",
    "15321": "Temporary Promotion",
    "15322": "Seasonal",
    "15326": "Recent Graduates",
    "15327": "Multiple Appointment Types",
    "15328": "Internships",
    "15522": "Intermittent",
}
SCHEDULES = {
    "1": "Full-time",
    "2": "Part-time",
    "3": "Shift work",
    "4": "Intermittent",
    "6": "Multiple Schedules",
}


class Terms(NamedTuple):
    """What a posting says besides its work, pay and places, in the codes of the Search API.

    `closing_option` is the number of applications at which it closes; some rows repeat the closing
    type there. `appointment_in_words` is the agency's own, and often empty.
    """

    closing_type: str
    closing_option: str
    appointment: str
    appointment_in_words: str
    schedule: str
    promotion_potential: str
    clearance: str
    travel: str
    relocation: bool
    drug_test: bool
    openings: str
    service: str
    telework: bool
    direct_hire: bool


PERMANENT, INTERMITTENT = "15317", "15522"


class _Table:
    """Values, each as often as its weight says."""

    def __init__(self, *weighted: tuple[Any, int]) -> None:
        self.values = [value for value, weight in weighted for _ in range(weight)]

    def one(self, rng: Random) -> Any:
        # Faster than `choice` and `choices`, for thousands of postings.
        return self.values[int(rng.random() * len(self.values))]


_APPOINTMENTS = _Table(
    ((PERMANENT, ""), 34),
    ((PERMANENT, "Permanent"), 34),
    ((PERMANENT, "Full Time Permanent"), 4),
    (("15327", "Multiple Appointment Types"), 7),
    (("15318", "Temporary"), 4),
    (("15318", "Temporary appointment, not to exceed 1 year"), 2),
    (("15319", "Term"), 3),
    (("15319", "Term NTE 13 months"), 2),
    (("15319", "Term appointment, not to exceed 4 years"), 2),
    (("15322", "Seasonal"), 4),
    (("15320", ""), 1),
    (("15321", ""), 1),
    (("15326", "Recent Graduates"), 1),
    ((INTERMITTENT, ""), 1),
)
_SCHEDULES = _Table(("1", 86), ("6", 7), ("2", 4), ("3", 3))
_CLEARANCES = _Table(
    *(("Not Required", 60), ("Other", 18), ("Secret", 12), ("Top Secret", 5)),
    *(("Confidential", 2), ("Public Trust - Background Investigation", 2)),
    ("Sensitive Compartmented Information", 1),
)
_TRAVEL = _Table(("0", 30), ("1", 48), ("2", 14), ("5", 4), ("8", 2), ("7", 2))
_OPENINGS = _Table(
    *(("1", 52), ("2", 12), ("3", 6), ("12", 3), ("FEW", 8), ("Few", 6), ("few", 3)),
    *(("Many", 7), ("", 3)),
)
_CLOSINGS = _Table(
    ((UNTIL_THE_DAY, ""), 200),
    ((UNTIL_THE_DAY, UNTIL_THE_DAY), 6),
    ((CONTINUOUSLY, ""), 4),
    *(((UNTIL_ENOUGH, number), 1) for number in ("50", "75", "100", "200", "500")),
)


def some_terms(
    rng: Random, plan: str, grades: tuple[str, str], given: Mapping[str, Any] | None = None
) -> Terms:
    """Return terms as postings of such grades have them, with those that are `given`."""
    closing_type, closing_option = _CLOSINGS.one(rng)
    appointment, in_words = _APPOINTMENTS.one(rng)
    drawn = Terms(
        closing_type=closing_type,
        closing_option=closing_option,
        appointment=appointment,
        appointment_in_words=in_words,
        schedule="4" if appointment == INTERMITTENT else _SCHEDULES.one(rng),
        promotion_potential=rng.choice((*[_top_of_ladder(plan, grades[1])] * 2, "None", "NA", "")),
        clearance=_CLEARANCES.one(rng),
        travel=_TRAVEL.one(rng),
        relocation=rng.random() < 0.2,
        drug_test=rng.random() < 0.25,
        openings=_OPENINGS.one(rng),
        service="03" if plan == "ES" else rng.choice(("01", "01", "02")),
        telework=rng.random() < 0.5,
        direct_hire=rng.random() < 0.05,
    )
    return drawn._replace(**given) if given else drawn


def _top_of_ladder(plan: str, high: str) -> str:
    """Return the grade up to which one is promoted: most lower grades lead to GS-12."""
    return "12" if plan == "GS" and int(high) < 12 else high


def appointment_type(terms: Terms) -> str:
    """Return the kind of appointment as the Historic JOA API names it, with its length."""
    name, in_words = APPOINTMENTS[terms.appointment], terms.appointment_in_words
    return in_words if in_words.startswith(name) else name


def terms_in_words(terms: Terms) -> str:
    """Return the sentences in which an announcement says terms that are not the usual ones."""
    sentences = []
    if terms.closing_type == UNTIL_ENOUGH:
        sentences.append(
            f"The announcement closes on the day on which {terms.closing_option} applications are "
            "in, if that is before the closing day."
        )
    if terms.closing_type == CONTINUOUSLY:
        sentences.append("Applications are taken continuously, and looked at as vacancies come up.")
    if terms.appointment != PERMANENT and terms.appointment_in_words:
        sentences.append(f"Kind of appointment: {terms.appointment_in_words}.")
    if terms.direct_hire:
        sentences.append("It is filled under direct hire authority.")
    return "".join(f" {sentence}" for sentence in sentences)


def conditions(terms: Terms) -> list[str]:
    """Return the conditions of employment that follow from the terms."""
    found = []
    if terms.clearance not in ("Not Required", "Other"):
        found.append(f"Able to obtain and keep the clearance: {terms.clearance}")
    if terms.drug_test:
        found.append("A drug test before the first day, and at random afterwards")
    if terms.travel in ("5", "7", "8"):
        found.append("Travel for a good part of the year")
    return found
