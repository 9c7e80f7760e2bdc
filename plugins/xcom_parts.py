"""Parts of a task's result as XComs of their own, so that no process holds more than one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from airflow.providers.common.compat.sdk import AirflowFailException


def there(value: Any) -> dict[str, Any]:
    """Return an object that a task handed on; `AirflowFailException` if it was deleted meanwhile.

    In place of a file that is gone Airflow's backend returns its path.
    """
    if isinstance(value, dict):
        return value
    raise AirflowFailException(
        "What an earlier task of this run handed on is gone, as XComs are deleted after some days: "
        "clear the whole run."
    )


class XComParts:
    """The parts that a task of this run hands on.

    They are JSON texts: PostgreSQL takes neither NUL nor half characters in JSON itself, and
    postings may hold both. Each stands in an object, as Airflow 2 takes a bare text that is JSON
    for what it holds. `count` has to be handed on besides, as what a task pushes can't be
    taken back.
    """

    def __init__(self, task_instance: Any, task_id: str, count: int = 0) -> None:
        self.count = count
        self._task_instance = task_instance
        self._task_id = task_id

    def append(self, part: Any, /) -> None:
        """Push one more part."""
        self._task_instance.xcom_push(self._key(self.count), {"json": json.dumps(part)})
        self.count += 1

    def clear(self) -> None:
        """Count anew: the next parts take the place of those pushed before."""
        self.count = 0

    def __iter__(self) -> Iterator[Any]:
        """Pull one part after the other."""
        for number in range(self.count):
            part = self._task_instance.xcom_pull(task_ids=self._task_id, key=self._key(number))
            yield json.loads(there(part)["json"])

    @staticmethod
    def _key(number: int) -> str:
        return f"part_{number + 1}"
