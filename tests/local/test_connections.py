from __future__ import annotations

import json
from typing import Any

import pytest

from include.local.connections import (
    Connections,
    choose_connections,
    database_name,
    mongo_client,
    server_version,
)
from include.terminal.errors import CommandError, UsageError

ACCOUNT = {"USAJOBS_EMAIL": "seeker@example.org", "USAJOBS_API_KEY": "key-of-the-account"}
CONNECTION = {"AIRFLOW_CONN_USAJOBS": '{"conn_type": "http", "host": "https://proxy.example.org"}'}


def choose(settings: dict[str, str]) -> Connections:
    return choose_connections(settings, mongo_port=27117, sample_port=8090)


def mongo(**fields: Any) -> str:
    return json.dumps({"conn_type": "mongo", "host": "127.0.0.1", **fields})


def test_the_usajobs_connection_wins_over_the_account() -> None:
    chosen = choose({**ACCOUNT, **CONNECTION})

    assert chosen.usajobs == CONNECTION["AIRFLOW_CONN_USAJOBS"]
    assert not chosen.sample_api


@pytest.mark.parametrize(
    "value", ["{", '{"conn_type": "http"}', "https:///", "data.usajobs.gov", "http://["]
)
def test_a_usajobs_connection_without_a_host_is_refused_and_not_quoted(value: str) -> None:
    with pytest.raises(UsageError, match="AIRFLOW_CONN_USAJOBS is not an Airflow conn") as refusal:
        choose({"AIRFLOW_CONN_USAJOBS": value})
    assert f"'{value}'" not in str(refusal.value)


def test_a_usajobs_connection_may_be_a_uri() -> None:
    assert not choose({"AIRFLOW_CONN_USAJOBS": "http://u:key@proxy.example.org/https"}).sample_api


def test_the_account_wins_over_the_sample_api() -> None:
    chosen = choose(ACCOUNT)

    assert json.loads(chosen.usajobs) == {
        "conn_type": "http",
        "host": "https://data.usajobs.gov",
        "login": "seeker@example.org",
        "password": "key-of-the-account",
    }
    assert not chosen.sample_api


def test_without_settings_the_sample_api_and_an_embedded_mongodb_are_used() -> None:
    chosen = choose({})

    assert json.loads(chosen.usajobs)["host"] == "http://127.0.0.1:8090"
    assert json.loads(chosen.mongo)["port"] == 27117
    assert (chosen.sample_api, chosen.embedded_mongod) == (True, True)


@pytest.mark.parametrize("name", ACCOUNT)
def test_half_an_account_is_refused_and_the_other_half_named(name: str) -> None:
    missing = next(other for other in ACCOUNT if other != name)

    with pytest.raises(UsageError, match=f"{name} is set and {missing} is not"):
        choose({name: ACCOUNT[name]})


def test_a_set_mongodb_is_used_instead_of_an_embedded_one() -> None:
    chosen = choose({"AIRFLOW_CONN_MONGO": mongo(schema="mine")})

    assert not chosen.embedded_mongod
    assert database_name(chosen.mongo) == "mine"


@pytest.mark.parametrize("value", ["mongo://me:hush@db.example.org/x", "[]", '{"extra": 3}', "3"])
def test_a_mongo_connection_not_in_json_form_is_refused_without_repeating_it(value: str) -> None:
    with pytest.raises(
        UsageError, match=r"""JSON.*AIRFLOW_CONN_MONGO='\{"conn_type": "mongo"""
    ) as no:
        choose({"AIRFLOW_CONN_MONGO": value})

    assert "hush" not in str(no.value)


def test_secrets_do_not_show_when_connections_are_printed() -> None:
    assert "key-of-the-account" not in repr(choose(ACCOUNT))


@pytest.mark.both_lines
def test_the_client_means_what_the_mongo_hook_means() -> None:
    pytest.importorskip("airflow")
    from airflow.providers.mongo.hooks.mongo import MongoHook

    class Given(MongoHook):
        @classmethod
        def get_connection(cls, conn_id: str) -> Any:
            from airflow.models.connection import Connection

            return Connection(conn_id=conn_id, **{**json.loads(value), "extra": json.dumps(extra)})

    extra = {"authSource": "admin", "tls": True, "allow_insecure": True, "directConnection": True}
    value = mongo(port=27018, login="me@x", password="p/w", schema="jobs", extra=extra)

    with mongo_client(value, connect=False) as ours, Given("mongo").get_conn() as theirs:
        for name in ("auth_source", "username", "password", "direct_connection"):
            one, other = (
                getattr(c.options, f"_ClientOptions__{name}", None) for c in (ours, theirs)
            )
            assert one == other
        credentials = ours.options.pool_options._credentials
        assert credentials == theirs.options.pool_options._credentials
        assert (credentials.username, credentials.source) == ("me@x", "admin")
        assert ours.options.pool_options._ssl_context is not None
        assert ours.get_default_database().name == theirs.get_default_database().name == "jobs"


def test_the_version_is_asked_of_the_server_that_is_named(mongod_port: int) -> None:
    assert server_version(mongo(port=mongod_port)).split(".")[0].isdecimal()


def test_a_server_that_does_not_answer_is_named_with_the_setting_to_check() -> None:
    value = mongo(port=1, login="me", password="hush", extra={"serverSelectionTimeoutMS": 100})

    with pytest.raises(CommandError, match=r"127\.0\.0\.1.*AIRFLOW_CONN_MONGO") as trouble:
        server_version(value, seconds=0.2)

    assert "hush" not in str(trouble.value)
