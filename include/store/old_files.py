"""Retention of files: deletes old XCom files and logs."""

from __future__ import annotations

import logging
import os
import stat
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from include.searches.saved_searches import is_ours
from include.store.retention import Retention, limit

log = logging.getLogger(__name__)

LOCAL_FILES = "file://"


class PrunedFolder(TypedDict):
    """The files deleted from some folders."""

    files: Annotated[int, Field(description="deleted")]
    bytes: Annotated[int, Field(description="deleted")]
    oldest: Annotated[str | None, Field(description="date of the oldest file that is left")]


class PrunedFolders(TypedDict):
    """The files deleted, by kind."""

    xcom: Annotated[PrunedFolder, Field(description="XCom files")]
    task_logs: Annotated[PrunedFolder, Field(description="logs of tasks")]
    parsing_logs: Annotated[PrunedFolder, Field(description="logs of DAG parsing")]


class FilesRefused(RuntimeError):
    """Some old files could not be deleted; the others were."""


@dataclass
class PrunedFiles:
    """How many files and bytes were deleted, and the date of the oldest file that is left."""

    files: int = 0
    bytes: int = 0
    oldest: str | None = None
    refused: list[str] = field(default_factory=list)

    def summary(self) -> PrunedFolder:
        """Return it in JSON form."""
        return PrunedFolder(files=self.files, bytes=self.bytes, oldest=self.oldest)

    def keep(self, modified: float) -> None:
        """Record a file that is not old enough to delete."""
        time = datetime.fromtimestamp(modified, UTC).isoformat(timespec="seconds")
        self.oldest = min(self.oldest or time, time)


def prune_files(
    retention: Retention,
    counted_from: str | None,
    *,
    xcom_path: str,
    log_folder: str,
    parsing_log_folders: Iterable[str] = (),
) -> PrunedFolders:
    """Delete old files of the project's DAGs on this machine; return how many, in JSON form.

    `counted_from` comes from `prune_collections`. The paths are Airflow's settings; `xcom_path` is
    a URL, and an object store is left to its own lifecycle rules.

    Raises:
        FilesRefused: some old files could not be deleted.
    """
    moment = datetime.fromisoformat(counted_from) if counted_from else None
    rules: dict[str, tuple[int, Iterable[Path], Callable[[str], bool]]] = {
        "xcom": (retention.xcom_days, _dag_folders(_local_folder(xcom_path)), _any_file),
        "task_logs": (retention.log_days, _dag_folders(log_folder, "dag_id="), _any_file),
        "parsing_logs": (
            retention.log_days,
            [Path(folder).resolve() for folder in parsing_log_folders if folder],
            _is_parsing_log,
        ),
    }
    pruned = {name: PrunedFiles() for name in rules}
    for name, (days, folders, ours) in rules.items():
        if old := limit(moment, days):
            for folder in folders:
                _prune_path(folder, old.timestamp(), ours, pruned[name])
        log.info("%s: %s", name, pruned[name].summary())
    refused = [refusal for each in pruned.values() for refusal in each.refused]
    if refused:
        raise FilesRefused(
            f"{len(refused)} old files could not be deleted, the first one: {refused[0]}. Give "
            "Airflow's user permission to delete in these folders, or delete them by hand; all "
            "other old files were deleted."
        )
    return PrunedFolders(
        xcom=pruned["xcom"].summary(),
        task_logs=pruned["task_logs"].summary(),
        parsing_logs=pruned["parsing_logs"].summary(),
    )


def _local_folder(xcom_path: str) -> str:
    """Return the folder of a `file://` URL, or an empty string."""
    if xcom_path.startswith(LOCAL_FILES):
        return xcom_path.removeprefix(LOCAL_FILES)
    if xcom_path:
        log.info("XComs are kept in %s: limit them by that bucket's lifecycle rules.", xcom_path)
    return ""


def _dag_folders(root: str, prefix: str = "") -> list[Path]:
    """Return the folders of the project's DAGs, named by prefix and DAG id."""
    if not root.startswith("/") or not os.path.isdir(root):
        return []
    return [
        Path(root, name)
        for name in os.listdir(root)
        if name.startswith(prefix) and is_ours(name.removeprefix(prefix))
    ]


def _any_file(name: str) -> bool:
    return True


def _is_parsing_log(name: str) -> bool:
    """Return whether a file is Airflow's log of parsing one of the project's DAG files."""
    return name.endswith(".py.log") and is_ours(name.removesuffix(".py.log"))


def _prune_path(
    path: Path, before: float, ours: Callable[[str], bool], pruned: PrunedFiles
) -> None:
    """Delete one of our files if it is old, or all such files in a folder, and the empty folder.

    Symbolic links are neither followed nor deleted. A recently modified folder stays, because it
    may be in use.
    """
    try:
        info = path.lstat()
        if stat.S_ISDIR(info.st_mode):
            for inner in path.iterdir():
                _prune_path(inner, before, ours, pruned)
            if info.st_mtime < before and not any(path.iterdir()):
                path.rmdir()
        elif stat.S_ISREG(info.st_mode) and ours(path.name):
            if info.st_mtime >= before:
                pruned.keep(info.st_mtime)
                return
            path.unlink()
            pruned.files += 1
            pruned.bytes += info.st_size
    except FileNotFoundError:
        return  # deleted by somebody else
    except OSError as problem:
        pruned.refused.append(str(problem))
