"""`bin/cluster`, on a real replica set; of a sharded cluster there is no mongos here.

The set has one member, which needs no election: one of three takes ten seconds for that.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from typing import Any

import pytest
from pymongo.monitoring import CommandListener, CommandStartedEvent
from rich.console import Console

from include.cli.cluster_command import CONNECTION, SHARDED, main, shard
from include.local.connections import mongo_client
from include.local.ports import LOOPBACK
from include.terminal.errors import CommandError, UsageError
from tests.faults.own_mongod import OwnMongod
from tests.support.chain import stored, transformed
from tests.support.rows import answer, row

QUIET = Console(quiet=True)
LATER = "2026-11-24T12:00:00.000+00:00"


@pytest.fixture(scope="module")
def members(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[OwnMongod]]:
    """Two servers that could be members of a replica set, and are none yet."""
    with ExitStack() as running:
        servers = []
        for number in range(2):
            folder = tmp_path_factory.mktemp(f"member-{number}")
            servers.append(OwnMongod(folder, replica_set=True))
            servers[-1].launch()
            running.callback(servers[-1].kill)
        yield servers


def connection(members: list[OwnMongod], name: str = "one") -> dict[str, str]:
    hosts = ",".join(f"{LOOPBACK}:{member.port}" for member in members)
    extra = {"replicaSet": name, "serverSelectionTimeoutMS": 60_000}
    fields = {"conn_type": "mongo", "host": hosts, "schema": "jobs", "extra": extra}
    return {CONNECTION: json.dumps(fields)}


class Upserts(CommandListener):
    """The filters of all upserts of the sharded collections."""

    def __init__(self) -> None:
        self.filters: list[Mapping[str, Any]] = []

    def started(self, event: CommandStartedEvent) -> None:
        if event.command_name == "update" and event.command["update"] in SHARDED:
            updates = event.command["updates"]
            self.filters += [update["q"] for update in updates if update.get("upsert")]

    def succeeded(self, _: Any) -> None:
        """Nothing to note."""

    def failed(self, _: Any) -> None:
        """Nothing to note."""


def test_servers_become_a_set_that_takes_a_load_and_a_second_time_nothing_changes(
    members: list[OwnMongod], capsys: pytest.CaptureFixture[str]
) -> None:
    given = connection(members[:1])
    assert main(["replica-set"], given) == 0
    assert "✓ The replica set one of 1; its primary is 127.0.0.1:" in capsys.readouterr().out
    assert main(["replica-set"], given) == 0

    upserts = Upserts()
    with mongo_client(given[CONNECTION], event_listeners=[upserts]) as client:
        stored(client["jobs"], transformed(answer(row("1"), row("2"))))
        amended = answer(row("1", PositionTitle="Data Engineer, amended"), at=LATER)
        stored(client["jobs"], transformed(amended), "later")
        assert client["jobs"].positions.count_documents({}) == 2
        config = client.admin.command("replSetGetConfig")["config"]
    assert (config["version"], len(config["members"])) == (1, 1)
    # Through a mongos an upsert has to name the shard key, and by equality.
    assert upserts.filters
    assert all(isinstance(each["_id"], str) for each in upserts.filters)


def test_a_set_that_is_there_is_not_changed(members: list[OwnMongod]) -> None:
    main(["replica-set"], connection(members[:1]))

    with pytest.raises(CommandError, match="There is the replica set one already, of 127"):
        main(["replica-set"], connection(members))


def test_a_replica_set_is_not_sharded(members: list[OwnMongod]) -> None:
    main(["replica-set"], connection(members[:1]))

    with pytest.raises(UsageError, match="no mongos"):
        main(["shard"], connection(members[:1]))


@pytest.mark.parametrize(
    ("arguments", "environ", "why"),
    [
        ([], {CONNECTION: "{}"}, "Usage"),
        (["everything"], {CONNECTION: '{"host": "a"}'}, "Usage"),
        (["shard"], {}, f"Usage: .*{CONNECTION}='"),
        (["replica-set"], {CONNECTION: '{"host": "a"}'}, 'add "replicaSet" to "extra"'),
    ],
)
def test_what_is_missing_is_named(arguments: list[str], environ: Any, why: str) -> None:
    with pytest.raises(UsageError, match=why):
        main(arguments, environ)


class Mongos:
    """What `shard` asks of a client, with a mongos's answer; it notes everything else."""

    def __init__(self) -> None:
        self.asked: list[Any] = []
        self.admin = self

    def command(self, name: str, value: Any = None, **options: Any) -> dict[str, Any]:
        if name == "hello":
            return {"msg": "isdbgrid"}
        self.asked.append((name, value, options))
        return {}

    def __getitem__(self, _: str) -> Mongos:
        return self

    def create_index(self, keys: Any) -> None:
        self.asked.append(("create_index", keys))


def test_the_large_collections_are_sharded_by_their_hashed_id_and_no_other() -> None:
    mongos: Any = Mongos()

    shard(mongos, "jobs", QUIET)

    assert mongos.asked == [
        step
        for name in ("positions", "position_versions")
        for step in (
            ("create_index", [("_id", "hashed")]),
            ("shardCollection", f"jobs.{name}", {"key": {"_id": "hashed"}}),
        )
    ]
