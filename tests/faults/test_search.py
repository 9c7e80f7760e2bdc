"""Every fault of the Search API: a complete and right result, or an error that says what happened.

`--requests N` tries N cases of each fault class instead of a few.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from include.jobs import limits
from tests.faults.campaign import FAULT_CLASSES, Case, FaultClass, cases_of, mixed_cases
from tests.faults.chain import Client
from tests.faults.fault_env import SECOND_DAY, FaultEnv

pytestmark = pytest.mark.usefixtures("no_waiting")


@pytest.fixture
def try_case(fault_env: FaultEnv, monkeypatch: pytest.MonkeyPatch) -> Callable[[Case], None]:
    def try_it(case: Case) -> None:
        monkeypatch.setattr(limits, "BODY_TIMEOUT_SECONDS", case.patience)
        client = Client(fault_env.address, SECOND_DAY, case.patience)
        try:
            fault_env.check(
                client,
                case.page_size,
                faults=case.faults,
                succeeds=case.succeeds,
                messages=case.messages,
            )
        except AssertionError as violation:
            violation.add_note(str(case))
            raise

    # A page has some 60 KB here.
    monkeypatch.setattr(limits, "MAX_BODY_BYTES", 1_000_000)
    return try_it


@pytest.mark.parametrize("fault_class", FAULT_CLASSES, ids=lambda each: each.name)
def test_a_run_comes_through_a_fault_or_fails_with_a_true_message(
    fault_class: FaultClass,
    try_case: Callable[[Case], None],
    cases: int,
    count: Callable[[str], None],
) -> None:
    for case in cases_of(fault_class, cases):
        try_case(case)
        count(fault_class.name)


def test_several_faults_at_once(
    try_case: Callable[[Case], None], cases: int, count: Callable[[str], None]
) -> None:
    for case in mixed_cases(FAULT_CLASSES, cases * 10):
        try_case(case)
        count("several faults of any class at once")
