"""Passes a task's result on in batches, one XCom each, so that no process holds more than one."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Generic, Protocol, TypeVar, cast

from airflow.providers.common.compat.sdk import AirflowFailException

T = TypeVar("T")
M = TypeVar("M", bound=Mapping[str, Any])


class TaskInstance(Protocol):
    """The methods of a task instance that batches need."""

    def xcom_push(self, key: str, value: Any) -> None:
        """Store a value under a key."""

    def xcom_pull(self, task_ids: str, *, key: str) -> Any:
        """Return a value that a task of this run stored."""


def require_xcom(value: M) -> M:
    """Return an XCom value after checking that it still exists.

    If the file of an XCom is gone, Airflow's backend returns its path instead.

    Raises:
        AirflowFailException: the XCom was deleted meanwhile.
    """
    if isinstance(value, dict):
        return value
    raise AirflowFailException(
        "The output of an earlier task of this run is gone, because XComs are deleted after some "
        "days: clear the whole run."
    )


class XComBatches(Generic[T]):
    """The batches that a task of this run passes on.

    They are stored as JSON text, because PostgreSQL rejects NUL and lone surrogates in JSON values,
    and postings may contain both. Each is wrapped in an object, because Airflow 2 would decode bare
    JSON text. `count` has to be passed on separately, because pushed XComs can't be withdrawn.
    """

    def __init__(self, task_instance: TaskInstance, task_id: str, count: int = 0) -> None:
        self.count = count
        self._task_instance = task_instance
        self._task_id = task_id

    def append(self, batch: T, /) -> None:
        """Push a batch."""
        self._task_instance.xcom_push(self._key(self.count), {"json": json.dumps(batch)})
        self.count += 1

    def clear(self) -> None:
        """Reset the count: the next batches overwrite the earlier ones."""
        self.count = 0

    def __iter__(self) -> Iterator[T]:
        """Pull the batches one by one.

        Raises:
            AirflowFailException: one was deleted meanwhile.
        """
        for number in range(self.count):
            batch = self._task_instance.xcom_pull(self._task_id, key=self._key(number))
            yield cast(T, json.loads(require_xcom(batch)["json"]))

    @staticmethod
    def _key(number: int) -> str:
        return f"batch_{number + 1}"
