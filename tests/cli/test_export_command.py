"""What `bin/export` writes, read by the programs that people read Parquet with."""

from __future__ import annotations

import json
from datetime import UTC
from pathlib import Path
from typing import Any

import duckdb
import pandas
import pyarrow.parquet as pq
import pytest

from include.cli.describe_data import collection_schemas
from include.cli.export_command import main
from include.jobs import limits
from include.store.arrow_types import DamagedDocument, arrow_row, arrow_schema
from include.store.documents import COLLECTIONS
from include.store.export import _TYPES, MONTHS_OF
from include.store.outcomes import record
from include.terminal.errors import CommandError, UsageError
from tests.cli.test_backup_command import jobs as jobs  # the fixture
from tests.pipeline.test_load import MongoDatabase, batch, store
from tests.support.rows import row

SEARCH = "data-engineering-chicago-illinois-50"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "export"


def test_pandas_reads_the_types_of_the_documentation(jobs: MongoDatabase, folder: Path) -> None:
    assert main([str(folder)]) == 0

    positions = pandas.read_parquet(folder / "positions.parquet")
    (first, _) = stored = [*jobs.positions.find(sort=[("_id", 1)])]
    assert [*positions["_id"]] == [each["_id"] for each in stored]
    assert str(positions["first_seen_at"].dtype) == "datetime64[ms, UTC]"
    assert positions["first_seen_at"][0] == first["first_seen_at"].replace(tzinfo=UTC)
    assert positions["annual_pay"][0] == first["annual_pay"]
    assert [*positions["PositionLocation"][0]] == first["PositionLocation"]
    ((search, match),) = positions["matches"][0]
    assert (search, match["level"]) == (SEARCH, first["matches"][SEARCH]["level"])
    runs = pandas.read_parquet(folder / "runs.parquet")
    assert json.loads(dict(runs["parameters"][0])["location"]) == "Chicago, Illinois"
    assert len(pandas.read_parquet(folder / "position_versions.parquet")) == 2


def test_what_became_of_a_position_is_a_map_of_first_days(
    jobs: MongoDatabase, folder: Path
) -> None:
    record(jobs, ["1"], {"1": "candidate selected"}, jobs.runs.find()[0]["read_at"])
    assert main([str(folder)]) == 0
    known, unknown = pandas.read_parquet(folder / "positions.parquet")["outcome"]
    assert known["status"] == "candidate selected"
    assert [status for status, _ in known["first_seen"]] == ["candidate selected"]
    assert unknown is None


@pytest.mark.parametrize("options", [[], ["--by-month"]])
def test_duckdb_reads_one_file_or_a_folder_of_months(
    options: list[str], jobs: MongoDatabase, folder: Path
) -> None:
    store(jobs, batch(row("3"), day=40), "another")
    assert main([str(folder), *options]) == 0

    files = f"{folder}/positions/**/*.parquet" if options else f"{folder}/positions.parquet"
    query = f"""
        SELECT strftime(first_seen_at AT TIME ZONE 'UTC', '%Y-%m') AS seen, count(*),
               min(matches['{SEARCH}'].score), min(annual_pay.minimum), min(len(PositionLocation))
        FROM '{files}' GROUP BY seen ORDER BY seen
    """  # noqa: S608
    (november, december) = duckdb.sql(query).fetchall()
    assert (november[:2], december[:2]) == (("2026-11", 2), ("2026-12", 1))
    assert all(value is not None for value in (*november, *december))
    if options:
        by_month = duckdb.sql(
            f"SELECT month, count(*) FROM '{files}' GROUP BY month ORDER BY month"  # noqa: S608
        )
        assert by_month.fetchall() == [("2026-11", 2), ("2026-12", 1)]


