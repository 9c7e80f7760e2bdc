"""The API key in requests: how it is sent, and to which URLs it is never sent."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_address
from urllib.parse import urlsplit

import requests
from requests.auth import AuthBase
from requests.utils import get_environ_proxies, select_proxy

from include.usajobs.client import InvalidConnectionError

USAJOBS_HOST = "https://data.usajobs.gov"

KEY_HEADER = "Authorization-Key"

SAMPLE_KEY = "sample"
"""The key for sample APIs. It is public, so it may be sent to any of them."""


class ApiKeyAuth(AuthBase):
    """Sends a connection's login and password as the two headers that USAJOBS requires.

    `login` is the e-mail address that the key was registered with, `password` the key. A request
    whose URL would expose the key is refused before it is sent.

    Raises:
        InvalidConnectionError: one of them is empty or not valid in a header; the message doesn't
            quote it.
    """

    def __init__(self, login: str | None = None, password: str | None = None) -> None:
        self.email = self._header_value("login", "the e-mail address of your API key", login)
        self.key = self._header_value("password", "the API key", password)

    @staticmethod
    def _header_value(field: str, meaning: str, value: str | None) -> str:
        text = (value or "").strip()
        if not text or not text.isascii() or not text.isprintable():
            # The error message of `requests` would quote the key.
            problem = "contains invalid characters" if text else "is empty"
            raise InvalidConnectionError(
                lambda connection: (
                    f"The {field} of the Airflow connection `{connection}` {problem}: it must be "
                    f"{meaning}."
                )
            )
        return text

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Set the headers of a request.

        Raises:
            InvalidConnectionError: the key would not be sent over https or to this machine.
        """
        request.headers["User-Agent"] = self.email
        request.headers[KEY_HEADER] = self.key
        refuse_exposed_key(request, get_environ_proxies(request.url or "", no_proxy=None))
        return request


def refuse_exposed_key(request: requests.PreparedRequest, proxies: Mapping[str, str]) -> None:
    """Accept a request with a key only over https, or to this machine without a proxy.

    Raises:
        InvalidConnectionError: others could read the key on its way; the message says what to do.
    """
    if request.headers.get(KEY_HEADER, SAMPLE_KEY) == SAMPLE_KEY:
        return
    url = request.url or ""
    parts = urlsplit(url)
    if "@" in parts.netloc:
        raise InvalidConnectionError(
            lambda connection: (
                f"The host of the Airflow connection `{connection}` contains a login, so the API "
                f"key was not sent. Write only {USAJOBS_HOST}, and the account in its fields login "
                "and password."
            )
        )
    if parts.scheme == "https":
        return
    if not _is_this_machine(parts.hostname or ""):
        raise InvalidConnectionError(
            lambda connection: (
                f"The Airflow connection `{connection}` leads to {parts.scheme}://{parts.netloc}: "
                "without https, others could read the API key on its way, so it was not sent. "
                f"Write its host with https://, as in {USAJOBS_HOST}, and leave its port and "
                "schema empty: without a scheme, Airflow uses http."
            )
        )
    if select_proxy(url, {**proxies}):
        raise InvalidConnectionError(
            lambda connection: (
                f"The Airflow connection `{connection}` leads to {parts.scheme}://{parts.netloc} "
                "through a proxy, which could read the API key, so it was not sent. Add "
                f"{parts.hostname} to the environment variable NO_PROXY of Airflow's processes, "
                "and remove proxies from the connection's extra."
            )
        )


def _is_this_machine(host: str) -> bool:
    """Return whether a host is a loopback address or `localhost`.

    Other names are not resolved: they could lead elsewhere by the time the request is sent.
    """
    if host == "localhost":
        return True
    try:
        address = ip_address(host)
    except ValueError:
        return False
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback
