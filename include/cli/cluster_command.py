"""`bin/cluster`: starts a replica set, or shards the jobs database, as an administrator.

Both read the Airflow connection `mongo_admin`, in JSON form, from `AIRFLOW_CONN_MONGO_ADMIN`: that
of the DAG with an administrator's login. Both can be run again.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from pymongo import MongoClient
from pymongo.errors import PyMongoError
from rich.console import Console

from include.cli.command import exit_status
from include.local.connections import database_name, mongo_client, read_mongo_connection
from include.store.collections import POSITIONS, VERSIONS
from include.store.documents import Document
from include.terminal.errors import CommandError, UsageError
from include.terminal.progress import step

CONNECTION = "AIRFLOW_CONN_MONGO_ADMIN"
EXAMPLE = (
    '{"conn_type": "mongo", "host": "m1.example.org:27017,m2.example.org:27017,'
    'm3.example.org:27017", "login": "root", "password": "…", "schema": "job_tracker", '
    '"extra": {"replicaSet": "rs0", "authSource": "admin"}}'
)
USAGE = f"Usage: bin/cluster replica-set|shard, with {CONNECTION}='{EXAMPLE}'"

PATIENCE_MS = 60_000
"""How long each member may take to answer, and all to elect a primary."""

SHARDED = (POSITIONS, VERSIONS)
"""The collections that grow with the postings; the others are small."""

SHARD_KEY = {"_id": "hashed"}
"""The one key that the guarded upserts name by equality, and within which `_id` stays unique."""


def main(arguments: Sequence[str], environ: Mapping[str, str] = os.environ) -> int:
    """Do what the one argument says.

    Raises:
        UsageError: another argument, or no connection for it.
        CommandError: MongoDB refuses, or does not answer.
    """
    console = Console(highlight=False)
    connection = environ.get(CONNECTION, "")
    if len(arguments) != 1 or not connection:
        raise UsageError(USAGE)
    try:
        if arguments[0] == "replica-set":
            start_replica_set(connection, console)
        elif arguments[0] == "shard":
            with mongo_client(connection) as client:
                shard(client, database_name(connection), console)
        else:
            raise UsageError(USAGE)
    except PyMongoError as error:
        raise CommandError(f"MongoDB refuses, or does not answer: {error}") from error
    return 0


def start_replica_set(connection: str, console: Console) -> None:
    """Make one replica set of the connection's hosts, and wait until it takes writes.

    Raises:
        UsageError: the connection does not name the set.
        CommandError: a set with other members is there.
    """
    fields = read_mongo_connection(connection)
    name = fields["extra"].get("replicaSet")
    if not name:
        raise UsageError(f'{CONNECTION} does not name the set: add "replicaSet" to "extra".')
    port = fields.get("port") or 27017
    hosts = [host if ":" in host else f"{host}:{port}" for host in str(fields["host"]).split(",")]
    with step(console, f"Starting the replica set {name}") as it:
        for host in hosts:
            with _member(fields, host) as client:
                client.admin.command("hello")
        with _member(fields, hosts[0]) as client:
            if not client.admin.command("hello").get("setName"):
                members = [{"_id": number, "host": host} for number, host in enumerate(hosts)]
                client.admin.command("replSetInitiate", {"_id": name, "members": members})
            _check_members(client, name, hosts)
        with mongo_client(connection, serverSelectionTimeoutMS=PATIENCE_MS) as client:
            primary = client.admin.command("hello")["me"]
        it.done(f"The replica set {name} of {len(hosts)}; its primary is {primary}")


def shard(client: MongoClient[Document], database: str, console: Console) -> None:
    """Distribute the large collections over the shards.

    Raises:
        UsageError: the client's server is no mongos.
    """
    if client.admin.command("hello").get("msg") != "isdbgrid":
        raise UsageError(
            "That server is no mongos, and only one of a sharded cluster takes shard keys. A "
            "replica set needs none."
        )
    for name in SHARDED:
        with step(console, f"Sharding {name}") as it:
            # Needed where documents are stored already.
            client[database][name].create_index(list(SHARD_KEY.items()))
            client.admin.command("shardCollection", f"{database}.{name}", key=SHARD_KEY)
            it.done(f"{database}.{name} is sharded by its hashed _id")


def _member(fields: Mapping[str, Any], host: str) -> MongoClient[Document]:
    """Return a client of one server, whether it is in a set or not."""
    extra = {key: each for key, each in fields["extra"].items() if key != "replicaSet"}
    one = json.dumps({**fields, "host": host, "port": None, "extra": extra})
    return mongo_client(one, directConnection=True, serverSelectionTimeoutMS=PATIENCE_MS)


def _check_members(client: MongoClient[Document], name: str, hosts: list[str]) -> None:
    config: dict[str, Any] = client.admin.command("replSetGetConfig")["config"]
    there = [member["host"] for member in config["members"]]
    if config["_id"] != name or sorted(there) != sorted(hosts):
        raise CommandError(
            f"There is the replica set {config['_id']} already, of {', '.join(there)}: change it "
            f"with rs.add() and rs.remove(), or name it in {CONNECTION}."
        )


if __name__ == "__main__":
    sys.exit(exit_status(main, sys.argv[1:]))
