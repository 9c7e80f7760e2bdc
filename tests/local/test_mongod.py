from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from pymongo import MongoClient

from include.local import mongod
from include.local.mongod import embedded_mongod, left_behind, mongod_program
from include.local.services import last_words
from include.terminal.errors import CommandError
from tests.local.processes import listening_addresses


def test_data_are_kept_from_one_start_to_the_next(tmp_path: Path) -> None:
    with embedded_mongod(tmp_path) as first, MongoClient("127.0.0.1", first.port) as client:
        client["jobs"]["positions"].insert_one({"_id": "825914700"})

    with embedded_mongod(tmp_path) as second, MongoClient("127.0.0.1", second.port) as client:
        assert client["jobs"]["positions"].count_documents({}) == 1


def test_a_server_listens_on_loopback_only_and_ends_with_its_block(tmp_path: Path) -> None:
    with embedded_mongod(tmp_path) as server:
        process = server.service.process
        assert listening_addresses([process]) == {("127.0.0.1", server.port)}

    assert not process.is_running()
    assert left_behind(tmp_path) is None


def test_a_server_ends_when_its_block_fails(tmp_path: Path) -> None:
    def fail() -> None:
        with embedded_mongod(tmp_path) as server:
            started.append(server.service.process)
            raise ZeroDivisionError

    started: list[psutil.Process] = []
    with pytest.raises(ZeroDivisionError):
        fail()

    assert not started[0].is_running()


def test_a_server_that_a_killed_run_left_behind_is_taken_over_with_its_data(tmp_path: Path) -> None:
    # As on a system that does not tell children of their parent's death.
    program = (
        "import sys, time; from pathlib import Path; from include.local import mongod, services\n"
        "services._LIBC = None\n"
        "with mongod.embedded_mongod(Path(sys.argv[1])) as server:\n"
        "    print(server.port, flush=True); time.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as run:
        assert run.stdout
        port = int(run.stdout.readline())
        run.kill()
    left = left_behind(tmp_path)
    assert left

    with embedded_mongod(tmp_path) as server, MongoClient("127.0.0.1", server.port) as client:
        assert (server.reused, server.port) == (True, port)
        assert client.server_info()["ok"]

    assert not left.is_running()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells children")
def test_a_server_ends_with_a_run_that_is_killed(tmp_path: Path) -> None:
    program = (
        "import os, signal, sys; from pathlib import Path; from include.local import mongod\n"
        "with mongod.embedded_mongod(Path(sys.argv[1])) as server:\n"
        "    print(server.service.process.pid, flush=True)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)"
    )
    run = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=False
    )

    assert run.returncode == -signal.SIGKILL
    _, alive = psutil.wait_procs(
        [psutil.Process(int(run.stdout))] if psutil.pid_exists(int(run.stdout)) else [], timeout=10
    )
    assert not alive


@pytest.mark.parametrize(
    "written",
    ["", "no number", "999999999", str(os.getpid())],
    ids=["empty", "no number", "no process", "another process"],
)
def test_a_lock_file_that_names_no_server_of_this_data_is_ignored(
    tmp_path: Path, written: str
) -> None:
    (tmp_path / "mongod.lock").write_text(written)

    assert left_behind(tmp_path) is None


def test_a_mongod_on_path_is_used_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    on_path = executable(tmp_path / "mongod", "exit 0")
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)

    assert mongod_program() == on_path


def test_a_mongod_that_lacks_a_library_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    executable(tmp_path / "mongod", "echo 'libcurl.so.4: cannot open' >&2; exit 127")
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    monkeypatch.setattr(mongod, "_packaged_mongod", lambda: None)

    with pytest.raises(
        CommandError, match=r"libcurl\.so\.4: cannot open.*apt-get install libcurl4"
    ):
        mongod_program()


def test_data_of_another_version_are_refused_with_a_way_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = executable(tmp_path / "mongod", 'case "$1" in --dbpath) exit 62 ;; esac')
    monkeypatch.setattr(mongod, "mongod_program", lambda: program)

    with pytest.raises(CommandError, match="another version of MongoDB"), embedded_mongod(tmp_path):
        pass


def test_a_server_that_cannot_start_shows_the_end_of_its_output(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = executable(tmp_path / "mongod", "echo no space left; exit 1")
    monkeypatch.setattr(mongod, "mongod_program", lambda: program)

    with pytest.raises(CommandError, match="no space left"), embedded_mongod(tmp_path):
        pass

    assert "no space left" in last_words(tmp_path / "mongod.log")


def executable(file: Path, script: str) -> Path:
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(file.stat().st_mode | stat.S_IXUSR)
    return file
