"""A database with enough in it for MongoDB to choose between its indexes."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest
from pymongo import MongoClient

from tests.include.page.queries import Command, recorded
from tests.include.page.stored import MongoDatabase, store_many


@pytest.fixture(scope="session")
def many_stored(mongod_port: int) -> Iterator[str]:
    """The name of a database with thousands of positions, which no test changes."""
    name = f"test_{uuid.uuid4().hex}"
    with MongoClient("127.0.0.1", mongod_port, tz_aware=True) as client:
        store_many(client[name], 3000)
        yield name
        client.drop_database(name)


@pytest.fixture
def many(mongod_port: int, many_stored: str) -> Iterator[tuple[MongoDatabase, list[Command]]]:
    """That database, and the list to which each command that reads from it is added."""
    with recorded(mongod_port, many_stored) as watched:
        yield watched
