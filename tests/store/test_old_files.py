from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from include.store import old_files
from include.store.old_files import FilesRefused, prune_files
from include.store.retention import Retention

NOW = datetime(2026, 11, 23, tzinfo=UTC)


class Folders:
    """The folders of an Airflow, in which files of any age can be made."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.xcom, self.logs = root / "xcom", root / "logs"

    def make(self, path: str, age: float, size: int = 10) -> Path:
        """Make a file that was last written so many days ago, as were its folders."""
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"x" * size)
        for made in (file, *file.parents):
            if made == self.root:
                break
            self.touch(made, age)
        return file

    def touch(self, path: Path, age: float) -> None:
        then = (NOW - timedelta(days=age)).timestamp()
        os.utime(path, (then, then))

    def left(self) -> set[str]:
        return {
            str(path.relative_to(self.root))
            for path in self.root.rglob("*")
            if path.is_symlink() or not path.is_dir()
        }

    def prune(self, counted_from: datetime | None = NOW, **days: int) -> dict[str, Any]:
        return prune_files(
            Retention(**days),
            counted_from and counted_from.isoformat(),
            xcom_path=f"file://{self.xcom}",
            log_folder=str(self.logs),
            parsing_log_folders=[str(self.logs / "dag_processor"), ""],
        )


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    return Folders(tmp_path)


XCOM = "xcom/job_tracker/manual__1/extract/a.gz"
LOG = "logs/dag_id=job_tracker/run_id=manual__1/task_id=extract/attempt=1.log"


@pytest.mark.parametrize("path", [XCOM, LOG, "logs/dag_processor/2026-10-24/d/job_tracker.py.log"])
def test_a_file_goes_when_it_is_older_than_said_and_its_folders_with_it(
    folders: Folders, path: str
) -> None:
    folders.make(path, age=29.9)
    folders.prune()
    assert folders.left() == {path}

    folders.make(path, age=30.1)
    folders.prune()
    assert folders.left() == set()
    assert not (folders.root / path).parent.parent.exists()


def test_xcoms_and_logs_have_an_age_each_and_zero_keeps_them(folders: Folders) -> None:
    folders.make(XCOM, age=10)
    folders.make(LOG, age=10)
    folders.prune(xcom_days=0, log_days=0)
    folders.prune(xcom_days=11, log_days=11)
    assert folders.left() == {XCOM, LOG}

    folders.prune(xcom_days=9, log_days=11)
    assert folders.left() == {LOG}
    folders.prune(xcom_days=0, log_days=9)
    assert folders.left() == set()


def test_what_was_done_is_told_in_numbers(folders: Folders) -> None:
    folders.make(XCOM, age=40, size=1000)
    folders.make("xcom/job_tracker/manual__2/extract/b.gz", age=1)
    folders.make(LOG, age=40, size=70)

    assert folders.prune() == {
        "xcom": {"files": 1, "bytes": 1000, "oldest": "2026-11-22T00:00:00+00:00"},
        "task_logs": {"files": 1, "bytes": 70, "oldest": None},
        "parsing_logs": {"files": 0, "bytes": 0, "oldest": None},
    }


OTHERS = [
    "xcom/other_dag/manual__1/extract/a.gz",
    "xcom/job_trackers/manual__1/extract/a.gz",
    "xcom/job_tracker.txt",
    "logs/dag_id=other_dag/run_id=1/task_id=a/attempt=1.log",
    "logs/job_tracker/run_id=1/task_id=a/attempt=1.log",
    "logs/scheduler.log",
    "logs/dag_processor/2020-01-01/d/other_dag.py.log",
    "logs/dag_processor/2020-01-01/d/job_trackers.py.log",
    "logs/dag_processor/2020-01-01/d/job_tracker.py",
    "logs/dag_processor_manager/dag_processor_manager.log",
    "elsewhere/job_tracker/manual__1/extract/a.gz",
]
OURS = [
    XCOM,
    LOG,
    "xcom/job_tracker_reprocess/manual__1/a/0/1.gz",
    "logs/dag_id=job_tracker_retention/run_id=1/task_id=a/map_index=0/attempt=1.log",
    "logs/dag_processor/2020-01-01/d/sub/job_tracker_reprocess.py.log",
]


def test_only_the_projects_files_are_deleted(folders: Folders) -> None:
    for path in (*OTHERS, *OURS):
        folders.make(path, age=1000)

    folders.prune()

    assert folders.left() == set(OTHERS)


def test_symbolic_links_are_neither_followed_nor_deleted(folders: Folders) -> None:
    kept = folders.make("elsewhere/precious.gz", age=1000)
    inner = folders.make(XCOM, age=1000).parent
    (inner / "file").symlink_to(kept)
    (inner / "folder").symlink_to(kept.parent)
    folders.logs.mkdir()
    (folders.logs / "dag_id=job_tracker").symlink_to(kept.parent)

    folders.prune()

    assert folders.left() == {
        "elsewhere/precious.gz",
        "xcom/job_tracker/manual__1/extract/file",
        "xcom/job_tracker/manual__1/extract/folder",
        "logs/dag_id=job_tracker",
    }


def test_a_folder_in_which_something_was_made_lately_stays(folders: Folders) -> None:
    lately = folders.make(LOG, age=1000).parent
    folders.touch(lately, age=1)

    folders.prune()

    assert folders.left() == set()
    assert lately.is_dir()


def test_files_that_vanish_meanwhile_are_no_error(
    folders: Folders, monkeypatch: pytest.MonkeyPatch
) -> None:
    folders.make(XCOM, age=1000)
    folders.make(LOG, age=1000)
    for gone in ("unlink", "rmdir"):
        monkeypatch.setattr(Path, gone, _first_gone(getattr(Path, gone)))

    pruned = folders.prune()

    assert folders.left() == set()
    assert pruned["xcom"]["files"] == pruned["task_logs"]["files"] == 0


def _first_gone(delete: Callable[[Path], None]) -> Callable[[Path], None]:
    """Let somebody else delete it first."""

    def deleted_before(path: Path) -> None:
        delete(path)
        delete(path)

    return deleted_before


def test_a_file_that_cannot_be_deleted_is_named_and_the_others_go(
    folders: Folders, monkeypatch: pytest.MonkeyPatch
) -> None:
    stuck = folders.make(XCOM, age=1000)
    folders.make(LOG, age=1000)
    unlink = Path.unlink

    def refuse(path: Path) -> None:
        if path == stuck:
            raise PermissionError(13, "Permission denied", str(path))
        unlink(path)

    monkeypatch.setattr(Path, "unlink", refuse)

    with pytest.raises(FilesRefused, match=r"1 old files.*Permission denied.*a\.gz"):
        folders.prune()

    assert folders.left() == {XCOM}


@pytest.mark.parametrize("path", ["", "s3://bucket/xcom", "file://conn@/xcom"])
def test_xcoms_that_are_not_on_this_file_system_are_left_alone(
    folders: Folders, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    folders.make(XCOM, age=1000)

    with caplog.at_level("INFO", old_files.__name__):
        prune_files(Retention(), NOW.isoformat(), xcom_path=path, log_folder=str(folders.logs))

    assert folders.left() == {XCOM}
    assert ("lifecycle rules" in caplog.text) == path.startswith("s3")


def test_folders_that_airflow_has_not_made_yet_are_empty(folders: Folders) -> None:
    assert folders.prune()["xcom"] == {"files": 0, "bytes": 0, "oldest": None}


def test_while_nothing_was_read_no_file_gets_old(folders: Folders) -> None:
    folders.make(XCOM, age=1000)

    folders.prune(counted_from=None)
    folders.prune(counted_from=NOW - timedelta(days=1000))

    assert folders.left() == {XCOM}
