"""Airflow's own command line, as something to ask and something to become.

It reaches the metadata database wherever Airflow does: on one machine, in a container, in a
cluster; and it needs no login.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn

from include.local.task_log import last_error
from include.local.trouble import Refusal


@dataclass(frozen=True)
class AirflowCli:
    """The command to call, such as `("/usr/bin/airflow",)`, and the environment it gets."""

    command: tuple[str, ...]
    environment: Mapping[str, str] = field(repr=False)

    def become(self, *arguments: str) -> NoReturn:
        """Leave the terminal, the signals and the exit status to Airflow."""
        os.execve(self.command[0], [*self.command, *arguments], self.environment)  # noqa: S606 - no shell is wanted

    def ask(self, *arguments: str) -> str:
        """Return what Airflow prints; Refusal with its reason if it fails. It takes some seconds.

        Ctrl-C does not reach it.
        """
        asked = subprocess.run(
            [*self.command, *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        if asked.returncode:
            raise Refusal(f"Airflow refuses: {_reason(asked.stderr, asked.stdout)}")
        return asked.stdout

    def rows(self, *arguments: str) -> list[dict[str, Any]]:
        """Return what Airflow answers in JSON; numbers and truth values come as strings."""
        # Warnings may stand before it.
        answer = self.ask(*arguments, "--output", "json").rstrip().rpartition("\n")[2]
        try:
            return list(json.loads(answer))
        except ValueError as error:
            raise Refusal(f"Airflow answers in words, not in JSON: {answer}") from error


def _reason(*outputs: str) -> str:
    """Return the error without the name of its Python class, else the last line printed."""
    for output in outputs:
        if error := last_error(output):
            return re.sub(r"^[\w.]+: ", "", error)
        if lines := output.strip().splitlines():
            return lines[-1].removesuffix(", see help above.")
    return "it gives no reason"
