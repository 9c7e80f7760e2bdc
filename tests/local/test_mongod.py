from __future__ import annotations

import os
import stat
import subprocess
import time
from pathlib import Path

import psutil
import pytest
from pymongo import MongoClient

from include.local import mongod
from include.local.mongod import FIRST_START, embedded_mongod, left_behind, mongod_program
from include.local.ports import answers, free_port
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


def test_a_server_that_was_left_behind_makes_room_for_one_with_its_data(tmp_path: Path) -> None:
    port = free_port()
    command = [str(mongod_program()), "--dbpath", str(tmp_path), "--port", str(port)]
    with subprocess.Popen([*command, "--bind_ip", "127.0.0.1"], stdout=subprocess.DEVNULL) as left:
        deadline = time.monotonic() + 20
        while not answers(port) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert left_behind(tmp_path)

        with embedded_mongod(tmp_path) as server, MongoClient("127.0.0.1", server.port) as client:
            assert left.poll() is not None
            assert client.server_info()["ok"]


def test_a_first_start_that_was_broken_off_is_begun_anew(tmp_path: Path) -> None:
    leave_a_half_made_file(tmp_path)
    (tmp_path / FIRST_START).touch()

    with embedded_mongod(tmp_path) as server, MongoClient("127.0.0.1", server.port) as client:
        assert client.server_info()["ok"]
        assert not (tmp_path / FIRST_START).exists()
        assert not (tmp_path / "journal" / "half-made").exists()


def test_data_that_mongod_refuses_after_the_first_start_are_left_as_they_are(
    tmp_path: Path,
) -> None:
    leave_a_half_made_file(tmp_path)

    with pytest.raises(CommandError, match="MongoDB stopped"), embedded_mongod(tmp_path):
        pass

    assert (tmp_path / "journal" / "half-made").exists()
    assert not (tmp_path / FIRST_START).exists()


def test_data_of_a_first_start_that_was_broken_off_late_are_kept(tmp_path: Path) -> None:
    with embedded_mongod(tmp_path) as first, MongoClient("127.0.0.1", first.port) as client:
        client["jobs"]["positions"].insert_one({"_id": "825914700"})
    (tmp_path / FIRST_START).touch()

    with embedded_mongod(tmp_path) as second, MongoClient("127.0.0.1", second.port) as client:
        assert client["jobs"]["positions"].count_documents({}) == 1


def test_a_server_that_somebody_kills_while_it_starts_costs_no_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = executable(tmp_path / "mongod", "kill -KILL $$")
    monkeypatch.setattr(mongod, "mongod_program", lambda: program)
    data = tmp_path / "data"
    leave_a_half_made_file(data)
    (data / FIRST_START).touch()

    with pytest.raises(CommandError, match="killed by SIGKILL"), embedded_mongod(data):
        pass

    assert (data / "journal" / "half-made").exists()


def leave_a_half_made_file(data: Path) -> None:
    (data / "journal").mkdir(parents=True)
    (data / "journal" / "half-made").touch()
    (data / "storage.bson").write_text("half")


@pytest.mark.parametrize(
    "written",
    ["", "no number", "999999999", "9" * 40, str(os.getpid())],
    ids=["empty", "no number", "no process", "too large", "another process"],
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
