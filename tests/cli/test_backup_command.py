from __future__ import annotations

import fcntl
import gzip
import json
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient

from include.cli import backup_command, command
from include.cli.backup_command import main
from include.local.mongod import embedded_mongod, left_behind, mongod_program
from include.local.ports import answers, free_port
from include.local.running import running_stack
from include.local.services import service, wait_until
from include.local.settings import PROJECT
from include.terminal.errors import CommandError, UsageError
from tests.pipeline.test_load import MongoDatabase, batch, dump, store
from tests.store.test_backup import SMALL, edited
from tests.support.rows import row


def connection(port: int, database: str, **fields: Any) -> str:
    found = {"conn_type": "mongo", "host": "127.0.0.1", "port": port, "schema": database, **fields}
    return json.dumps(found)


@pytest.fixture
def jobs(
    database: MongoDatabase, mongod_port: int, monkeypatch: pytest.MonkeyPatch
) -> MongoDatabase:
    """Two positions, in the database that the commands are told of."""
    monkeypatch.setenv("AIRFLOW_CONN_MONGO", connection(mongod_port, database.name))
    store(database, batch(row("1"), row("2")))
    return database


def call(
    *arguments: str, given: bytes = b"", **environment: str
) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "include.cli.backup_command", *arguments],
        cwd=PROJECT,
        env={**os.environ, "COLUMNS": "100", **environment},
        input=given,
        capture_output=True,
        check=False,
        timeout=120,
    )


def test_jobs_move_from_one_database_to_another_through_a_pipe(
    jobs: MongoDatabase, mongod_port: int
) -> None:
    name = f"{jobs.name}_moved"
    made = call("backup", "-")
    assert made.returncode == 0, made.stderr
    assert b"5 documents of the database" in made.stderr
    moved = call(
        "restore", "-", given=made.stdout, AIRFLOW_CONN_MONGO=connection(mongod_port, name)
    )
    assert moved.returncode == 0, moved.stderr
    assert moved.stdout == b""
    words = " ".join(moved.stderr.decode().split())
    assert "collection documents new existing, merged" in words
    assert "positions 2 2 0" in words
    assert dump(jobs.client[name]) == dump(jobs)
    jobs.client.drop_database(name)


