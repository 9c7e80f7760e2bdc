from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from include.local.sqlite import CONNECT_ARGS


@pytest.fixture
def database(tmp_path: Path) -> Path:
    file = tmp_path / "airflow.db"
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("CREATE TABLE dag_run (day)")
    return file


def days(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT count(*) FROM dag_run").fetchone()[0])


def test_after_a_look_in_a_savepoint_nobody_else_can_keep_it_from_writing(database: Path) -> None:
    with (
        closing(sqlite3.connect(database, **CONNECT_ARGS)) as ours,
        closing(sqlite3.connect(database, timeout=0)) as other,
    ):
        cursor = ours.cursor()
        cursor.execute("SAVEPOINT one")
        cursor.execute("SELECT * FROM dag_run").fetchall()
        with pytest.raises(sqlite3.OperationalError, match="database is locked"):
            other.execute("INSERT INTO dag_run VALUES (1)")
        cursor.execute("INSERT INTO dag_run VALUES (?)", (1,))
        ours.commit()

        assert days(other) == 1


def test_what_savepoints_wrote_is_there_as_a_whole_or_not_at_all(database: Path) -> None:
    with (
        closing(sqlite3.connect(database, **CONNECT_ARGS)) as ours,
        closing(sqlite3.connect(database)) as other,
    ):
        cursor = ours.cursor()
        for day in (1, 2):
            cursor.execute("SAVEPOINT one")
            cursor.execute("INSERT INTO dag_run VALUES (?)", (day,))
            cursor.execute("RELEASE one")
            assert days(other) == 0
        ours.rollback()

        assert days(other) == 0
