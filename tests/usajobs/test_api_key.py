"""The API key leaves this machine over https only."""

from __future__ import annotations

import pytest
import requests

from include.usajobs.api_key import KEY_HEADER, SAMPLE_KEY, ApiKeyAuth, refuse_exposed_key
from include.usajobs.client import FatalApiError, InvalidConnectionError, receive
from include.usajobs.historic_api import NoKey

KEY = "k3y-that-must-not-leak"
PROXY = "http://127.0.0.1:9"


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def prepared(url: str, key: str = KEY) -> requests.PreparedRequest:
    auth = ApiKeyAuth("me@example.org", key)
    return requests.Session().prepare_request(requests.Request("GET", url, auth=auth))


@pytest.mark.parametrize(
    "url",
    [
        "https://data.usajobs.gov/api/Search",
        "HTTPS://data.usajobs.gov/api/Search",
        "https://data.usajobs.gov:443/api/Search",
        "https://gateway.example.org/usajobs/api/Search",
        "http://127.0.0.1:8090/api/Search",
        "http://127.8.9.10/api/Search",
        "http://localhost:8090/api/Search",
        "http://[::1]:8090/api/Search",
        "http://[::ffff:127.0.0.1]/api/Search",
    ],
)
def test_the_key_is_sent_over_https_and_to_this_machine(url: str) -> None:
    assert prepared(url).headers[KEY_HEADER] == KEY


@pytest.mark.parametrize(
    "url",
    [
        "http://data.usajobs.gov/api/Search",
        "http://data.usajobs.gov:80/api/Search",
        "http://data.usajobs.gov:443/api/Search",
        "http://127.0.0.1.evil.example/api/Search",
        "http://localhost.evil.example/api/Search",
        "http://evil.localhost/api/Search",
        "http://127.1.evil/api/Search",
        "http://2130706434/api/Search",
        "http://0.0.0.0/api/Search",
        "http://[::]/api/Search",
        "http://[::ffff:192.0.2.1]/api/Search",
        "http://192.168.0.1/api/Search",
        "http://localhost@evil.example/api/Search",
        "http://127.0.0.1:8090@evil.example/api/Search",
        "http://evil.example#@127.0.0.1/api/Search",
        "http://evil.example\\@127.0.0.1/api/Search",
        "http://evil.example?@127.0.0.1/api/Search",
        "https://data.usajobs.gov@evil.example/api/Search",
    ],
)
def test_the_key_is_sent_nowhere_else(url: str) -> None:
    with pytest.raises(InvalidConnectionError, match="Airflow connection `usajobs`") as refusal:
        prepared(url)
    assert KEY not in str(refusal.value)


def test_the_message_says_where_it_leads_and_what_to_write() -> None:
    with pytest.raises(InvalidConnectionError) as refusal:
        prepared("http://data.usajobs.gov/api/Search")

    assert str(refusal.value.of("usajobs_of_ada")) == (
        "The Airflow connection `usajobs_of_ada` leads to http://data.usajobs.gov: without https, "
        "others could read the API key on its way, so it was not sent. Write its host with "
        "https://, as in https://data.usajobs.gov, and leave its port and schema empty: without a "
        "scheme, Airflow uses http."
    )


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "http_proxy", "ALL_PROXY"])
def test_a_proxy_never_gets_the_key_in_clear(
    variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, PROXY)

    with pytest.raises(InvalidConnectionError, match=r"proxy.*Add 127\.0\.0\.1 to .*NO_PROXY"):
        prepared("http://127.0.0.1:8090/api/Search")
    # It tunnels these.
    assert prepared("https://data.usajobs.gov/api/Search").headers[KEY_HEADER] == KEY
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    assert prepared("http://127.0.0.1:8090/api/Search").headers[KEY_HEADER] == KEY


def test_a_key_in_other_headers_is_refused_like_that_of_the_login() -> None:
    request = requests.Request("GET", "http://a.example/", headers={"authorization-key": KEY})
    with pytest.raises(InvalidConnectionError):
        refuse_exposed_key(request.prepare(), {})


def test_the_public_key_of_the_sample_api_is_sent_to_any_host(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert prepared("http://sample-api:8090/api/Search", SAMPLE_KEY).headers[KEY_HEADER] == "sample"
    with pytest.raises(InvalidConnectionError):
        prepared("http://sample-api:8090/api/Search", SAMPLE_KEY + "r")


def test_the_historic_api_gets_no_key_even_from_the_extra_of_the_connection() -> None:
    request = requests.Request(
        "GET", "http://data.usajobs.gov/api/historicjoa", headers={KEY_HEADER: KEY}, auth=NoKey()
    )
    assert KEY not in str(requests.Session().prepare_request(request).headers)


@pytest.mark.parametrize("host", ["http://me:KEY@[bad", "ftp://me:KEY@a.example", "me:KEY/@"])
def test_a_host_that_makes_no_url_is_named_as_the_cause_and_not_quoted(host: str) -> None:
    with pytest.raises(FatalApiError, match=r"^Page 1 can't be requested: .* host") as refusal:
        receive(lambda: requests.get(host, timeout=1), "Page 1")
    assert "KEY" not in str(refusal.value)
