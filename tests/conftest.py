"""Services that tests share: each is a real one, on 127.0.0.1 and a free port."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from pymongo import MongoClient
from pymongo.database import Database

from include.local.mongod import embedded_mongod


@pytest.fixture(scope="session")
def mongod_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with embedded_mongod(tmp_path_factory.mktemp("mongod")) as server:
        yield server.port


@pytest.fixture
def database(mongod_port: int) -> Iterator[Database[dict[str, Any]]]:
    """An empty database of the test's own."""
    client: MongoClient[dict[str, Any]] = MongoClient("127.0.0.1", mongod_port, tz_aware=True)
    with client:
        name = f"test_{uuid.uuid4().hex}"
        yield client[name]
        client.drop_database(name)