def test_a_backup_is_a_file_that_only_its_owner_reads_and_restoring_it_here_changes_nothing(
    jobs: MongoDatabase, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = dump(jobs)
    file = tmp_path / "jobs.gz"
    assert main(["backup", str(file)]) == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [file]
    assert main(["restore", str(file)]) == 0
    assert dump(jobs) == before
    words = " ".join(capsys.readouterr().err.split())
    assert "positions 2 0 2" in words


def test_a_file_that_is_there_is_not_overwritten(jobs: MongoDatabase, tmp_path: Path) -> None:
    file = tmp_path / "jobs.gz"
    file.write_text("precious")
    with pytest.raises(UsageError, match=r"jobs\.gz already exists\. Name another"):
        main(["backup", str(file)])
    assert file.read_text() == "precious"


def test_a_backup_that_fails_leaves_no_file(jobs: MongoDatabase, tmp_path: Path) -> None:
    jobs.mine.insert_one({"_id": 1, "inner": {"$date": "x"}})
    with pytest.raises(CommandError, match="named '\\$date'"):
        main(["backup", str(tmp_path / "jobs.gz")])
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_cannot_be_written_or_read_is_named(
    jobs: MongoDatabase, tmp_path: Path
) -> None:
    missing = str(tmp_path / "nowhere" / "jobs.gz")
    with pytest.raises(CommandError, match=r"nowhere/jobs\.gz can't be written: No such file"):
        main(["backup", missing])
    with pytest.raises(CommandError, match=r"nowhere/jobs\.gz can't be read: No such file"):
        main(["restore", missing])


def test_a_reader_that_goes_away_fails_the_backup_in_one_line(jobs: MongoDatabase) -> None:
    jobs.mine.insert_many({"_id": number, "noise": os.urandom(500_000)} for number in range(4))
    with subprocess.Popen(
        [sys.executable, "-m", "include.cli.backup_command", "backup", "-"],
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.close()
        said = process.stderr.read().decode()
    assert process.returncode == 1
    assert "Standard output can't be written: Broken pipe. No backup was made." in said
    assert "Traceback" not in said
    assert "Exception" not in said


def test_a_backup_that_is_cut_off_is_refused_before_anything_is_written(
    jobs: MongoDatabase,
) -> None:
    before = dump(jobs)
    refused = call("restore", "-", given=SMALL[:-9])
    assert refused.returncode == 2
    assert "is cut off" in refused.stderr.decode()
    assert "Nothing was restored." in refused.stderr.decode()
    assert dump(jobs) == before


def test_names_from_a_backup_steer_no_terminal(
    jobs: MongoDatabase, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def rename(lines: list[Any]) -> None:
        lines[2]["collection"] = "a\x1b[31m[bold]"
        lines[3]["counts"]["a\x1b[31m[bold]"] = lines[3]["counts"].pop("positions")

    file = tmp_path / "jobs.gz"
    file.write_bytes(edited(SMALL, rename))
    assert main(["restore", str(file)]) == 0
    said = capsys.readouterr().err
    assert "\x1b" not in said
    assert "a [31m[bold]" in said


@pytest.mark.parametrize("name", ["backup", "restore"])
@pytest.mark.parametrize("files", [[], ["a", "b"], ["--help"]])
def test_what_names_no_file_is_answered_with_the_usage(name: str, files: list[str]) -> None:
    with pytest.raises(UsageError, match=f"Usage: bin/{name} FILE, or - for standard"):
        main([name, *files])


@pytest.fixture
def at_rest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a local run keeps its jobs, with none running."""
    local = tmp_path / "local"
    monkeypatch.delenv("AIRFLOW_CONN_MONGO", raising=False)
    monkeypatch.setattr(command, "local_directory", lambda: local)
    monkeypatch.setattr("include.cli.airflow_command.local_directory", lambda: local)
    return local


def kept_in(local: Path, *stored: Any) -> Any:
    """Store batches in the files of a local run; return what they hold then."""
    with embedded_mongod(local / "mongo") as server, MongoClient(port=server.port) as client:
        for each in stored:
            store(client["job_tracker"], each)
        return dump(client["job_tracker"])


def test_without_a_running_stack_its_files_are_opened_and_closed_again(
    at_rest: Path, tmp_path: Path
) -> None:
    before = kept_in(at_rest, batch(row("1"), row("2")))

    assert main(["backup", str(tmp_path / "jobs.gz")]) == 0
    assert left_behind(at_rest / "mongo") is None
    assert running_stack(at_rest) is None

    at_rest.rename(tmp_path / "old")
    assert main(["restore", str(tmp_path / "jobs.gz")]) == 0
    assert kept_in(at_rest) == before


def test_a_stack_that_starts_meanwhile_is_left_in_peace(at_rest: Path, tmp_path: Path) -> None:
    at_rest.mkdir()
    with (at_rest / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(UsageError, match=r"\./run\.sh is already running in this directory"):
            main(["backup", str(tmp_path / "jobs.gz")])


def test_there_is_no_backup_of_nothing(at_rest: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="The database job_tracker is empty"):
        main(["backup", str(tmp_path / "jobs.gz")])

    assert not list(tmp_path.glob("*jobs.gz*"))
    assert at_rest.is_dir()


def test_long_work_says_how_far_it_is(
    jobs: MongoDatabase,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(backup_command, "SHOWN_EVERY", 2)
    main(["backup", str(tmp_path / "jobs.gz")])
    main(["restore", str(tmp_path / "jobs.gz")])
    said = capsys.readouterr().err
    assert "… 2 backed up" in said
    assert "… 4 checked" in said
    assert "… 4 of 5 restored" in said


@pytest.fixture(scope="module")
def guarded_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """A server that lets `dag` read and write the databases jobs and moved, and nothing else."""
    folder, port = tmp_path_factory.mktemp("guarded"), free_port()
    arguments = ["--auth", "--dbpath", str(folder), "--port", str(port), "--bind_ip", "127.0.0.1"]
    environment = {"PATH": os.environ["PATH"], "LC_ALL": "C"}
    log = folder / "mongod.log"
    server = [str(mongod_program()), "--nounixsocket", *arguments]
    with service("MongoDB", server, environment=environment, log=log) as running:
        wait_until(lambda: answers(port), [running], what="MongoDB", seconds=60)
        roles = [{"role": "readWrite", "db": name} for name in ("jobs", "moved")]
        with MongoClient[dict[str, Any]]("127.0.0.1", port) as client:
            client.admin.command("createUser", "root", pwd="root", roles=["root"])
        with MongoClient[dict[str, Any]](f"mongodb://root:root@127.0.0.1:{port}") as client:
            client.admin.command("createUser", "dag", pwd="secret", roles=roles)
        yield port


def test_reading_and_writing_the_one_database_is_all_the_permission_that_is_needed(
    guarded_port: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    login = {"login": "dag", "password": "secret", "extra": {"authSource": "admin"}}
    with MongoClient[dict[str, Any]](f"mongodb://dag:secret@127.0.0.1:{guarded_port}") as client:
        store(client.jobs, batch(row("1")))
        for name, done in (("jobs", "backup"), ("moved", "restore"), ("moved", "restore")):
            monkeypatch.setenv("AIRFLOW_CONN_MONGO", connection(guarded_port, name, **login))
            assert main([done, str(tmp_path / "jobs.gz")]) == 0
        assert dump(client.moved) == dump(client.jobs)
    assert b"secret" not in gzip.decompress((tmp_path / "jobs.gz").read_bytes())


@pytest.mark.parametrize("name", ["backup", "restore"])
def test_a_file_is_looked_for_where_the_user_is(
    jobs: MongoDatabase, tmp_path: Path, name: str
) -> None:
    """As in the image, which brings the environment."""
    (tmp_path / "restore.gz").write_bytes(SMALL)
    done = subprocess.run(
        [PROJECT / "bin" / name, f"{name}.gz"],
        cwd=tmp_path,
        env={
            **os.environ,
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "JOB_TRACKER_AIRFLOW_COMMAND": "airflow",
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / f"{name}.gz").is_file()
