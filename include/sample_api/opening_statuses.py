"""What becomes of a sample posting after it has closed, from day to day.

Of ten postings, about seven end with a selection and two are canceled; of the others, nothing more
is heard. That takes shorter than in reality, so that it can be watched.
"""

from __future__ import annotations

from datetime import date
from itertools import accumulate
from random import Random

from include.sample_api.postings import Posting

_ENDINGS: tuple[tuple[str, ...], ...] = (
    ("Candidate selected", "Hiring complete"),
    ("Job canceled",),
    (),
)
_ENDING_WEIGHTS = (7, 2, 1)

# The real API has both.
_REVIEWING = ("Reviewing applications", "Applications under review")


def opening_status(posting: Posting, today: date) -> str:
    """Return the status on `today` of a posting as it stands then."""
    if today <= posting.closes:
        return "Accepting applications"
    if posting.amendment and posting.amendment.change == "withdrawn":
        return "Job canceled"
    rng = Random(f"outcome {posting.control_number}")
    (ending,) = rng.choices(_ENDINGS, _ENDING_WEIGHTS)
    statuses = ("Job closed", rng.choice(_REVIEWING), *ending)
    # From one status to the next.
    days = accumulate((rng.randint(1, 3), rng.randint(8, 45), rng.randint(7, 30)), initial=1)
    passed = (today - posting.closes).days
    return [status for status, after in zip(statuses, days, strict=False) if after <= passed][-1]
