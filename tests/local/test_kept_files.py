from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from include.local.airflow_settings import airflow_environment, make_password, password_file
from include.local.kept_files import write_whole
from include.terminal.errors import UsageError

DAMAGED = [b"", b"{", b"null", b"[]", b'{"root": "x"}', b'{"admin": ""}', b'{"admin": 1}', b"\xff"]


@pytest.mark.parametrize("content", DAMAGED)
def test_a_damaged_password_file_gets_a_new_password(tmp_path: Path, content: bytes) -> None:
    file = password_file("3.3", tmp_path)
    file.parent.mkdir(parents=True)
    file.write_bytes(content)

    password = make_password("3.3", tmp_path)

    assert len(password) > 10
    assert make_password("3.3", tmp_path) == password
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_password_that_somebody_chose_is_kept_and_made_private(tmp_path: Path) -> None:
    file = password_file("3.3", tmp_path)
    file.parent.mkdir(parents=True)
    file.write_text('{"admin": "chosen", "ada": "other"}\n')
    file.chmod(0o644)

    assert make_password("3.3", tmp_path) == "chosen"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize("content", ["", "half", "x" * 63 + "\n"])
def test_a_damaged_signing_key_is_replaced_by_one_for_both_uses(
    tmp_path: Path, content: str
) -> None:
    key = tmp_path / ".local" / "airflow-3.3" / "signing_key"
    key.parent.mkdir(parents=True)
    key.write_text(content)

    environment = airflow_environment("3.3", 8081, {}, project=tmp_path, inherited={})

    assert environment["AIRFLOW__API__SECRET_KEY"] == key.read_text() != content
    assert len(key.read_text()) == 64


def test_a_secret_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    file = password_file("3.3", tmp_path)
    file.mkdir(parents=True)

    with pytest.raises(UsageError, match=r"passwords\.json can't be read: Is a directory\."):
        make_password("3.3", tmp_path)


@pytest.mark.parametrize("mask", [0o000, 0o077, 0o277])
def test_a_file_is_its_owners_whatever_the_umask(tmp_path: Path, mask: int) -> None:
    before = os.umask(mask)
    try:
        write_whole(tmp_path / "secret", "hush")
    finally:
        os.umask(before)

    assert stat.S_IMODE((tmp_path / "secret").stat().st_mode) & 0o477 == 0o400


def test_a_write_that_fails_leaves_the_old_text_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "secret"
    write_whole(file, "old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_whole(file, "new")

    assert [each.read_text() for each in tmp_path.iterdir()] == ["old"]
