"""The two Airflow connections of a local run, and a MongoDB client for `mongo`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_plus, urlsplit

from include.local.ports import LOOPBACK
from include.local.settings import where
from include.store.collections import DATABASE
from include.terminal.errors import CommandError, UsageError
from include.usajobs.api_key import SAMPLE_KEY, USAJOBS_HOST

if TYPE_CHECKING:
    from pymongo import MongoClient

    from include.store.documents import Document

MONGO_EXAMPLE = json.dumps(
    {
        "conn_type": "mongo",
        "host": "db.example.org",
        "port": 27017,
        "login": "…",
        "password": "…",
        "schema": DATABASE,
        "extra": {"authSource": "admin"},
    },
    ensure_ascii=False,
)


USAJOBS_EXAMPLE = json.dumps(
    {"conn_type": "http", "host": USAJOBS_HOST, "login": "you@example.org", "password": "…"},
    ensure_ascii=False,
)


@dataclass(frozen=True)
class Connections:
    """Values of `AIRFLOW_CONN_*`, with secrets; children get them through the environment only."""

    usajobs: str = field(repr=False)
    mongo: str = field(repr=False)
    sample_api: bool
    embedded_mongod: bool

    def environment(self) -> dict[str, str]:
        """Return the variables that Airflow reads its connections from."""
        return {"AIRFLOW_CONN_USAJOBS": self.usajobs, "AIRFLOW_CONN_MONGO": self.mongo}


def choose_connections(
    settings: Mapping[str, str], *, mongo_port: int, sample_port: int
) -> Connections:
    """Choose the API and the database.

    `AIRFLOW_CONN_USAJOBS` wins over the account's e-mail and key, which win over the sample API;
    `AIRFLOW_CONN_MONGO` wins over the embedded server.

    Raises:
        UsageError: the account is incomplete, or `AIRFLOW_CONN_MONGO` is not valid.
    """
    usajobs = usajobs_connection(settings)
    mongo = settings.get("AIRFLOW_CONN_MONGO")
    if mongo:
        read_mongo_connection(mongo)
    return Connections(
        usajobs=usajobs or sample_connection(f"http://{LOOPBACK}:{sample_port}"),
        mongo=mongo or embedded_connection(mongo_port),
        sample_api=not usajobs,
        embedded_mongod=not mongo,
    )


def usajobs_connection(settings: Mapping[str, str]) -> str | None:
    """Return the connection that is set, or else the account's, or None.

    Raises:
        UsageError: the connection can't be read, or the account is incomplete.
    """
    given = settings.get("AIRFLOW_CONN_USAJOBS")
    if given and not _has_host(given):
        raise UsageError(
            f"{where('AIRFLOW_CONN_USAJOBS')} is not an Airflow connection with a host. Write it "
            f"as one line of JSON, for example: AIRFLOW_CONN_USAJOBS='{USAJOBS_EXAMPLE}'"
        )
    return given or _account(settings)


def sample_connection(address: str) -> str:
    """Return the connection to a sample API, which accepts every account."""
    return _connection_with_key(address, "you@example.org", SAMPLE_KEY)


def embedded_connection(port: int) -> str:
    """Return the connection to the embedded MongoDB."""
    return json.dumps({"conn_type": "mongo", "host": LOOPBACK, "port": port, "schema": DATABASE})


def read_mongo_connection(value: str) -> dict[str, Any]:
    """Return the fields of a connection in JSON form, `extra` as a dictionary.

    The URI form is not accepted: Airflow turns its options into strings, and "false" counts as
    true.

    Raises:
        UsageError: it is not in JSON form, or has no host.
    """
    try:
        fields = json.loads(value)
        extra = fields.get("extra") or {}
        fields["extra"] = json.loads(extra) if isinstance(extra, str) else dict(extra)
    except (ValueError, TypeError, AttributeError) as error:
        raise UsageError(
            f"{where('AIRFLOW_CONN_MONGO')} is not in JSON form. Write it as one line of JSON, for "
            f"example: AIRFLOW_CONN_MONGO='{MONGO_EXAMPLE}'"
        ) from error
    if not fields.get("host"):
        raise UsageError(
            f"{where('AIRFLOW_CONN_MONGO')} has no host. An example is: '{MONGO_EXAMPLE}'"
        )
    return dict(fields)


def mongo_client(connection: str, **options: Any) -> MongoClient[Document]:
    """Return a client that interprets the connection as Airflow's MongoHook does."""
    # Imported here, because bin/airflow imports this file and needs no client.
    from pymongo import MongoClient

    fields = read_mongo_connection(connection)
    extra = dict(fields["extra"])
    scheme = "mongodb+srv" if extra.pop("srv", False) else "mongodb"
    address = str(fields["host"])
    if fields.get("login") is not None and fields.get("password") is not None:
        address = f"{quote_plus(fields['login'])}:{quote_plus(fields['password'])}@{address}"
    if fields.get("port"):
        address = f"{address}:{fields['port']}"
    encrypted = any(str(extra.get(name, False)).lower() == "true" for name in ("ssl", "tls"))
    if str(extra.pop("allow_insecure", False)).lower() == "true" and encrypted:
        extra.pop("ssl", None)
        extra["tlsAllowInvalidCertificates"] = True
    uri = f"{scheme}://{address}/{fields.get('schema') or ''}"
    return MongoClient(uri, **{**extra, "tz_aware": True, **options})


def database_name(connection: str) -> str:
    """Return the name of the connection's database."""
    return str(read_mongo_connection(connection).get("schema") or DATABASE)


def server_version(connection: str, seconds: float = 10) -> str:
    """Return the server's version, as proof that it can be reached and accepts the login.

    Raises:
        CommandError: it can't be reached, or refuses the login.
    """
    from pymongo.errors import PyMongoError

    try:
        with mongo_client(connection, serverSelectionTimeoutMS=round(seconds * 1000)) as client:
            client[database_name(connection)].list_collection_names()
            return str(client.server_info()["version"])
    except PyMongoError as error:
        reason = str(error).split(", Timeout:")[0].split(" (configured timeouts")[0]
        raise CommandError(
            f"MongoDB at {read_mongo_connection(connection)['host']} can't be used: {reason}. "
            "Check the server and AIRFLOW_CONN_MONGO."
        ) from error


def _has_host(connection: str) -> bool:
    """Return whether a connection, in JSON form or as a URI, names a host."""
    try:
        if connection.startswith("{"):
            return bool(json.loads(connection).get("host"))
        return bool(urlsplit(connection).netloc)
    except ValueError:
        return False


def _account(settings: Mapping[str, str]) -> str | None:
    email, key = settings.get("USAJOBS_EMAIL"), settings.get("USAJOBS_API_KEY")
    if email and key:
        return _connection_with_key(USAJOBS_HOST, email, key)
    if email or key:
        given, missing = ("USAJOBS_EMAIL", "USAJOBS_API_KEY")[:: 1 if email else -1]
        raise UsageError(
            f"{where(given)} is set and {missing} is not. USAJOBS requires both, the e-mail "
            "address and its API key: set both, or neither to use the sample API."
        )
    return None


def _connection_with_key(host: str, email: str, key: str) -> str:
    return json.dumps({"conn_type": "http", "host": host, "login": email, "password": key})
