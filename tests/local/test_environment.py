"""The shell part: `run.sh`, `bin/airflow` and what they share."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from include.local.settings import PROJECT


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with nothing to install."""
    shutil.copytree(PROJECT / "bin", tmp_path / "bin")
    shutil.copytree(
        PROJECT / "include", tmp_path / "include", ignore=shutil.ignore_patterns("__pycache__")
    )
    shutil.copy(PROJECT / "run.sh", tmp_path)
    (tmp_path / "requirements-local.txt").write_text("# nothing\n")
    (tmp_path / "constraints").mkdir()
    for line in ("3.3", "2.11"):
        (tmp_path / "constraints" / f"airflow-{line}.txt").write_text("rich==1.0\n")
    return tmp_path


def call(project: Path, *command: str, python: str = sys.executable) -> tuple[int, str]:
    done = subprocess.run(
        command,
        cwd="/",
        env={"PATH": os.environ["PATH"], "JOB_TRACKER_PYTHON": python},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    return done.returncode, done.stdout + done.stderr


def make_environment(project: Path) -> tuple[int, str]:
    script = (
        f". '{project}/bin/environment.sh'; find_python 3.13; "
        "make_environment .venv requirements-local.txt constraints/airflow-3.3.txt; echo made"
    )
    return call(project, "bash", "-c", script)


def fake_python(project: Path, python_version: str) -> str:
    python = project / f"python{python_version}"
    python.write_text(f"#!/bin/sh\necho {python_version}\n")
    python.chmod(python.stat().st_mode | stat.S_IXUSR)
    return str(python)


@pytest.mark.parametrize(
    ("line", "python_version", "wanted"),
    [("3.3", "3.10", "3.11 to 3.13"), ("3.3", "3.14", "3.11 to 3.13"), ("3.3", "2.7", "3.11")],
)
def test_a_python_out_of_range_is_refused_in_one_line(
    project: Path, line: str, python_version: str, wanted: str
) -> None:
    python = fake_python(project, python_version)

    status, output = call(project, f"{project}/run.sh", "--airflow", line, python=python)

    assert status == 1
    assert len(output.splitlines()) == 1
    assert f"needs Python {wanted}" in output
    assert f"{python} is {python_version}" in output
    assert not (project / ".venv").exists()


def test_a_python_that_does_not_run_is_passed_over(project: Path) -> None:
    stand_in = project / "python-of-a-version-manager"
    stand_in.write_text("#!/bin/sh\necho 'not installed' >&2; exit 127\n")
    stand_in.chmod(0o755)
    script = f". '{project}/bin/environment.sh'; find_python 3.13; echo $PYTHON"

    status, output = call(
        project, "bash", "-c", script, python=f"{stand_in} /no/such/python {sys.executable}"
    )

    assert (status, output.strip()) == (0, sys.executable)


def test_wrong_options_are_refused_before_anything_is_installed(project: Path) -> None:
    status, output = call(project, f"{project}/run.sh", "--once", "--conf", "{")

    assert status == 2
    assert "is not JSON" in output
    assert not (project / ".venv").exists()


def test_help_needs_no_environment(project: Path) -> None:
    status, output = call(project, f"{project}/run.sh", "--help")

    assert status == 0
    assert "--mongo-port" in output
    assert not (project / ".venv").exists()


def test_an_environment_is_made_once_and_again_only_if_what_it_needs_has_changed(
    project: Path,
) -> None:
    requirements, venv = project / "requirements-local.txt", project / ".venv"
    assert "Installed in" in make_environment(project)[1]
    assert make_environment(project) == (0, "made\n")

    requirements.write_text("# nothing, in other words\n")
    assert "Installed in" in make_environment(project)[1]

    # A failed installation is not taken for a finished one.
    requirements.write_text("./no-such-directory-of-this-project\n")
    status, output = make_environment(project)
    assert status == 1
    assert "could not be installed" in output
    assert "no-such-directory-of-this-project" in output
    assert not (venv / "installed").exists()
    assert not (project / ".venv.lock").exists()

    # And begun afresh.
    requirements.write_text("# nothing\n")
    (venv / "half-written").touch()
    assert "Installed in" in make_environment(project)[1]
    assert not (venv / "half-written").exists()


def test_a_second_installation_waits_for_nobody_and_says_whose_turn_it_is(project: Path) -> None:
    (project / ".venv.lock").write_text(f"{os.getpid()}\n")

    status, output = make_environment(project)

    assert status == 1
    assert f"Process {os.getpid()} is installing" in output


def test_the_airflow_of_an_image_gets_the_translated_command(project: Path) -> None:
    airflow = project / "airflow-of-the-image"
    airflow.write_text('#!/bin/sh\necho "airflow $*"\n')
    airflow.chmod(0o755)
    done = subprocess.run(
        [f"{project}/bin/airflow", "dags", "list"],
        env={
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "JOB_TRACKER_AIRFLOW_COMMAND": str(airflow),
        },
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout == "airflow dags list\n"
