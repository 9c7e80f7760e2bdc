"""Secrets in `.env` of which Airflow keeps something in its database: which have changed since?

The databases take over their passwords by themselves when they start (`docker/start-*.sh`), and
the other secrets are used as they are.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from dataclasses import dataclass
from pathlib import Path

from include.cli.airflow_cli import AirflowCli
from include.local.kept_files import write_whole
from include.terminal.errors import UsageError

PASSWORD, FERNET_KEY = "AIRFLOW_PASSWORD", "AIRFLOW_FERNET_KEY"

CANNOT_DECRYPT = (
    f"{FERNET_KEY} in .env has changed, and what is stored in Airflow (connections, variables) was "
    f"encrypted with the former one. Put that behind the new one, after a comma: {FERNET_KEY}=NEW,"
    "OLD. bin/rotate-secret does so by itself."
)


@dataclass(frozen=True)
class KnownSecrets:
    """The secrets of the last start, of which a file keeps salted hashes."""

    file: Path

    def is_known(self, name: str) -> bool:
        """Return whether a secret of this name was there at an earlier start."""
        return name in self._hashes()

    def is_same(self, name: str, value: str) -> bool:
        """Return whether a secret is known and has not changed."""
        known = self._hashes().get(name, "")
        salt, _, digest = known.partition(":")
        return bool(known) and hmac.compare_digest(digest, _digest(value, salt))

    def remember(self, name: str, value: str) -> None:
        """Keep a secret's hash for the next start."""
        salt = os.urandom(16).hex()
        hashes = {**self._hashes(), name: f"{salt}:{_digest(value, salt)}"}
        write_whole(self.file, json.dumps(hashes))

    def _hashes(self) -> dict[str, str]:
        try:
            return dict(json.loads(self.file.read_text(encoding="utf-8")))
        except (OSError, ValueError):
            return {}


def take_over(secrets: dict[str, str], known: KnownSecrets, airflow: AirflowCli) -> list[str]:
    """Have Airflow use the secrets that have changed; return a sentence for each.

    A password that somebody has changed in Airflow stays, until it changes in `.env`, too.

    Raises:
        UsageError: Airflow refuses, or can't decrypt what it has stored.
    """
    changed = []
    password, key = secrets[PASSWORD], secrets[FERNET_KEY]
    if known.is_known(PASSWORD) and not known.is_same(PASSWORD, password):
        airflow.ask("users", "reset-password", "--username", "admin", "--password", password)
        changed.append(f"The password of admin is the new {PASSWORD}.")
    if not known.is_same(FERNET_KEY, key):
        try:
            airflow.ask("rotate-fernet-key")
        except UsageError as refusal:
            raise UsageError(CANNOT_DECRYPT) from refusal
        if known.is_known(FERNET_KEY):
            changed.append(f"What Airflow has stored is encrypted with the new {FERNET_KEY}.")
    for name, value in ((PASSWORD, password), (FERNET_KEY, key)):
        if not known.is_same(name, value):
            known.remember(name, value)
    return changed


def _digest(value: str, salt: str) -> str:
    return hashlib.scrypt(value.encode(), salt=salt.encode(), n=2**14, r=8, p=1).hex()
