"""What happens between this machine and USAJOBS: connections, names, certificates."""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import pytest

from include.jobs import limits
from include.sample_api.faults import Fault
from include.sample_api.running import running
from include.sample_api.server import create_app
from tests.faults.campaign import NO_JSON
from tests.faults.chain import Client
from tests.faults.fault_env import SECOND_DAY, FaultEnv
from tests.faults.proxy import Breakdown, Proxy, proxy_before
from tests.support.certificates import Authority

pytestmark = pytest.mark.usefixtures("no_waiting")

NOT_RECEIVED = r"Page \d+ was not received: "
CUT_OFF = f"{NOT_RECEIVED}|{NO_JSON.format(page='[0-9]+')}: 0 bytes"
"""What ends within the headers looks like an answer without a body."""

# The only name that may be asked over http with a key.
NAME = "localhost"


def port_of(address: str) -> int:
    port = urlsplit(address).port
    assert port
    return port


@pytest.fixture
def proxy(fault_env: FaultEnv) -> Iterator[Proxy]:
    with proxy_before(port_of(fault_env.address)) as proxy:
        yield proxy


def traffic(fault_env: FaultEnv, proxy: Proxy, client: Client) -> dict[Any, int]:
    """Return how many bytes pass in each direction when nothing happens."""
    proxy.inject(None)
    fault_env.check(client, 25, succeeds=True)
    return dict(proxy.passed)


@pytest.mark.parametrize("how", ["reset", "cut", "stall"])
@pytest.mark.parametrize("direction", ["up", "down"])
def test_a_connection_that_breaks_at_any_byte(
    fault_env: FaultEnv,
    proxy: Proxy,
    cases: int,
    count: Callable[[str], None],
    how: Any,
    direction: Any,
) -> None:
    patience = 0.2 if how == "stall" else 5
    client = Client(proxy.address, SECOND_DAY, patience)
    total = traffic(fault_env, proxy, client)[direction]
    for number in range(cases):
        rng = Random(f"{how} {direction} {number}")
        # A stall ends with a new connection only if it is told to.
        times = 1 if how == "stall" else rng.choice((1, 2, limits.MAX_ATTEMPTS - 1, None))
        proxy.come_back()
        proxy.inject(Breakdown(how, rng.randrange(total), direction, times))
        lasts = how == "stall"
        fault_env.check(
            client,
            25,
            succeeds=False if lasts else True if times else None,
            messages=CUT_OFF,
        )
        count(f"connection: {how} at a random byte {direction}wards")


