"""Removes secrets from text, as the last step before it is printed.

Messages are written without secrets. This is for what they quote from others: hosts, file names,
errors of a server.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl, quote, quote_plus, unquote, urlsplit

HIDDEN = "***"
MIN_CHARACTERS = 4
"""Of a secret that is looked for: a shorter one would hide parts of ordinary words."""

SECRET_NAMES = re.compile(r"KEY|SECRET|PASS|TOKEN|CREDENTIAL|AUTH", re.IGNORECASE)
CONNECTION_PREFIX = "AIRFLOW_CONN_"

LOGIN_IN_URL = re.compile(r"([A-Za-z][\w+.-]*://)[^\s/'\"]*@")
E_MAIL = re.compile(r"[\w.+%-]+@[\w-]+(\.[\w-]+)+")

HARMLESS_EXTRA = {
    *("authSource", "replicaSet", "readPreference", "tlsCAFile", "ssl_context"),
    # Only their logins are secret.
    *("proxies", "proxy"),
}
PUBLIC = {"sample", "admin", "true", "false", "none", "null", "path", "config"}
"""Values that are known to everybody, like the key for the sample API."""


class Redaction:
    """Hides all secrets that it was told, logins in URLs, and e-mail addresses."""

    def __init__(self, environ: Mapping[str, str] = {}) -> None:
        self._secrets: set[str] = set()
        for name, value in environ.items():
            if name.startswith(CONNECTION_PREFIX):
                self._add_connection_text(value)
            elif "://" in value:
                self._add_url(value)
            elif SECRET_NAMES.search(name):
                self.add(value)

    def add(self, *secrets: object) -> None:
        """Hide these values, in every spelling in which a URL or JSON would have them."""
        for secret in secrets:
            text = str(secret).strip() if isinstance(secret, str | int) else ""
            if len(text) >= MIN_CHARACTERS and text.casefold() not in PUBLIC:
                written = {text, quote(text), quote(text, safe=""), quote_plus(text)}
                written |= {json.dumps(text)[1:-1], repr(text)[1:-1]}
                self._secrets |= written

    def add_connection(self, host: str | None, password: str | None, extra: Any) -> None:
        """Hide the secrets of an Airflow connection; any text of its extra may be one."""
        self.add(password)
        self._add_url(host or "")
        for text in _texts(extra, skip=HARMLESS_EXTRA):
            # The parts of a URL, too: those of Apprise's services are tokens.
            self.add(text, *re.split(r"[/@:?&=]+", text.partition("://")[2]))
        for text in _texts(extra):
            self._add_url(text)

    def text(self, text: str) -> str:
        """Return a text without secrets."""
        for secret in sorted(self._secrets, key=len, reverse=True):
            # In any case of letters: a host, for example, is written in small ones.
            text = re.sub(re.escape(secret), HIDDEN, text, flags=re.IGNORECASE)
        return E_MAIL.sub("(an e-mail address)", LOGIN_IN_URL.sub(rf"\1{HIDDEN}@", text))

    def json(self, value: Any) -> Any:
        """Return a JSON value whose texts have no secrets."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, list):
            return [self.json(each) for each in value]
        if isinstance(value, dict):
            return {self.text(name): self.json(each) for name, each in value.items()}
        return value

    def _add_connection_text(self, value: str) -> None:
        """Hide the secrets of a connection in JSON or URI form, also of one that is not valid."""
        try:
            fields = json.loads(value)
            self.add_connection(fields.get("host"), fields.get("password"), fields.get("extra"))
        except (ValueError, AttributeError):
            self.add(value, *re.findall(r'"([^"]*)"', value))
            self._add_url(value)
            if not re.match(r"[A-Za-z][\w+.-]*://", value):
                self.add(*re.split(r"[\W_]+", value))

    def _add_url(self, text: str) -> None:
        login, at, _ = text.partition("://")[2].rpartition("@")
        if not at:
            login, at, _ = text.rpartition("@")
        if at and ":" in login:
            password = login.partition(":")[2]
            self.add(login, password, unquote(password))
        elif at:
            self.add(login, unquote(login))
        try:
            self.add(*(value for _, value in parse_qsl(urlsplit(text).query)))
        except ValueError:
            self.add(text)


def _texts(value: Any, skip: Collection[str] = ()) -> Iterator[str]:
    """Yield the texts in an extra, decoded or not, but those under the names to skip."""
    if isinstance(value, str):
        decoded = _decoded(value)
        if isinstance(decoded, dict | list):
            yield from _texts(decoded, skip)
        else:
            yield value
    elif isinstance(value, dict):
        for name, each in value.items():
            if name not in skip:
                yield from _texts(each, skip)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each, skip)


def _decoded(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
