"""The checks of MongoDB against a real server, with users of several rights."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pymongo import ASCENDING, MongoClient
from pymongo.database import Database
from pymongo.errors import OperationFailure

from include.doctor import mongo
from include.doctor.findings import Finding, State
from include.doctor.mongo import NEEDED_ACTIONS, check_mongo, missing_actions
from include.local.ports import LOOPBACK, free_port
from include.store.collections import POSITIONS
from include.store.indexes import INDEXES, ensure_indexes

Jobs = Database[dict[str, Any]]
SEARCH = "data-engineering-chicago-illinois-50"
LOGIN = "s3cret:/@password"


def states(found: list[Finding]) -> set[State]:
    return {finding.state for finding in found}


def problems(database: Jobs) -> list[str]:
    found = check_mongo(database, [SEARCH])
    return [finding.message for finding in found if finding.state == State.PROBLEM]


def connected(**options: Any) -> MongoClient[dict[str, Any]]:
    return MongoClient(LOOPBACK, serverSelectionTimeoutMS=200, **options)


def test_a_server_that_is_well_is_named_and_nothing_is_written(database: Jobs) -> None:
    found = list(check_mongo(database, [SEARCH]))
    assert states(found) == {State.OK}
    assert f"the database is {database.name}" in found[0].message
    assert found[0].versions.keys() == {"MongoDB"}
    assert database.list_collection_names() == []


def test_indexes_are_counted_until_they_are_there(database: Jobs) -> None:
    count = sum(map(len, INDEXES.values())) + 1
    before = [finding.message for finding in check_mongo(database, [SEARCH])]
    assert f"{count} indexes will be created by the next `load`." in before
    ensure_indexes(database, [SEARCH])
    after = [finding.message for finding in check_mongo(database, [SEARCH])]
    assert "All indexes are there." in after


IN_THE_WAY: dict[str, dict[str, Any]] = {
    "other options": {"keys": [("announcement_keys", ASCENDING)], "unique": True},
    "another name": {"keys": [("announcement_keys", ASCENDING)], "name": "mine"},
    "other fields": {"keys": [("x", ASCENDING)], "name": "announcement_keys_1"},
    "the name of a search": {"keys": [("x", ASCENDING)], "name": SEARCH},
}


@pytest.mark.parametrize("kind", IN_THE_WAY)
def test_an_index_in_the_way_of_load_is_a_problem(database: Jobs, kind: str) -> None:
    database[POSITIONS].create_index(**IN_THE_WAY[kind])
    (words,) = problems(database)
    assert "Another index is in the place of positions." in words
    with pytest.raises(OperationFailure):
        ensure_indexes(database, [SEARCH])


def test_an_index_of_ones_own_is_none(database: Jobs) -> None:
    database[POSITIONS].create_index([("annual_pay.maximum", ASCENDING)])
    database[POSITIONS].create_index(
        [("closes_at", ASCENDING)], name="some", partialFilterExpression={"remote": True}
    )
    assert problems(database) == []
    ensure_indexes(database, [SEARCH])


def test_too_many_searches_are_a_remark(database: Jobs) -> None:
    searches = [f"search-{number}" for number in range(59)]
    *_, last = [each for each in check_mongo(database, searches) if each.state != State.OK]
    assert (last.state, "no room" in last.message) == (State.NOTE, True)
    # What the next load drops needs no room.
    database[POSITIONS].create_index("closes_at")
    assert states(list(check_mongo(database, searches[:58]))) == {State.OK}


@pytest.fixture
def login(database: Jobs) -> Iterator[Callable[[str], Jobs]]:
    """Return the database as a user with a role sees it."""
    clients = []

    def as_user(role: str) -> Jobs:
        database.command("createUser", "user", pwd=LOGIN, roles=[role])
        assert database.client.address
        client = connected(
            port=database.client.address[1],
            username="user",
            password=LOGIN,
            authSource=database.name,
        )
        clients.append(client)
        return client[database.name]

    yield as_user
    for client in clients:
        client.close()
    database.command("dropAllUsersFromDatabase")


def test_read_write_is_enough_and_read_is_not(login: Callable[[str], Jobs]) -> None:
    assert problems(login("readWrite")) == []


def test_a_user_who_may_only_read_lacks_rights(login: Callable[[str], Jobs]) -> None:
    (words,) = problems(login("read"))
    assert "lacks rights" in words
    assert "insert, update, remove, createCollection, createIndex" in words


def test_a_wrong_password_is_told_from_a_server_that_is_down(
    database: Jobs, login: Callable[[str], Jobs]
) -> None:
    login("read")
    assert database.client.address
    wrong = {"username": "user", "password": "wrong", "authSource": database.name}
    with connected(port=database.client.address[1], **wrong) as client:
        assert problems(client[database.name]) == [
            "MongoDB refuses the login of the connection `mongo`."
        ]
    with connected(port=free_port(), username="user", password=LOGIN) as client:
        (words,) = problems(client["jobs"])
    assert words == "MongoDB can't be reached: the connection was refused."


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"host": "nowhere.invalid"}, "its host name can't be resolved"),
        ({"tls": True}, "does the server use TLS?"),
        ({"replicaSet": "other"}, "the replica set has no primary, or another name"),
    ],
)
def test_why_a_server_cant_be_reached_is_said(
    database: Jobs, options: dict[str, Any], words: str
) -> None:
    assert database.client.address
    host, port = database.client.address
    target: dict[str, Any] = {"host": host, "port": port, **options}
    with MongoClient[dict[str, Any]](**target, serverSelectionTimeoutMS=300) as client:
        (found,) = problems(client["jobs"])
    assert words in found


def privilege(*actions: str, **resource: Any) -> dict[str, Any]:
    return {"resource": resource, "actions": list(actions)}


def test_rights_on_all_databases_or_on_each_collection_count_too() -> None:
    for resource in ({"anyResource": True}, {"db": "", "collection": ""}, {"db": "jobs"}):
        assert missing_actions([privilege(*NEEDED_ACTIONS, **resource)], "jobs") == []
    single = [privilege(*NEEDED_ACTIONS, db="jobs", collection=name) for name in INDEXES]
    assert missing_actions(single, "jobs") == []
    assert missing_actions(single[1:], "jobs") == list(NEEDED_ACTIONS)


def test_rights_on_another_database_dont_count() -> None:
    other = [privilege(*NEEDED_ACTIONS, db="other", collection="")]
    assert missing_actions(other, "jobs") == list(NEEDED_ACTIONS)


class Server:
    """Stands in for a server that is not at hand: its version, host and settings."""

    def __init__(self, version: str, host: str = "db", *, retry_writes: bool = True) -> None:
        self._version = version
        self.nodes = {(host, 27017)}
        self.options: Any = type("Options", (), {"retry_writes": retry_writes})

    def server_info(self) -> dict[str, str]:
        return {"version": self._version}


@pytest.mark.parametrize(
    ("version", "state"),
    [
        ("5.0.14", State.NOTE),
        ("6.0.0", State.OK),
        ("7.0.14", State.OK),
        ("8.2.0", State.OK),
        ("9.0.0", State.NOTE),
    ],
)
def test_other_versions_than_the_tested_ones_are_a_remark(version: str, state: State) -> None:
    database: Any = type("Jobs", (), {"client": Server(version), "name": "jobs"})
    assert mongo._server(database, {}).state == state


@pytest.mark.parametrize("retry_writes", [True, False])
def test_documentdb_needs_retryable_writes_to_be_off(retry_writes: bool) -> None:
    server = Server("5.0.0", "c.docdb.amazonaws.com", retry_writes=retry_writes)
    database: Any = type("Jobs", (), {"client": server, "name": "jobs", "read_preference": 0})
    found = list(mongo._settings(database, {}))
    assert [finding.state for finding in found] == [State.PROBLEM] * retry_writes
    assert mongo._server(database, {}).state == State.OK


@pytest.mark.parametrize(("minutes", "is_wrong"), [(4, False), (6, True), (-6, True)])
def test_a_clock_of_mongodb_that_is_wrong_is_a_remark(minutes: int, is_wrong: bool) -> None:
    local = datetime.now(UTC).replace(tzinfo=None) + timedelta(minutes=minutes)
    found = list(mongo._clock({"localTime": local}))
    assert [finding.state for finding in found] == [State.NOTE] * is_wrong
