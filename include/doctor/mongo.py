"""Checks a MongoDB server and the rights on the jobs database, without writing anything."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from pymongo import IndexModel, ReadPreference
from pymongo.database import Database
from pymongo.errors import (
    ConfigurationError,
    OperationFailure,
    PyMongoError,
)

from include.doctor.findings import Finding, note, ok, problem
from include.doctor.folders import disk_space
from include.jobs import limits
from include.jobs.formatting import count
from include.store.collections import POSITIONS
from include.store.documents import Document
from include.store.indexes import INDEXES, is_superseded, search_index

Jobs = Database[Document]
Privileges = list[Mapping[str, Any]]

OLDEST, NEWEST = 6, 8
"""The major versions that the project is tested with."""

MAX_INDEXES = 64
"""That MongoDB allows for a collection."""

NEEDED_ACTIONS = (
    *("find", "insert", "update", "remove"),
    *("createCollection", "createIndex", "listIndexes", "listCollections"),
)
RIGHTS_ADVICE = "Give the user of the connection `mongo` the role readWrite on this database."
AUTHENTICATION_FAILED, UNAUTHORIZED = 18, 13


def check_mongo(database: Jobs, searches: Iterable[str]) -> Iterator[Finding]:
    """Check the server, then what a run needs of it; `searches` are the keys of the searches."""
    try:
        hello = database.client.admin.command("hello")
        database.list_collection_names()
        yield _server(database, hello)
    except PyMongoError as error:
        yield _unreachable(error)
        return
    yield from _settings(database, hello)
    for part in (_rights(database), _indexes(database, searches), _disk(database), _clock(hello)):
        try:
            yield from part
        except PyMongoError as error:
            yield note(f"MongoDB refused a question ({_error(error)}), so this is not known.")


def _server(database: Jobs, hello: Mapping[str, Any]) -> Finding:
    version = str(database.client.server_info()["version"])
    kind = f"replica set {hello['setName']}" if "setName" in hello else "a single server"
    if hello.get("msg") == "isdbgrid":
        kind = "a sharded cluster"
    elif is_documentdb(database):
        kind = "Amazon DocumentDB"
    words = f"MongoDB {version} ({kind}) is reachable; the database is {database.name}."
    major = int(version.partition(".")[0]) if version[:1].isdecimal() else 0
    versions = {"MongoDB": f"{version}, {kind.partition(' rs')[0]}"}
    if OLDEST <= major <= NEWEST or kind == "Amazon DocumentDB":
        return ok(words, versions=versions)
    advice = f"The project is tested with MongoDB {OLDEST}.0 to {NEWEST}."
    return note(words, advice, versions=versions)


def is_documentdb(database: Jobs) -> bool:
    """Return whether the server is Amazon DocumentDB, by its host name."""
    hosts = {host for host, _ in database.client.nodes}
    return any(host.casefold().endswith("docdb.amazonaws.com") for host in hosts)


def _unreachable(error: PyMongoError) -> Finding:
    if isinstance(error, ConfigurationError):
        return problem(
            f"The connection `mongo` can't be used: {_reason(error)}.", "Correct the connection."
        )
    if isinstance(error, OperationFailure):
        if error.code == AUTHENTICATION_FAILED:
            return problem(
                "MongoDB refuses the login of the connection `mongo`.",
                "Correct its login and password, and in its extra authSource, which is the "
                "database that the user is defined in.",
            )
        return problem(f"MongoDB refuses access ({_error(error)}).", RIGHTS_ADVICE)
    return problem(
        f"MongoDB can't be reached: {_reason(error)}.",
        "Start the server, or correct host, port and TLS of the connection `mongo`.",
    )


def _reason(error: PyMongoError) -> str:
    """Return why a server can't be reached; not the whole text, which may quote the connection."""
    text = str(error)
    if isinstance(error, ConfigurationError):
        return "its host or an option in its extra is not valid"
    for pattern, reason in (
        ("CERTIFICATE_VERIFY_FAILED|certificate", "its TLS certificate is not trusted"),
        ("SSL|TLS", "no secure connection; does the server use TLS?"),
        ("Errno -[235]|getaddrinfo|nodename", "its host name can't be resolved (DNS)"),
        ("refused", "the connection was refused"),
        ("No primary|No replica set members", "the replica set has no primary, or another name"),
        ("timed out|[Tt]imeout", "there was no answer in time"),
        ("connection closed|reset", "the connection was cut off; does the server use TLS?"),
    ):
        if re.search(pattern, text.split(", Topology Description")[0]):
            return reason
    return type(error).__name__


def _error(error: PyMongoError) -> str:
    """Return MongoDB's own name of an error."""
    details = getattr(error, "details", None)
    name = details.get("codeName") if isinstance(details, dict) else None
    return str(name or type(error).__name__)


