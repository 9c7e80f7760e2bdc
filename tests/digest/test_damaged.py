"""A digest beside damaged documents: each costs itself only."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from tests.digest.digest_runs import ADA, DigestRuns, MongoDatabase, in_section, match
from tests.support.damage import POSITION_DAMAGE


def test_a_damaged_position_is_left_out_until_a_run_has_repaired_it(
    database: MongoDatabase, caplog: pytest.LogCaptureFixture
) -> None:
    digest_runs = DigestRuns(database)
    kinds = dict(enumerate(POSITION_DAMAGE, 1))
    rows = [match(str(number)) for number in [0, *kinds]]
    digest_runs.run(0, *rows)
    for number, kind in kinds.items():
        database.positions.update_one({"_id": str(number)}, POSITION_DAMAGE[kind])
    with caplog.at_level(logging.WARNING):
        digest_runs.send(0)
    sent = set(database.notifications.distinct("control_number"))
    assert "0" in sent
    for number, kind in kinds.items():
        if kind in ("title number", "closes_at text", "pay NaN", "score NaN", "location text"):
            assert str(number) not in sent, kind
            assert f"position {number} is left out" in caplog.text
    assert digest_runs.run_and_send(1, *rows)
    assert set(database.notifications.distinct("control_number")) == {
        str(number) for number in [0, *kinds]
    }


@pytest.mark.parametrize("damage", [{"observed_at": "x"}, {"tries": None, "sent_at": "x"}])
def test_nothing_is_sent_twice_where_its_record_is_damaged(
    database: MongoDatabase, damage: dict[str, Any]
) -> None:
    digest_runs = DigestRuns(database)
    digest_runs.run_and_send(0, match("1"))
    database.notifications.update_many({}, {"$set": damage})
    assert digest_runs.run_and_send(1, match("1")) == []
    assert database.notifications.count_documents({"recipient": str(ADA)}) > 0
    assert in_section(digest_runs.run_and_send(2, match("1"), match("2")), "MATCH") == {"2"}


@pytest.mark.parametrize(
    "damage", [{"control_number": ["1"]}, {"user": 5}, {"may_run": "x"}, {"hidden": "x"}]
)
def test_a_damaged_mark_costs_no_digest(database: MongoDatabase, damage: dict[str, Any]) -> None:
    digest_runs = DigestRuns(database)
    digest_runs.mark(["1", "2"], hidden=True)
    database.marks.update_one({"control_number": "1"}, {"$set": damage})
    assert "3" in in_section(digest_runs.run_and_send(0, *map(match, "123")), "MATCH")


def test_what_turns_out_to_be_damaged_where_it_is_shown_is_told_once_it_is_repaired(
    database: MongoDatabase,
) -> None:
    digest_runs = DigestRuns(database)
    digest_runs.run(0, match("1"), match("2"))
    database.positions.update_one({"_id": "2"}, {"$set": {"PositionLocation.0.LocationName": 5}})
    assert in_section(digest_runs.send(0), "MATCH") == {"1"}
    assert "2" not in database.notifications.distinct("control_number")
    assert in_section(digest_runs.run_and_send(1, match("1"), match("2")), "MATCH") == {"2"}
