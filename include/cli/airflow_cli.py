"""Runs Airflow's own command line, in a subprocess or in place of this process.

Unlike the REST API, it works wherever Airflow does (on one machine, in a container, in a cluster),
and needs no login.
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
from include.terminal.errors import UsageError


@dataclass(frozen=True)
class AirflowCli:
    """The command, such as `("/usr/bin/airflow",)`, and its environment."""

    command: tuple[str, ...]
    environment: Mapping[str, str] = field(repr=False)

    def become(self, *arguments: str) -> NoReturn:
        """Replace this process with Airflow, which takes over terminal, signals and exit status."""
        os.execve(self.command[0], [*self.command, *arguments], self.environment)  # noqa: S606 - no shell is wanted

    def ask(self, *arguments: str) -> str:
        """Return the output of an Airflow command, which Ctrl-C does not interrupt.

        Raises:
            UsageError: the command fails; the message has Airflow's reason.
        """
        completed = subprocess.run(
            [*self.command, *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        if completed.returncode:
            raise UsageError(f"Airflow refuses: {_reason(completed.stderr, completed.stdout)}")
        return completed.stdout

    def rows(self, *arguments: str) -> list[dict[str, Any]]:
        """Return the JSON output of an Airflow command; numbers and booleans are strings.

        Raises:
            UsageError: the command fails, or does not print JSON.
        """
        # Warnings may precede it.
        output = self.ask(*arguments, "--output", "json").rstrip().rpartition("\n")[2]
        try:
            return list(json.loads(output))
        except ValueError as error:
            raise UsageError(f"Airflow did not print JSON, but: {output}") from error


def _reason(*outputs: str) -> str:
    """Return the error without its Python class, or else the last line of output."""
    for output in outputs:
        if error := last_error(output):
            return re.sub(r"^[\w.]+: ", "", error)
        if lines := output.strip().splitlines():
            return lines[-1].removesuffix(", see help above.")
    return "it gives no reason"
