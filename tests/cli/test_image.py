"""What Airflow in the image gets from its container's environment."""

from __future__ import annotations

import json
from typing import Any

import pytest

from include.cli.image import image_environment
from include.terminal.errors import UsageError

ACCOUNT = {"USAJOBS_EMAIL": "seeker@example.org", "USAJOBS_API_KEY": "key-of-the-account"}
SAMPLE = {"JOB_TRACKER_SAMPLE_API": "http://sample-api:8090"}
SET = {"AIRFLOW_CONN_USAJOBS": '{"conn_type": "http", "host": "https://proxy.example.org"}'}


def usajobs(environ: dict[str, str]) -> dict[str, Any]:
    connection: dict[str, Any] = json.loads(image_environment(environ)["AIRFLOW_CONN_USAJOBS"])
    return connection


def test_the_connection_wins_over_the_account_and_the_account_over_the_sample_api() -> None:
    assert usajobs({**SAMPLE, **ACCOUNT, **SET})["host"] == "https://proxy.example.org"
    assert usajobs({**SAMPLE, **ACCOUNT})["login"] == "seeker@example.org"
    assert usajobs({**SAMPLE, "USAJOBS_EMAIL": "", "USAJOBS_API_KEY": ""})["host"] == (
        "http://sample-api:8090"
    )


def test_without_any_of_them_the_connection_is_left_to_airflow() -> None:
    assert image_environment({"A": "b"}) == {"A": "b"}


def test_the_account_is_handed_on_as_a_connection_only() -> None:
    given = image_environment({**ACCOUNT, "A": "b"})

    assert given.keys() == {"A", "AIRFLOW_CONN_USAJOBS"}


def test_half_an_account_is_refused() -> None:
    with pytest.raises(UsageError, match="USAJOBS_EMAIL is set and USAJOBS_API_KEY is not"):
        image_environment({**SAMPLE, "USAJOBS_EMAIL": "seeker@example.org"})
