"""What a container of the image starts, by its entrypoint and the commands of bin/."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from include.cli.image import GIVEN_AIRFLOW
from include.local.settings import PROJECT

ENTRYPOINT = PROJECT / "docker" / "entrypoint.sh"


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """The image's environment, with a command in Airflow's place that says what it is asked."""
    airflow = tmp_path / "airflow"
    airflow.write_text('#!/bin/sh\necho "airflow $*"\n')
    airflow.chmod(0o700)
    return {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        GIVEN_AIRFLOW: str(airflow),
    }


def output(*command: object, environment: dict[str, str]) -> tuple[int, str]:
    done = subprocess.run(
        [str(each) for each in command],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout


def test_a_command_of_the_project_starts_by_its_name(environment: dict[str, str]) -> None:
    status, said = output(ENTRYPOINT, "once", "--help", environment=environment)

    assert status == 0
    assert said.startswith("usage: once ")


@pytest.mark.parametrize(
    "command", ["scheduler", "airflow version", "bash -c true", "", "environment.sh", "../docker"]
)
def test_anything_else_goes_to_airflows_own_entrypoint(
    command: str, environment: dict[str, str], tmp_path: Path
) -> None:
    folder = tmp_path / "opt"
    (folder / "docker").mkdir(parents=True)
    (folder / "bin").symlink_to(PROJECT / "bin")
    own = tmp_path / "own"
    own.write_text('#!/bin/sh\necho "own $*"\n')
    own.chmod(0o700)
    text = ENTRYPOINT.read_text(encoding="utf-8")
    assert text.count("exec /entrypoint ") == 1
    copy = folder / "docker" / "entrypoint.sh"
    copy.write_text(text.replace("exec /entrypoint ", f"exec {shlex.quote(str(own))} "))
    copy.chmod(0o700)

    assert output(copy, *command.split(), environment=environment) == (
        0,
        f"own {command}".rstrip() + ("\n" if command else " \n"),
    )


def test_viewers_and_users_get_to_see_the_page(environment: dict[str, str]) -> None:
    assert output(PROJECT / "bin" / "share-page", environment=environment) == (
        0,
        "airflow roles add-perms Viewer User --action can_read --resource Plugins\n",
    )


def test_the_image_gets_every_file_that_it_starts_and_copies_nothing_that_is_not_there() -> None:
    dockerfile = (PROJECT / "Dockerfile").read_text(encoding="utf-8")
    copied = re.findall(r"^COPY --chown=airflow:0 (.+) (\S+)$", dockerfile, re.MULTILINE)
    sources = [source for names, _ in copied for source in names.split()]

    assert [source for source in sources if not (PROJECT / source).exists()] == []
    assert "docker/entrypoint.sh" in sources
    assert '"/opt/airflow/docker/entrypoint.sh"]' in dockerfile
    assert os.access(ENTRYPOINT, os.X_OK)


def test_the_image_is_installed_by_its_pins_and_without_a_cache() -> None:
    dockerfile = (PROJECT / "Dockerfile").read_text(encoding="utf-8")

    (install,) = re.findall(
        r"^RUN (uv pip install .*?-c \S+)", dockerfile, re.MULTILINE | re.DOTALL
    )
    assert "--no-cache" in install
    assert install.endswith("constraints/airflow-3.3.txt")
