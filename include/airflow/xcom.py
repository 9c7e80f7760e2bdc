"""Passes a task's result on in batches, one XCom each, so that no process holds more than one."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from gzip import BadGzipFile
from hashlib import blake2b
from importlib import import_module
from typing import Any, Generic, Protocol, TypeVar, cast

from airflow.providers.common.compat.sdk import AirflowFailException

from include.usajobs.extract import HandedOn
from include.usajobs.json_text import read_json, write_json

T = TypeVar("T")
M = TypeVar("M", bound=Mapping[str, Any])
H = TypeVar("H", bound=HandedOn)


class TaskInstance(Protocol):
    """The methods of a task instance that batches need."""

    def xcom_push(self, key: str, value: Any) -> None:
        """Store a value under a key."""

    def xcom_pull(self, task_ids: str, *, key: str) -> Any:
        """Return a value that a task of this run stored."""


DAMAGED: tuple[type[Exception], ...] = (EOFError, ValueError, BadGzipFile, zlib.error)
"""What reading a damaged file of an XCom raises."""

with suppress(ImportError):  # without it, Airflow reads the files with Python's own gzip
    DAMAGED += (import_module("isal.igzip_lib").IsalError,)

CLEAR_THE_RUN = "Clear the whole run, from `extract` on."


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
        f"days. {CLEAR_THE_RUN}"
    )


def require_handed_on(value: H, run: str) -> H:
    """Return what a task handed on with its batches, after checking that it belongs to this run.

    Raises:
        AirflowFailException: it was deleted, or is of another run or of an earlier version.
    """
    handed_on = require_xcom(value)
    if "run" not in handed_on:
        raise AirflowFailException(
            "The earlier tasks of this run were run by an earlier version of Job Tracker. "
            f"{CLEAR_THE_RUN}"
        )
    if handed_on["run"] != run:
        raise AirflowFailException(
            f"The output of an earlier task of this run is that of {handed_on['run']}. "
            f"{CLEAR_THE_RUN}"
        )
    return handed_on


class XComBatches(Generic[T]):
    """The batches that a task of this run hands on.

    They are stored as JSON text, because PostgreSQL rejects NUL and lone surrogates in JSON values,
    and postings may contain both. Each is wrapped in an object, because Airflow 2 would decode bare
    JSON text. The task that reads them gets their `digests` separately, so that it notices a batch
    that is cut, repeated, out of order, or of another run.
    """

    def __init__(
        self,
        task_instance: TaskInstance,
        task_id: str,
        run: str,
        digests: Sequence[str] = (),
        decode: Callable[[str], T] = read_json,
        encode: Callable[[T], str] = write_json,
    ) -> None:
        self.digests = list(digests)
        self._task_instance = task_instance
        self._task_id = task_id
        self._run = run
        self._decode = decode
        self._encode = encode

    def append(self, batch: T, /) -> None:
        """Push a batch."""
        text = self._encode(batch)
        number = len(self.digests)
        self._task_instance.xcom_push(_key(number), {"of": self._name(number), "json": text})
        self.digests.append(_digest(text))

    def clear(self) -> None:
        """Begin anew: the next batches overwrite the earlier ones."""
        self.digests = []

    def handed_on(self) -> HandedOn:
        """Return what the task that reads them needs."""
        return HandedOn(run=self._run, batches=self.digests)

    def __len__(self) -> int:
        """Return the number of batches."""
        return len(self.digests)

    def __iter__(self) -> Iterator[T]:
        """Pull the batches one by one.

        Raises:
            AirflowFailException: one is not what was handed on.
        """
        return (self[number] for number in range(len(self)))

    def __getitem__(self, number: int, /) -> T:
        """Pull a batch by its number, counted from 0.

        Raises:
            AirflowFailException: it is not what was handed on.
        """
        batch = self._pull(number)
        text = str(batch.get("json"))
        if batch.get("of") != self._name(number) or _digest(text) != self.digests[number]:
            raise AirflowFailException(
                f"Batch {number + 1} of {len(self)} that `{self._task_id}` handed on has been "
                f"replaced or damaged since. {CLEAR_THE_RUN}"
            )
        return self._decode(text)

    def _pull(self, number: int) -> Mapping[str, Any]:
        try:
            batch = self._task_instance.xcom_pull(self._task_id, key=_key(number))
        except DAMAGED as error:
            raise AirflowFailException(
                f"Batch {number + 1} of {len(self.digests)} that `{self._task_id}` handed on can't "
                f"be read ({error}). {CLEAR_THE_RUN}"
            ) from None
        return require_xcom(cast(Mapping[str, Any], batch))

    def _name(self, number: int) -> str:
        """Return what tells a batch from all others, also from one with the same content."""
        return f"{self._run}/{self._task_id}/{_key(number)}"


def _key(number: int) -> str:
    return f"batch_{number + 1}"


def _digest(text: str) -> str:
    return blake2b(text.encode(), digest_size=16).hexdigest()
