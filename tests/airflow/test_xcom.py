from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException

from include.airflow.xcom import DAMAGED, XComBatches, require_handed_on, require_xcom

RUN = "job_tracker/scheduled__2026-11-24"


class TaskInstance:
    """Keeps what is pushed, as Airflow does: under a key, the last value of it."""

    def __init__(self) -> None:
        self.pushed: dict[str, Any] = {}

    def xcom_push(self, key: str, value: Any) -> None:
        self.pushed[key] = value

    def xcom_pull(self, task_ids: str, key: str) -> Any:
        assert task_ids == "extract"
        return self.pushed.get(key)


def handed_on(
    task_instance: TaskInstance, *batches: list[str], run: str = RUN
) -> XComBatches[list[str]]:
    """Hand batches on, and return them as the next task reads them."""
    written: XComBatches[list[str]] = XComBatches(task_instance, "extract", run)
    for batch in batches:
        written.append(batch)
    return XComBatches(task_instance, "extract", RUN, written.handed_on()["batches"])


def test_batches_come_as_they_were_handed_on_and_again() -> None:
    pulled = handed_on(TaskInstance(), ["first", "\x00\ud800"], [])
    assert list(pulled) == list(pulled) == [["first", "\x00\ud800"], []]


def test_what_was_pushed_before_a_new_beginning_is_no_batch() -> None:
    task_instance = TaskInstance()
    batches: XComBatches[list[str]] = XComBatches(task_instance, "extract", RUN)
    for batch in (["old"], ["older"]):
        batches.append(batch)
    batches.clear()
    batches.append(["new"])
    assert list(XComBatches(task_instance, "extract", RUN, batches.digests)) == [["new"]]


def text(*rows: str) -> dict[str, str]:
    return {"of": f"{RUN}/extract/batch_1", "json": json.dumps(list(rows))}


TAMPERED: dict[str, Callable[[dict[str, Any]], Any]] = {
    "a row is cut": lambda pushed: pushed | {"batch_1": text("1")},
    "a batch is empty": lambda pushed: pushed | {"batch_1": text()},
    "the text is cut": lambda pushed: pushed | {"batch_1": text() | {"json": '["1",'}},
    "a row is repeated": lambda pushed: pushed | {"batch_1": text("1", "2", "2")},
    "a batch is repeated": lambda pushed: pushed | {"batch_2": pushed["batch_1"]},
    "two are swapped": lambda pushed: {
        "batch_1": pushed["batch_2"],
        "batch_2": pushed["batch_1"],
    },
    "nothing is in it": lambda pushed: pushed | {"batch_2": {}},
    "one is missing": lambda pushed: {"batch_1": pushed["batch_1"]},
}


@pytest.mark.parametrize("tamper", TAMPERED.values(), ids=list(TAMPERED))
def test_a_batch_that_is_not_the_one_that_was_handed_on_fails_the_run(
    tamper: Callable[[dict[str, Any]], Any],
) -> None:
    task_instance = TaskInstance()
    batches = handed_on(task_instance, ["1", "2"], ["3"])
    assert list(batches) == [["1", "2"], ["3"]]
    task_instance.pushed = tamper(task_instance.pushed)
    with pytest.raises(AirflowFailException, match=r"Clear the whole run, from `extract` on\."):
        list(batches)


def test_a_batch_of_another_run_fails_the_run_even_if_it_holds_the_same_rows() -> None:
    task_instance = TaskInstance()
    with pytest.raises(AirflowFailException, match="Batch 1 of 1 that `extract` handed on"):
        list(handed_on(task_instance, ["1"], run="job_tracker/manual__2026-11-24"))


@pytest.mark.parametrize("error", [error("it ended early") for error in DAMAGED])
def test_a_file_that_cannot_be_read_is_named_with_what_to_do(error: Exception) -> None:
    class Damaged(TaskInstance):
        def xcom_pull(self, task_ids: str, key: str) -> Any:
            raise error

    batches: XComBatches[Any] = XComBatches(Damaged(), "extract", RUN, ["digest"])
    with pytest.raises(AirflowFailException, match=r"Batch 1 of 1 .* can't be read \(.*Clear the"):
        list(batches)


def test_what_was_deleted_meanwhile_is_said_to_be_gone() -> None:
    # Airflow's backend returns the path of a file that is no longer there.
    task_instance = TaskInstance()
    task_instance.xcom_push("batch_1", "file:///xcom/job_tracker/batch_1.json.gz")
    with pytest.raises(AirflowFailException, match="Clear the whole run"):
        list(XComBatches(task_instance, "extract", RUN, ["digest"]))
    path: Any = "file:///xcom/job_tracker/return_value.json.gz"
    with pytest.raises(AirflowFailException, match="Clear the whole run"):
        require_xcom(path)
    assert require_xcom({"batches": []}) == {"batches": []}


def test_what_another_run_or_an_earlier_version_handed_on_is_refused() -> None:
    ours: Any = {"run": RUN, "batches": []}
    assert require_handed_on(ours, RUN) == ours
    with pytest.raises(AirflowFailException, match="is that of job_tracker/manual__1"):
        require_handed_on(ours | {"run": "job_tracker/manual__1"}, RUN)
    earlier: Any = {"batches": 1}
    with pytest.raises(AirflowFailException, match="earlier version"):
        require_handed_on(earlier, RUN)
