"""The shell part: `run.sh`, the commands in `bin/` and what they share."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from include.local.settings import PROJECT

COMMANDS = ["run.sh", "test.sh", *(f"bin/{each.name}" for each in PROJECT.glob("bin/*"))]
COMMANDS.remove("bin/environment.sh")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with nothing to install."""
    return lay_out(tmp_path / "project")


def lay_out(project: Path) -> Path:
    shutil.copytree(PROJECT / "bin", project / "bin")
    shutil.copytree(
        PROJECT / "include", project / "include", ignore=shutil.ignore_patterns("__pycache__")
    )
    for name in ("run.sh", "test.sh", ".env.example", "docker-compose.yaml"):
        shutil.copy(PROJECT / name, project)
    shutil.copytree(PROJECT / "docker", project / "docker")
    (project / "requirements-local.txt").write_text("# nothing\n")
    (project / "constraints").mkdir()
    for line in ("3.3", "2.11"):
        (project / "constraints" / f"airflow-{line}.txt").write_text("rich==1.0\n")
    return project


def call(
    *command: str, python: str | None = sys.executable, cwd: Path | str = "/", **environment: str
) -> tuple[int, str]:
    done = subprocess.run(
        command,
        cwd=cwd,
        env={
            "PATH": os.environ["PATH"],
            **({"JOB_TRACKER_PYTHON": python} if python else {}),
            **environment,
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    return done.returncode, done.stdout + done.stderr


def found_python(project: Path, **settings: str) -> tuple[int, str]:
    script = f". '{project}/bin/environment.sh'; find_python 3.14; echo \"$PYTHON\""
    status, output = call("bash", "-c", script, python=None, **settings)
    return status, output.strip()


def executable(file: Path, script: str) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(0o755)
    return file


def link_to_python(file: Path) -> Path:
    """A Python at another path."""
    return executable(file, f'exec {shlex.quote(sys.executable)} "$@"')


@pytest.mark.parametrize(
    ("line", "version", "wanted"),
    [
        ("3.3", "3.10", "3.11 to 3.14"),
        ("3.3", "3.15", "3.11 to 3.14"),
        ("3.3", "2.7", "3.11 to 3.14"),
        ("3.3", "3.13t", "3.11 to 3.14"),
        ("3.3", "3.11 of pypy", "3.11 to 3.14"),
    ],
)
def test_a_python_out_of_range_is_refused_in_one_line(
    project: Path, line: str, version: str, wanted: str
) -> None:
    python = executable(project / "python", f"echo '{version}'")

    status, output = call(f"{project}/run.sh", "--airflow", line, python=str(python))

    assert status == 1
    assert len(output.splitlines()) == 1
    assert f"needs Python {wanted}" in output
    assert f"{python} is {version}" in output
    assert not (project / ".venv").exists()


def test_each_airflow_line_has_its_newest_python(project: Path) -> None:
    script = f". '{project}/bin/environment.sh'; newest_python 3.3; newest_python 2.11"

    assert call("bash", "-c", script) == (0, "3.14\n3.12\n")


def test_a_python_on_path_that_does_not_run_is_passed_over(project: Path, tmp_path: Path) -> None:
    executable(tmp_path / "path" / "python3", "echo 'not installed' >&2; exit 127")
    usable = link_to_python(tmp_path / "path" / "python3.11")

    found = found_python(project, PATH=f"{tmp_path}/path:/usr/bin:/bin")

    assert found == (0, str(usable))


@pytest.mark.parametrize(
    "written",
    [
        "JOB_TRACKER_PYTHON={python}",
        "export JOB_TRACKER_PYTHON={python}",
        'JOB_TRACKER_PYTHON="{python}"',
        "JOB_TRACKER_PYTHON='{python}' # mine",
        "JOB_TRACKER_PYTHON = {python}   # mine",
        "\ufeffJOB_TRACKER_PYTHON={python}\r\nUSAJOBS_EMAIL=\r",
        "JOB_TRACKER_PYTHON=/no/such/python\nJOB_TRACKER_PYTHON={python}",
    ],
)
def test_a_python_can_be_named_in_the_env_file(project: Path, tmp_path: Path, written: str) -> None:
    python = link_to_python(tmp_path / "a folder" / "python")
    (project / ".env").write_text(written.format(python=python), encoding="utf-8")

    assert found_python(project) == (0, str(python))
    # The environment takes precedence.
    assert found_python(project, JOB_TRACKER_PYTHON=sys.executable) == (0, sys.executable)


@pytest.mark.parametrize("named", ["~/my python", "tools/python", "python-of-mine"])
def test_a_python_can_be_named_by_home_by_project_and_by_command(
    project: Path, tmp_path: Path, named: str
) -> None:
    for each in (tmp_path / "my python", project / "tools/python", tmp_path / "python-of-mine"):
        link_to_python(each)

    status, found = found_python(
        project,
        HOME=str(tmp_path),
        PATH=f"{tmp_path}:/usr/bin:/bin",
        JOB_TRACKER_PYTHON=named,
    )

    assert (status, Path(found).name) == (0, Path(named).name)


@pytest.mark.parametrize("where", ["environment", "file"])
def test_a_named_python_that_does_not_run_is_not_replaced_by_another(
    project: Path, where: str
) -> None:
    named = {"JOB_TRACKER_PYTHON": "/no/such/python"}
    if where == "file":
        (project / ".env").write_text("JOB_TRACKER_PYTHON=/no/such/python\n")

    status, output = found_python(project, **(named if where == "environment" else {}))

    assert status == 1
    assert "/no/such/python does not run" in output


def test_wrong_options_are_refused_before_anything_is_installed(project: Path) -> None:
    status, output = call(f"{project}/run.sh", "--once", "--conf", "{")

    assert status == 2
    assert "is not JSON" in output
    assert not (project / ".venv").exists()


def test_help_needs_no_environment(project: Path) -> None:
    status, output = call(f"{project}/run.sh", "--help")

    assert status == 0
    assert "--mongo-port" in output
    assert not (project / ".venv").exists()
    _, without_errors = call("bash", "-c", f"'{project}/run.sh' --help 2>/dev/null")
    assert without_errors == output


def make_environment(project: Path) -> tuple[int, str]:
    script = (
        f". '{project}/bin/environment.sh'; find_python 3.14; "
        "make_environment .venv requirements-local.txt constraints/airflow-3.3.txt; echo made"
    )
    return call("bash", "-c", script, PIP_USER="1", PIP_TARGET=f"{project}/elsewhere")


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

    # And begun afresh.
    requirements.write_text("# nothing\n")
    (venv / "half-written").touch()
    assert "is not finished" in make_environment(project)[1]
    assert not (venv / "half-written").exists()


@pytest.fixture
def installed(project: Path) -> Path:
    """A project whose environment only says what is run in it."""
    (project / "bin" / "environment.sh").write_text(
        (project / "bin" / "environment.sh").read_text() + "\nmake_environment() { echo made; }\n"
    )
    for venv in (".venv", ".venv-test-3.3"):
        executable(project / venv / "bin" / "python", 'echo "ran: $*"')
        for tool in ("ruff", "mypy", "lint-imports", "zizmor", "hadolint"):
            executable(project / venv / "bin" / tool, "exit 0")
    return project


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_runs_through_links(installed: Path, tmp_path: Path, command: str) -> None:
    links = tmp_path / "links"
    links.mkdir()
    (links / "relative").symlink_to(os.path.relpath(installed / command, links))
    (links / "jt").symlink_to("relative")
    # Two commands ask Docker, and one wants to know what for.
    digest = "postgres@sha256:0"
    executable(tmp_path / "path" / "docker", f'[ "$1" != image ] || echo {digest}')
    path = f"{tmp_path / 'path'}:{os.environ['PATH']}"
    arguments = []
    if command == "bin/rotate-secret":
        (installed / ".env").touch()
        arguments = ["MONGO_PASSWORD"]

    status, output = call(str(links / "jt"), *arguments, PATH=path)

    assert status == 0, output
    assert "No such file" not in output


@pytest.mark.parametrize(
    "way",
    ["bash report", "./report", "cd ..; bin/report", "export CDPATH=.:..; cd ..; bin/report"],
)
def test_a_command_runs_from_any_folder(installed: Path, way: str) -> None:
    status, output = call("bash", "-c", way, cwd=installed / "bin")

    assert (status, output.splitlines()[-1]) == (0, "ran: -P -m include.cli.report_command")


@pytest.mark.parametrize(
    "setting",
    [
        {"PYTHONHOME": "/nowhere"},
        {"PYTHONPATH": "{foreign}"},
        {"PYTHONSAFEPATH": "1"},
        {"PYTHONSTARTUP": "/no/such/file", "PYTHONINSPECT": ""},
        {"PYTHONWARNINGS": "error"},
        {"PYTHONOPTIMIZE": "2"},
        {"LC_ALL": "xx_XX.ISO-8859-15"},
        {"TERM": "dumb", "COLUMNS": "3"},
        {"POSIXLY_CORRECT": "1"},
        {"SHELLOPTS": "noclobber:errexit:noglob"},
        {"HOME": "/nonexistent"},
    ],
    ids=lambda setting: "-".join(setting),
)
def test_what_a_user_sets_for_other_programs_changes_nothing(
    project: Path, tmp_path: Path, setting: dict[str, str]
) -> None:
    for package in ("include", "argparse"):
        (tmp_path / "foreign" / package).mkdir(parents=True)
        (tmp_path / "foreign" / package / "__init__.py").write_text("raise SystemExit('foreign')")
    setting = {name: value.format(foreign=tmp_path / "foreign") for name, value in setting.items()}

    status, output = call("env", *as_arguments(setting), f"{project}/run.sh", "--help")

    assert status == 0, output
    assert "JOB_TRACKER_PYTHON" in output


def as_arguments(setting: dict[str, str]) -> list[str]:
    return [f"{name}={value}" for name, value in setting.items()]


@pytest.mark.parametrize(
    "name", ["with space", "l'hôpital", 'a "b"', "-begins", "100", "[a]{b}(c)&;", "a" * 200]
)
def test_a_path_may_have_any_of_these_characters(tmp_path: Path, name: str) -> None:
    project = lay_out(tmp_path / name)

    assert call(f"{project}/run.sh", "--help")[0] == 0


@pytest.mark.parametrize("name", ["a:b", "50%", "a?", "a#b", "a$b", "a\\b", "a\nb", "ends\n"])
def test_a_path_that_airflow_would_misread_is_refused_before_anything_begins(
    tmp_path: Path, name: str
) -> None:
    project = lay_out(tmp_path / name)

    status, output = call(f"{project}/run.sh", "--help")

    assert status == 1
    assert "Move or rename the folder" in output


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_a_closed_stream_is_no_other_file(project: Path, closed: str) -> None:
    assert call("bash", "-c", f"'{project}/run.sh' --help {closed}")[0] == 0


def test_a_folder_that_was_deleted_is_no_place_to_run_in(installed: Path, tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    script = f"mkdir '{gone}'; cd '{gone}'; rmdir '{gone}'; '{installed}/bin/report'"

    status, output = call("bash", "-c", script)

    assert status == 0
    assert "ran: -P -m include.cli.report_command" in output


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
