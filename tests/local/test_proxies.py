from __future__ import annotations

import re
import socket
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st

from include.local.proxies import DIRECT, proxy_environment
from include.terminal.errors import UsageError


@pytest.mark.parametrize(
    ("written", "used"),
    [
        ("socks://127.0.0.1:1080/", "socks5://127.0.0.1:1080"),
        ("socks5://127.0.0.1:1080", "socks5://127.0.0.1:1080"),
        ("SOCKS5H://u:p%40ss@proxy:1080", "socks5h://u:p%40ss@proxy:1080"),
        (" http://proxy.example.org:8080 ", "http://proxy.example.org:8080"),
        ("proxy.example.org:8080", "http://proxy.example.org:8080"),
        ("https://[::1]:8443", "https://[::1]:8443"),
    ],
)
@pytest.mark.parametrize("name", ["ALL_PROXY", "https_proxy", "HTTP_PROXY"])
def test_a_proxy_is_handed_on_in_a_spelling_that_both_clients_know(
    monkeypatch: pytest.MonkeyPatch, name: str, written: str, used: str
) -> None:
    environment = proxy_environment({name: written})

    assert environment[name] == used
    if used.startswith("socks"):
        pytest.importorskip("socksio")
    for variable, value in environment.items():
        monkeypatch.setenv(variable, value)
    httpx.Client().close()


@pytest.mark.parametrize(
    "value",
    [
        "http://",
        "http://proxy:port",
        "http://[",
        "socks4://proxy:1080",
        "ftp://proxy",
        "http://a b",
    ],
)
def test_what_is_no_proxy_is_named_before_anything_starts_without_its_password(value: str) -> None:
    secret = value.replace("://", "://seeker:hush@")
    with pytest.raises(UsageError, match="HTTP_PROXY is not the address of a proxy") as refusal:
        proxy_environment({"HTTP_PROXY": secret})
    assert "hush" not in str(refusal.value)


def test_an_empty_proxy_is_none() -> None:
    assert set(proxy_environment({"HTTP_PROXY": " "})) == {"no_proxy", "NO_PROXY"}


def test_the_users_exceptions_are_kept_in_both_spellings_beside_our_own() -> None:
    environment = proxy_environment({"NO_PROXY": ".corp, a:80 b", "no_proxy": "10.0.0.0/8,[::1]"})

    assert environment["NO_PROXY"] == environment["no_proxy"]
    assert set(environment["no_proxy"].split(",")) == {*DIRECT, ".corp", "a:80", "b", "10.0.0.0/8"}


def test_a_star_means_no_proxy_at_all_wherever_it_stands() -> None:
    assert proxy_environment({"no_proxy": "corp, *"})["NO_PROXY"] == "*"


@settings(max_examples=50)
@given(st.text("ab.:/[]*,% 1ä@<>-", max_size=20))
def test_any_exceptions_leave_both_clients_usable_and_this_machine_direct(written: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        for name in ("ALL_PROXY", "HTTP_PROXY", "HTTPS_PROXY"):
            patch.delenv(name.lower(), raising=False)
            patch.delenv(name, raising=False)
        for name, value in proxy_environment(
            {"NO_PROXY": written, "HTTP_PROXY": "http://proxy.example.org:1"}
        ).items():
            patch.setenv(name, value)
        httpx.Client().close()
        assert requests.utils.get_environ_proxies("http://127.0.0.1:8080/") == {}


def test_nothing_else_is_decided_here() -> None:
    names = proxy_environment({"HOME": "/root", "http_proxy": "proxy:1"})
    assert all(re.fullmatch(r"\w+_proxy", name, re.IGNORECASE) for name in names)


def test_a_request_elsewhere_asks_the_socks_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("socks")
    with socket.create_server(("127.0.0.1", 0)) as proxy, ThreadPoolExecutor(1) as thread:

        def greeting() -> bytes:
            client, _ = proxy.accept()
            with client:
                return client.recv(16)

        asked = thread.submit(greeting)
        written = {"ALL_PROXY": f"socks://127.0.0.1:{proxy.getsockname()[1]}"}
        for name in ("http_proxy", "https_proxy", "all_proxy"):
            monkeypatch.delenv(name, raising=False)
        for name, value in proxy_environment(written).items():
            monkeypatch.setenv(name, value)

        with pytest.raises(requests.ConnectionError):
            requests.get("http://usajobs.invalid/", timeout=5)
        assert asked.result()[:1] == b"\x05"  # SOCKS 5