def _settings(database: Jobs, hello: Mapping[str, Any]) -> Iterator[Finding]:
    if database.read_preference != ReadPreference.PRIMARY and "setName" in hello:
        yield problem(
            "The connection's extra lets reads go to secondaries, but `load` compares with what "
            "it has just written.",
            'Remove "readPreference" from the extra of the connection `mongo`.',
        )
    if is_documentdb(database) and database.client.options.retry_writes:
        yield problem(
            "DocumentDB has no retryable writes, and the connection asks for them.",
            'Add "retryWrites": false to the extra of the connection `mongo`.',
        )


def _rights(database: Jobs) -> Iterator[Finding]:
    """Compare the privileges of the login with what a run needs."""
    status = database.command({"connectionStatus": 1, "showPrivileges": True})["authInfo"]
    if not status["authenticatedUsers"]:
        yield ok("MongoDB asks for no login, so everybody who reaches it has all rights.")
        return
    missing = missing_actions(status.get("authenticatedUserPrivileges", []), database.name)
    if missing:
        yield problem(
            f"The login lacks rights on the database {database.name}: {', '.join(missing)}.",
            RIGHTS_ADVICE,
        )
    else:
        yield ok("The login may read, write and create indexes.")


def missing_actions(privileges: Privileges, database: str) -> list[str]:
    """Return the actions that a run needs on every collection and that were not granted."""
    whole, single = set[str](), dict[str, set[str]]()
    for privilege in privileges:
        resource, actions = privilege["resource"], set(privilege["actions"])
        if resource.get("anyResource"):
            whole |= actions
        elif resource.get("db") in ("", database):
            if collection := resource.get("collection"):
                single.setdefault(collection, set()).update(actions)
            else:
                whole |= actions
    everywhere = set.intersection(*(single.get(name, set()) for name in INDEXES))
    return [each for each in NEEDED_ACTIONS if each not in whole | everywhere]


def _indexes(database: Jobs, searches: Iterable[str]) -> Iterator[Finding]:
    """Compare the indexes with those that the next `load` makes sure of."""
    missing = 0
    clashes: list[str] = []
    wanted = {name: list(indexes) for name, indexes in INDEXES.items()}
    of_searches = [search_index(search) for search in searches]
    wanted[POSITIONS] += of_searches
    present = {name: database[name].index_information() for name in wanted}
    for name, indexes in wanted.items():
        for index in indexes:
            state = _index_state(index, present[name])
            missing += state == "missing"
            clashes += [f"{name}.{index.document['name']}"] if state == "clash" else []
    if clashes:
        yield problem(
            f"Another index is in the place of {', '.join(clashes)}, so `load` can't create its "
            "own.",
            "Drop the index that has the same name or fields; `load` then creates the right one.",
        )
    elif missing:
        yield ok(f"{count(missing, 'index', 'indexes')} will be created by the next `load`.")
    else:
        yield ok("All indexes are there.")
    others = {
        name
        for name, index in present[POSITIONS].items()
        if name != "_id_" and not is_superseded(POSITIONS, name, index)
    }
    total = (
        1
        + len(others)
        + sum(_index_state(index, present[POSITIONS]) == "missing" for index in wanted[POSITIONS])
    )
    if total > MAX_INDEXES:
        yield note(
            f"The collection {POSITIONS} has no room for the indexes of all searches.",
            "Drop those of searches that you no longer run; each is named like its search.",
        )


def _index_state(index: IndexModel, present: Mapping[str, Mapping[str, Any]]) -> str:
    """Return whether an index is "there", "missing", or "clash"es with another one."""
    wanted = index.document
    keys, options = list(wanted["key"].items()), _options(wanted)
    if found := present.get(wanted["name"]):
        return "there" if (list(found["key"]), _options(found)) == (keys, options) else "clash"
    same = (_options(each) for each in present.values() if list(each["key"]) == keys)
    # An index with the same fields is in the way unless it is a different partial one.
    partial = options.get("partialFilterExpression")
    return (
        "clash"
        if any(each.get("partialFilterExpression") == partial for each in same)
        else "missing"
    )


def _options(index: Mapping[str, Any]) -> dict[str, Any]:
    names = ("unique", "sparse", "expireAfterSeconds", "partialFilterExpression", "hidden")
    return {name: index[name] for name in names if index.get(name)}


def _disk(database: Jobs) -> Iterator[Finding]:
    stats = database.command("dbStats")
    total, used = stats.get("fsTotalSize"), stats.get("fsUsedSize")
    if total and used is not None:
        yield disk_space("MongoDB's disk", int(total - used))


def _clock(hello: Mapping[str, Any]) -> Iterator[Finding]:
    local = hello.get("localTime")
    if not isinstance(local, datetime):
        return
    off = datetime.now(UTC) - local.replace(tzinfo=UTC)
    if abs(off) > timedelta(seconds=limits.CLOCK_TOLERANCE_SECONDS):
        yield note(
            f"MongoDB's clock differs from this machine's by {abs(off).total_seconds():.0f} s.",
            "Runs don't use it, but one of the two is wrong.",
        )
