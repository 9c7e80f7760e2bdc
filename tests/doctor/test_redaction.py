"""Nothing that is secret is left in a text, however it was written there."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.doctor.redaction import MIN_CHARACTERS, Redaction

secrets = st.text(
    st.characters(min_codepoint=33, max_codepoint=0x2FF, exclude_categories=("Cs",)),
    min_size=MIN_CHARACTERS + 2,
    max_size=40,
).filter(lambda text: text == text.strip() and "*" not in text)


def written(secret: str) -> str:
    """Return a text that quotes a secret in all spellings."""
    spellings = [secret, quote(secret), quote(secret, safe=""), quote_plus(secret), repr(secret)]
    return " ".join([*spellings, json.dumps({"x": secret})])


@given(secrets)
def test_any_password_of_a_connection_is_hidden_in_any_spelling(secret: str) -> None:
    redaction = Redaction()
    redaction.add_connection("host", secret, None)
    shown = redaction.text(written(secret))
    for spelling in (secret, quote(secret, safe=""), quote_plus(secret), json.dumps(secret)[1:-1]):
        assert spelling not in shown


JSON = {"conn_type": "http", "host": "https://example.org", "password": "planted-key"}
ENVIRONMENTS: dict[str, dict[str, str]] = {
    "a connection as JSON": {"AIRFLOW_CONN_USAJOBS": json.dumps(JSON)},
    "a connection as broken JSON": {"AIRFLOW_CONN_USAJOBS": json.dumps(JSON)[:-1]},
    "a connection as a URI": {"AIRFLOW_CONN_SMTP_DEFAULT": "smtp://me:planted-key@host:25/"},
    "a query of a URI": {"AIRFLOW_CONN_X": "http://host/?token=planted-key"},
    "an extra": {"AIRFLOW_CONN_X": json.dumps({"extra": {"headers": {"x": "planted-key"}}})},
    "an extra as text": {"AIRFLOW_CONN_X": json.dumps({"extra": '{"token": "planted-key"}'})},
    "a host with a login": {"AIRFLOW_CONN_X": json.dumps({"host": "u:planted-key@db.example.org"})},
    "a service of Apprise": {
        "AIRFLOW_CONN_X": json.dumps({"extra": {"config": {"path": "tgram://planted-key/1"}}})
    },
    "a connection without a scheme": {"AIRFLOW_CONN_X": "://planted-key@"},
    "a connection that is a word": {"AIRFLOW_CONN_X": "planted-key"},
    "the account": {"USAJOBS_API_KEY": "planted-key"},
    "a proxy": {"HTTPS_PROXY": "http://me:planted-key@proxy.example.org:3128"},
    "a setting of Airflow": {"AIRFLOW__API__SECRET_KEY": "planted-key"},
    "the metadata database": {
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": "postgresql://airflow:planted-key@db/airflow"
    },
}


@pytest.mark.parametrize("where", ENVIRONMENTS)
def test_secrets_of_the_environment_are_hidden_wherever_they_are_set(where: str) -> None:
    assert "planted" not in Redaction(ENVIRONMENTS[where]).text(written("planted-key"))


def test_a_login_in_any_url_and_any_e_mail_address_is_hidden() -> None:
    shown = Redaction().text("socks5h://ada:pw@proxy:1080 refuses ada@example.org")
    assert shown == "socks5h://***@proxy:1080 refuses (an e-mail address)"


def test_a_secret_is_hidden_in_any_case_of_letters() -> None:
    redaction = Redaction({"USAJOBS_API_KEY": "planted-key"})
    assert redaction.text("no host Planted-KEY here") == "no host *** here"


def test_what_is_no_secret_stays() -> None:
    redaction = Redaction({"HOME": "/home/ada", "HTTPS_PROXY": "http://proxy.example.org:3128"})
    extra: dict[str, Any] = {"authSource": "admin", "proxies": {"https": "http://proxy:3128"}}
    redaction.add_connection("db.example.org", "sample", json.dumps(extra))
    words = "the sample API at db.example.org through http://proxy:3128 for admin in /home/ada"
    assert redaction.text(words) == words


def test_all_texts_of_a_json_value_are_cleaned() -> None:
    redaction = Redaction({"USAJOBS_API_KEY": "planted-key"})
    value = {"a planted-key": ["planted-key", 1, None], "ok": True}
    assert redaction.json(value) == {"a ***": ["***", 1, None], "ok": True}
