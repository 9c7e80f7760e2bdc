from __future__ import annotations

from typing import Any

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException

from include.airflow.xcom import XComBatches, require_xcom


class TaskInstance:
    """Keeps what is pushed, as Airflow does: under a key, the last value of it."""

    def __init__(self) -> None:
        self.pushed: dict[str, Any] = {}

    def xcom_push(self, key: str, value: Any) -> None:
        self.pushed[key] = value

    def xcom_pull(self, task_ids: str, key: str) -> Any:
        assert task_ids == "extract"
        return self.pushed.get(key)


def test_batches_come_as_they_were_handed_on_and_again() -> None:
    task_instance = TaskInstance()
    batches: XComBatches[list[str]] = XComBatches(task_instance, "extract")
    for batch in (["first", "\x00\ud800"], []):
        batches.append(batch)
    pulled: XComBatches[list[str]] = XComBatches(task_instance, "extract", batches.count)
    assert list(pulled) == list(pulled) == [["first", "\x00\ud800"], []]


def test_what_was_pushed_before_a_new_beginning_is_no_batch() -> None:
    task_instance = TaskInstance()
    batches: XComBatches[list[str]] = XComBatches(task_instance, "extract")
    for batch in (["old"], ["older"]):
        batches.append(batch)
    batches.clear()
    batches.append(["new"])
    assert list(XComBatches(task_instance, "extract", batches.count)) == [["new"]]


def test_what_was_deleted_meanwhile_is_said_to_be_gone() -> None:
    # Airflow's backend returns the path of a file that is no longer there.
    task_instance = TaskInstance()
    task_instance.xcom_push("batch_1", "file:///xcom/job_tracker/batch_1.json.gz")
    with pytest.raises(AirflowFailException, match="clear the whole run"):
        list(XComBatches(task_instance, "extract", 1))
    path: Any = "file:///xcom/job_tracker/return_value.json.gz"
    with pytest.raises(AirflowFailException, match="clear the whole run"):
        require_xcom(path)
    assert require_xcom({"batches": 1}) == {"batches": 1}