def test_a_server_that_is_away_and_comes_back(
    fault_env: FaultEnv,
    proxy: Proxy,
    cases: int,
    count: Callable[[str], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import tenacity.nap

    total = traffic(fault_env, proxy, Client(proxy.address, SECOND_DAY))["down"]
    for number in range(cases):
        rng = Random(number)
        waits = iter(range(1, 99))
        comes_back_after = rng.choice((1, 2, limits.MAX_ATTEMPTS - 1, limits.MAX_ATTEMPTS, 99))

        def sleep(seconds: float, waits: Any = waits, wait: int = comes_back_after) -> None:
            if next(waits) == wait:
                proxy.come_back()

        monkeypatch.setattr(tenacity.nap, "time", SimpleNamespace(sleep=sleep))
        proxy.come_back()
        proxy.inject(Breakdown("reset", rng.choice((0, rng.randrange(total))), "down", away=True))
        fault_env.check(
            Client(proxy.address, SECOND_DAY),
            25,
            succeeds=comes_back_after < limits.MAX_ATTEMPTS,
            messages=NOT_RECEIVED + ".*refused",
        )
        count("connection: refused, for a while or for good")


@pytest.mark.parametrize(
    "error", [socket.EAI_NONAME, socket.EAI_AGAIN, socket.EAI_FAIL, socket.EAI_MEMORY]
)
def test_a_name_that_is_not_found(
    fault_env: FaultEnv,
    cases: int,
    count: Callable[[str], None],
    monkeypatch: pytest.MonkeyPatch,
    error: int,
) -> None:
    found = socket.getaddrinfo
    failures: Iterator[int]

    def getaddrinfo(host: Any, *arguments: Any, **options: Any) -> Any:
        if host != NAME:
            return found(host, *arguments, **options)
        if next(failures, None) is not None:
            raise socket.gaierror(error, "Name or service not known")
        return found("127.0.0.1", *arguments, **options)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    client = Client(f"http://{NAME}:{port_of(fault_env.address)}", SECOND_DAY)
    for number in range(cases):
        times = Random(number).choice((1, 2, limits.MAX_ATTEMPTS - 1, limits.MAX_ATTEMPTS, 99))
        failures = iter(range(times))
        fault_env.check(
            client,
            25,
            succeeds=times < limits.MAX_ATTEMPTS,
            messages=rf"{NOT_RECEIVED}.*{re.escape(NAME)}.*Name or service not known",
        )
        count("names: the host's name is not found")


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


CERTIFICATES: dict[str, Callable[[Authority, Path], ssl.SSLContext]] = {
    "expired": lambda ours, folder: ours.server(valid_from=-9, valid_until=-1),
    "not yet valid": lambda ours, folder: ours.server(valid_from=1, valid_until=9),
    "of another host": lambda ours, folder: ours.server(address="127.0.0.9"),
    "of another authority": lambda ours, folder: Authority(folder).server(),
}


@pytest.mark.parametrize("name", CERTIFICATES)
def test_a_certificate_that_is_not_good_is_refused_and_the_key_stays_here(
    fault_env: FaultEnv,
    authority: Authority,
    name: str,
    tmp_path: Path,
    count: Callable[[str], None],
) -> None:
    tls = CERTIFICATES[name](authority, tmp_path)
    with proxy_before(port_of(fault_env.address), tls) as proxy:
        client = Client(proxy.address, SECOND_DAY, verify=str(authority.trusted))
        fault_env.check(
            client,
            25,
            succeeds=False,
            messages=r"Page 1: no secure connection to USAJOBS: .*certificate.*Check this machine",
        )
        assert not proxy.passed["up"]
    count("certificates: " + name)


@pytest.mark.parametrize("how", ["reset", "cut"])
@pytest.mark.parametrize("direction", ["up", "down"])
def test_a_secure_connection_that_breaks_at_any_byte(
    fault_env: FaultEnv,
    authority: Authority,
    cases: int,
    count: Callable[[str], None],
    how: Any,
    direction: Any,
) -> None:
    """The handshake and the answers' headers and bodies each fail in their own way."""
    with (
        proxy_before(port_of(fault_env.address), authority.server()) as secure,
        proxy_before(secure.port) as proxy,
    ):
        client = Client(
            proxy.address.replace("http:", "https:"), SECOND_DAY, verify=str(authority.trusted)
        )
        total = traffic(fault_env, proxy, client)[direction]
        for number in range(cases):
            rng = Random(f"secure {how} {direction} {number}")
            times = rng.choice((1, 2, limits.MAX_ATTEMPTS - 1, None))
            after = rng.randrange(rng.choice((2_000, total)))
            proxy.inject(Breakdown(how, min(after, total - 1), direction, times))
            fault_env.check(client, 25, succeeds=True if times else None, messages=CUT_OFF)
            count(f"secure connection: {how} at a random byte {direction}wards")


def test_a_plain_server_in_place_of_a_secure_one(
    fault_env: FaultEnv, count: Callable[[str], None]
) -> None:
    client = Client(fault_env.address.replace("http:", "https:"), SECOND_DAY)
    fault_env.check(
        client, 25, succeeds=False, messages="Page 1.*(no secure connection|not received)"
    )
    count("secure connection: the server doesn't speak TLS")


def test_a_redirect_to_another_host_is_not_followed(
    fault_env: FaultEnv, cases: int, count: Callable[[str], None]
) -> None:
    elsewhere = create_app(rows=[])
    with running(elsewhere) as other:
        for page in (1, 2):
            fault = Fault(kind="redirect", location=f"{other}/api/Search", page=page)
            fault_env.check(
                Client(fault_env.address, SECOND_DAY),
                25,
                faults=[fault],
                succeeds=False,
                messages=rf"Page {page}: USAJOBS redirects elsewhere .*to protect the API key",
            )
            count("redirect to another host")
    assert not elsewhere.requests
