from __future__ import annotations

from typing import Any

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException
from xcom_parts import XComParts, there


class TaskInstance:
    """Keeps what is pushed, as Airflow does: under a key, the last value of it."""

    def __init__(self) -> None:
        self.pushed: dict[str, Any] = {}

    def xcom_push(self, key: str, value: Any) -> None:
        self.pushed[key] = value

    def xcom_pull(self, task_ids: str, key: str) -> Any:
        assert task_ids == "extract"
        return self.pushed.get(key)


def test_parts_come_as_they_were_handed_on_and_again() -> None:
    task_instance = TaskInstance()
    parts = XComParts(task_instance, "extract")
    for part in (["first", "\x00\ud800"], []):
        parts.append(part)
    pulled = XComParts(task_instance, "extract", parts.count)
    assert list(pulled) == list(pulled) == [["first", "\x00\ud800"], []]


def test_what_was_pushed_before_a_new_beginning_is_no_part() -> None:
    task_instance = TaskInstance()
    parts = XComParts(task_instance, "extract")
    for part in (["old"], ["older"]):
        parts.append(part)
    parts.clear()
    parts.append(["new"])
    assert list(XComParts(task_instance, "extract", parts.count)) == [["new"]]


def test_what_was_deleted_meanwhile_is_said_to_be_gone() -> None:
    # Airflow's backend returns the path of a file that is no longer there.
    task_instance = TaskInstance()
    task_instance.xcom_push("part_1", "file:///xcom/job_tracker/part_1.json.gz")
    with pytest.raises(AirflowFailException, match="clear the whole run"):
        list(XComParts(task_instance, "extract", 1))
    with pytest.raises(AirflowFailException, match="clear the whole run"):
        there("file:///xcom/job_tracker/return_value.json.gz")
    assert there({"parts": 1}) == {"parts": 1}
