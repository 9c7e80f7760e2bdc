"""Facts are stored beside the content, and what changes in them is told as an amendment."""

from __future__ import annotations

from typing import Any

import pytest

from include.store.damage import sound_versions
from include.store.history import amended_facts, amendments
from tests.pipeline.test_load import MongoDatabase, batch, day, only_position, past_day, store
from tests.support.historic_rows import historic_row
from tests.support.rows import row


def secret(clearance: str = "Secret", **details: Any) -> dict[str, Any]:
    return row("1", details={"SecurityClearance": clearance, **details})


def forget_facts(database: MongoDatabase) -> None:
    """Leave what a version that read no facts would have stored."""
    database.positions.update_many({}, {"$unset": {"facts": ""}})
    database.position_versions.update_many({}, {"$unset": {"facts_seen": ""}})


def noticed(database: MongoDatabase) -> list[Any]:
    found = amendments(sound_versions(database.position_versions.find({"control_number": "1"})))
    return [(each.observed_at, each.fields) for each in found]


def test_facts_are_stored_with_their_observation_and_in_the_version(
    database: MongoDatabase,
) -> None:
    store(database, batch(secret()))
    facts = only_position(database)["facts"]
    assert facts["security_clearance"] == "Secret"
    assert (facts["source"], facts["observed_at"]) == ("search", day(0))
    version = database.position_versions.find_one()
    assert version
    seen = version["facts_seen"][facts["facts_hash"]]
    assert seen["facts"]["security_clearance"] == "Secret"
    assert seen["first_observed_at"] == seen["last_observed_at"] == day(0)


def test_a_database_without_facts_gains_them_and_nothing_else_changes(
    database: MongoDatabase,
) -> None:
    rows = [secret(), row("2")]
    store(database, batch(*rows), "first")
    forget_facts(database)
    before = {found["_id"]: found for found in database.positions.find()}
    versions = database.position_versions.distinct("_id")
    receipt = store(database, batch(*rows, day=1), "second")
    assert (receipt["changed"], receipt["unchanged"]) == ([], ["1", "2"])
    assert database.position_versions.distinct("_id") == versions
    for found in database.positions.find():
        assert found["facts"]["observed_at"] == day(1)
        assert found["content_hash"] == before[found["_id"]]["content_hash"]
        assert found["first_seen_at"] == day(0)
    assert noticed(database) == []


def test_an_amended_fact_is_told_and_writes_no_version_of_the_content(
    database: MongoDatabase,
) -> None:
    store(database, batch(secret()), "first")
    (change,) = store(database, batch(secret("Top Secret"), day=1), "second")["changed"]
    assert change["fields"] == {"security_clearance": {"before": "Secret", "after": "Top Secret"}}
    assert database.position_versions.count_documents({}) == 1
    assert noticed(database) == [(day(1), {"security_clearance": ("Secret", "Top Secret")})]
    assert store(database, batch(secret("Top Secret"), day=2), "third")["changed"] == []


def test_content_and_facts_that_change_together_are_one_amendment(
    database: MongoDatabase,
) -> None:
    store(database, batch(secret()), "first")
    amended = row(
        "1", PositionTitle="Data Engineer II", details={"SecurityClearance": "Top Secret"}
    )
    (change,) = store(database, batch(amended, day=1), "second")["changed"]
    assert {*change["fields"]} == {"PositionTitle", "security_clearance"}
    ((at, fields),) = noticed(database)
    assert (at, {*fields}) == (day(1), {"PositionTitle", "security_clearance"})


def test_facts_that_were_observed_earlier_amend_nothing(database: MongoDatabase) -> None:
    store(database, batch(secret("Top Secret"), day=5), "first")
    assert store(database, batch(secret(), day=1), "second")["changed"] == []
    assert only_position(database)["facts"]["security_clearance"] == "Top Secret"


def test_a_fact_that_an_earlier_program_did_not_read_is_no_amendment(
    database: MongoDatabase,
) -> None:
    store(database, batch(secret(TravelCode="2")), "first")
    facts = only_position(database)["facts"]
    database.positions.update_one(
        {}, {"$unset": {"facts.travel": ""}, "$set": {"facts.facts_hash": "0" * 32}}
    )
    seen = {**facts, "facts_hash": None}
    del seen["travel"], seen["facts_hash"], seen["source"], seen["observed_at"]
    old = {"facts": seen, "source": "search", "first_observed_at": day(0)}
    database.position_versions.update_one(
        {}, {"$set": {"facts_seen": {"0" * 32: old | {"last_observed_at": day(0)}}}}
    )
    assert store(database, batch(secret(TravelCode="2"), day=1), "second")["changed"] == []
    assert noticed(database) == []
    (change,) = store(database, batch(secret("Other", TravelCode="2"), day=2), "third")["changed"]
    assert {*change["fields"]} == {"security_clearance"}


def test_a_grade_newly_read_of_the_same_experience_is_no_amendment() -> None:
    unread = {"specialized_experience": {"text": "One year at GS-11.", "grade": None}}
    read = {"specialized_experience": {"text": "One year at GS-11.", "grade": "GS-11"}}
    assert amended_facts(unread, read, same_source=True) == {}
    other = {"specialized_experience": {"text": "Two years at GS-11.", "grade": "GS-11"}}
    assert {*amended_facts(read, other, same_source=True)} == {"specialized_experience"}


@pytest.mark.parametrize(
    ("historic", "fields"),
    [
        ({"securityClearance": "Secret", "travelRequirement": ""}, None),
        ({"securityClearance": "Top Secret"}, {"security_clearance"}),
        ({"securityClearance": ""}, None),
    ],
)
def test_what_the_other_api_does_not_say_is_no_amendment(
    database: MongoDatabase, historic: dict[str, Any], fields: set[str] | None
) -> None:
    past = historic_row(1, promotionPotential="13", **historic)
    store(database, past_day(past, day=0, read_on=1), "past")
    details = {"SecurityClearance": "Secret", "TravelCode": "2", "PromotionPotential": "13"}
    (change,) = store(database, batch(row("1", details=details), day=2), "today")["changed"]
    # The rows of the two APIs differ in their dates.
    assert {*change["fields"]} - {"closes_at", "published_at"} == (fields or set())


def test_a_damaged_entry_of_seen_facts_heals_and_costs_only_itself(
    database: MongoDatabase,
) -> None:
    store(database, batch(secret()), "first")
    first = only_position(database)["facts"]["facts_hash"]
    store(database, batch(secret("Top Secret"), day=1), "second")
    second = only_position(database)["facts"]["facts_hash"]
    database.position_versions.update_one(
        {}, {"$set": {f"facts_seen.{second}.first_observed_at": "x"}}
    )
    assert noticed(database) == []
    assert len(sound_versions(database.position_versions.find())) == 1
    store(database, batch(secret("Top Secret"), day=2), "third")
    version = database.position_versions.find_one()
    assert version
    assert version["facts_seen"][first]["first_observed_at"] == day(0)
    assert version["facts_seen"][second]["first_observed_at"] == day(2)
    assert [at for at, _ in noticed(database)] == [day(2)]


def test_a_batch_of_a_version_that_read_no_facts_is_stored_without(
    database: MongoDatabase,
) -> None:
    handed_on = batch(secret())
    for judged in handed_on["kept"]:
        del judged["facts"], judged["facts_hash"]
    store(database, handed_on)
    assert "facts" not in only_position(database)
    assert store(database, batch(secret(), day=1), "second")["changed"] == []
