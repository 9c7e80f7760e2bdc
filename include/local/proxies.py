"""The proxy settings that processes of this stack inherit.

They ask USAJOBS through the user's proxy, and each other directly. Airflow 3's tasks build their
client before they begin (httpx), and end without a log if it can't read one of these variables.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from ipaddress import ip_address
from urllib.parse import urlsplit

from include.local.settings import where
from include.terminal.errors import UsageError

DIRECT = ("127.0.0.1", "localhost", "::1")
SCHEMES = ("http", "https", "socks5", "socks5h")
PROXIES = ("all_proxy", "http_proxy", "https_proxy")
EXCEPTIONS = "no_proxy"

# What httpx and requests understand in NO_PROXY, besides addresses.
HOST = re.compile(r"(https?://)?[\w.*-]+(:\d+)?(/\d+)?", re.ASCII)


def proxy_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the proxy variables for a process of the stack, in both spellings.

    Raises:
        UsageError: one of them is not the address of a proxy that Airflow can use.
    """
    proxies = {
        name: _address(name, value)
        for name, value in environ.items()
        if name.lower() in PROXIES and value.strip()
    }
    exceptions = _exceptions(environ)
    return {**proxies, EXCEPTIONS: exceptions, EXCEPTIONS.upper(): exceptions}


def is_proxy_variable(name: str) -> bool:
    """Return whether `proxy_environment` decides about this variable."""
    return name.lower() in (*PROXIES, EXCEPTIONS)


def _address(name: str, value: str) -> str:
    """Return the address of a proxy; GNOME writes socks:// for what others call socks5://."""
    scheme, _, rest = value.strip().rpartition("://")
    scheme = {"": "http", "socks": "socks5"}.get(scheme.lower(), scheme.lower())
    address = f"{scheme}://{rest.strip('/')}"
    try:
        parts = urlsplit(address)
        good = bool(parts.hostname) and parts.port != 0 and not re.search(r"\s|#|\?", rest)
    except ValueError:
        good = False
    if not good or scheme not in SCHEMES:
        # Not quoted, because it may contain a password.
        raise UsageError(
            f"{where(name)} is not the address of a proxy that Airflow can use. Write it like "
            "http://proxy.example.org:8080 or socks5h://proxy.example.org:1080 (special characters "
            "of a password as in addresses: %40 for @), or leave it empty."
        )
    return address


def _exceptions(environ: Mapping[str, str]) -> str:
    """Return NO_PROXY with this machine's own addresses and all of the user's entries.

    An entry that no client understands is left out: httpx would not start.
    """
    written = " ".join(value for name, value in environ.items() if name.lower() == EXCEPTIONS)
    entries = [entry.removeprefix("[").removesuffix("]") for entry in re.split(r"[\s,]+", written)]
    if "*" in entries:
        return "*"  # requests knows it only by itself
    return ",".join(dict.fromkeys([*DIRECT, *filter(_is_understood, entries)]))


def _is_understood(entry: str) -> bool:
    try:
        ip_address(entry)
    except ValueError:
        return bool(HOST.fullmatch(entry))
    return True