@pytest.mark.parametrize(
    ("collection", "damage", "reason"),
    [
        ("positions", {"$set": {"PositionTitle": 5}}, "PositionTitle is not text, but of the"),
        ("positions", {"$set": {"remote": "yes"}}, "remote is not true or false"),
        ("positions", {"$unset": {"content_hash": 1}}, "content_hash is missing"),
        ("positions", {"$set": {"first_seen_at": "2026"}}, "first_seen_at is not a date"),
        ("positions", {"$set": {f"matches.{SEARCH}.score": "9"}}, "score is not a whole number"),
        ("positions", {"$set": {"PositionLocation": "here"}}, "PositionLocation is not a list"),
        ("position_versions", {"$set": {"content": [1]}}, "content is not an object"),
        ("runs", {"$set": {"pages": True}}, "pages is not a whole number"),
    ],
)
@pytest.mark.parametrize("options", [[], ["--by-month"]])
def test_a_damaged_document_is_named_and_costs_itself_only(
    collection: str,
    damage: dict[str, Any],
    reason: str,
    options: list[str],
    jobs: MongoDatabase,
    folder: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    spoilt = jobs[collection].find_one_and_update({}, damage)
    assert spoilt

    assert main([str(folder), *options]) == 1

    said = " ".join(capsys.readouterr().err.split())
    assert f"{collection}, {spoilt['_id']}: " in said
    assert reason in said
    assert "1 document left out" in said
    total = sum(len(pq.read_table(file)) for file in folder.rglob("*.parquet"))
    assert total == sum(jobs[name].count_documents({}) for name in MONTHS_OF) - 1


def test_what_exists_is_replaced_only_on_request(jobs: MongoDatabase, folder: Path) -> None:
    main([str(folder)])
    before = (folder / "positions.parquet").stat()
    for options in ([], ["--by-month"]):
        with pytest.raises(UsageError, match=r"positions\.parquet already exists.*--overwrite"):
            main([str(folder), *options])
    assert (folder / "positions.parquet").stat() == before

    for options, expected in ((["--by-month"], 3), ([], 3)):
        assert main([str(folder), "--overwrite", *options]) == 0
        assert len([*folder.rglob("*.parquet")]) == expected
        assert len([*folder.iterdir()]) == 3


def test_files_of_others_are_kept(jobs: MongoDatabase, folder: Path) -> None:
    (folder / "positions").mkdir(parents=True)
    mine = folder / "positions" / "notes.txt"
    mine.write_text("mine")
    with pytest.raises(UsageError, match=r"notes\.txt is no part of an export"):
        main([str(folder), "--overwrite"])
    assert mine.read_text() == "mine"


def test_an_export_that_fails_leaves_the_earlier_one(
    jobs: MongoDatabase, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    main([str(folder)])
    before = {file: file.read_bytes() for file in folder.iterdir()}

    def full(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pyarrow.parquet.ParquetWriter.write_batch", full)
    with pytest.raises(CommandError, match="No space left on device"):
        main([str(folder), "--overwrite"])
    assert {file: file.read_bytes() for file in folder.iterdir()} == before


def test_an_empty_database_has_files_with_types(
    database: MongoDatabase, jobs: MongoDatabase, folder: Path
) -> None:
    for name in MONTHS_OF:
        jobs[name].delete_many({})
    assert main([str(folder)]) == 0
    for name in MONTHS_OF:
        table = pq.read_table(folder / f"{name}.parquet")
        assert (len(table), table.schema) == (0, arrow_schema(COLLECTIONS[name]))


def test_rows_are_written_in_groups_of_limited_size(
    jobs: MongoDatabase, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "EXPORT_GROUP_BYTES", 1)
    main([str(folder)])
    assert pq.ParquetFile(folder / "positions.parquet").num_row_groups == 2


@pytest.mark.parametrize("name", MONTHS_OF)
def test_the_columns_are_the_documented_fields(name: str) -> None:
    documented = collection_schemas()[name]["properties"]
    assert arrow_schema(COLLECTIONS[name]).names == [*documented]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("PositionTitle", "\ud800"),
        ("_id", None),
        ("grade", {"plan": "GS", "low": 1.5}),
        ("annual_pay", {"minimum": 1}),
        ("matches", []),
    ],
)
def test_a_value_that_the_definition_does_not_allow_is_damage(
    field: str, value: object, jobs: MongoDatabase
) -> None:
    (document, *_) = jobs.with_options(codec_options=_TYPES).positions.find()
    arrow_row(COLLECTIONS["positions"], document)
    with pytest.raises(DamagedDocument, match=field):
        arrow_row(COLLECTIONS["positions"], {**document, field: value})
