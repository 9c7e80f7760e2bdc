"""Secrets in `.env` of which Airflow keeps something in its database: which have changed since?

The databases take over their passwords by themselves when they start (`docker/start-*.sh`), and
the other secrets are used as they are.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from collections.abc import Mapping
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

    def have_changed(self, name: str, value: str) -> bool:
        """Return whether another value is known; not at the first start."""
        salt, _, digest = self._hashes().get(name, "").partition(":")
        return bool(salt) and not hmac.compare_digest(digest, _digest(value, salt))

    def remember(self, secrets: Mapping[str, str]) -> None:
        """Keep their hashes for the next start."""
        salt = os.urandom(16).hex()
        hashes = {name: f"{salt}:{_digest(value, salt)}" for name, value in secrets.items()}
        write_whole(self.file, json.dumps(hashes))

    def _hashes(self) -> dict[str, str]:
        try:
            return dict(json.loads(self.file.read_text(encoding="utf-8")))
        except (OSError, ValueError):
            return {}


def take_over(secrets: Mapping[str, str], known: KnownSecrets, airflow: AirflowCli) -> list[str]:
    """Have Airflow use the secrets that have changed; return a sentence for each.

    A password that somebody has changed in Airflow stays, until it changes in `.env`, too.

    Raises:
        UsageError: Airflow refuses, or can't decrypt what it has stored.
    """
    changed = []
    if known.have_changed(PASSWORD, secrets[PASSWORD]):
        new = ("--username", "admin", "--password", secrets[PASSWORD])
        airflow.ask("users", "reset-password", *new)
        changed.append(f"The password of admin is the new {PASSWORD}.")
    if known.have_changed(FERNET_KEY, secrets[FERNET_KEY]):
        try:
            airflow.ask("rotate-fernet-key")
        except UsageError as refusal:
            raise UsageError(CANNOT_DECRYPT) from refusal
        changed.append(f"What Airflow has stored is encrypted with the new {FERNET_KEY}.")
    known.remember(secrets)
    return changed


def _digest(value: str, salt: str) -> str:
    return hashlib.scrypt(value.encode(), salt=salt.encode(), n=2**14, r=8, p=1).hex()
