"""What the linter is told to leave alone is what it would complain about, and no more."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from include.local.settings import PROJECT


def lint_settings() -> dict[str, Any]:
    settings = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))
    found: dict[str, Any] = settings["tool"]["ruff"]["lint"]
    return found


def security_exceptions() -> set[tuple[str, str]]:
    """The files, as a pattern, and the rule of each security check that is off for them."""
    return {
        (files, rule)
        for files, rules in lint_settings()["per-file-ignores"].items()
        for rule in rules
        if re.fullmatch(r"S\d*", rule)
    }


def security_complaints() -> set[tuple[str, str]]:
    """The file and rule of each security check that fails once no file is spared."""
    done = subprocess.run(
        [
            *(sys.executable, "-m", "ruff", "check", "--select", "S", "--output-format", "json"),
            *("--config", "lint.per-file-ignores={}", str(PROJECT)),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    complaints = json.loads(done.stdout)
    return {(str(Path(each["filename"]).relative_to(PROJECT)), each["code"]) for each in complaints}


def test_no_security_check_is_off_where_nothing_would_fail_it() -> None:
    complaints = security_complaints()
    needed = {
        (files, rule)
        for files, rule in security_exceptions()
        if any(rule == each and fnmatch(file, files) for file, each in complaints)
    }

    assert complaints
    assert security_exceptions() - needed == set()


def test_every_security_check_is_on_for_what_is_deployed() -> None:
    deployed = [
        str(file.relative_to(PROJECT))
        for folder in ("dags", "plugins", "include")
        for file in (PROJECT / folder).rglob("*.py")
        if not file.is_relative_to(PROJECT / "include" / "local")
        and not file.is_relative_to(PROJECT / "include" / "sample_api")
    ]
    off = {file for file in deployed for files, _ in security_exceptions() if fnmatch(file, files)}

    assert len(deployed) > 20
    assert off == set()
    assert "S" in lint_settings()["select"]
    assert [rule for rule in lint_settings()["ignore"] if re.fullmatch(r"S\d*", rule)] == []
