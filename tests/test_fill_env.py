"""bin/fill-env: the secrets of the compose stack."""

from __future__ import annotations

import base64
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from include.local.settings import PROJECT, parse_env_file

ASKED_FOR = set(
    re.findall(r"\$\{(\w+):\?", (PROJECT / "docker-compose.yaml").read_text(encoding="utf-8"))
)

BIN = ("bin/fill-env", "bin/rotate-secret", "bin/environment.sh")
MOUNTED = ("docker/create-users.js", "docker/start-mongo.sh", "docker/start-postgres.sh")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("bin", "docker"):
        (tmp_path / name).mkdir()
    for name in (*BIN, ".env.example", "docker-compose.yaml", *MOUNTED):
        shutil.copy(PROJECT / name, tmp_path / name)
    return tmp_path


def fill_env(
    folder: Path, *arguments: str, path: str = os.environ["PATH"], program: str = "fill-env"
) -> tuple[int, str]:
    done = subprocess.run(
        [f"{folder}/bin/{program}", *arguments],
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
    )
    return done.returncode, done.stdout + done.stderr


def written(folder: Path) -> dict[str, str]:
    return parse_env_file((folder / ".env").read_text(encoding="utf-8"))


def test_every_secret_gets_a_value_of_its_own_that_only_the_owner_reads(folder: Path) -> None:
    status, output = fill_env(folder)

    secrets = {name: written(folder)[name] for name in ASKED_FOR}
    assert status == 0
    assert len(set(secrets.values())) == len(ASKED_FOR) > 5
    assert all(len(value) >= 32 for value in secrets.values())
    assert not any(value in output for value in secrets.values())
    assert (folder / ".env").stat().st_mode & 0o777 == 0o600


def test_keys_have_the_lengths_that_airflow_wants(folder: Path) -> None:
    fill_env(folder)

    keys = written(folder)
    assert len(base64.urlsafe_b64decode(keys["AIRFLOW_FERNET_KEY"])) == 32
    assert len(base64.urlsafe_b64decode(keys["AIRFLOW_JWT_SECRET"])) == 64


def test_passwords_have_no_character_that_means_something_in_an_address(folder: Path) -> None:
    fill_env(folder)

    passwords = [value for name, value in written(folder).items() if name.endswith("PASSWORD")]
    assert passwords
    assert all(value.isalnum() for value in passwords)


def test_what_is_set_stays_and_what_is_missing_is_added(folder: Path) -> None:
    (folder / ".env").write_text("# mine\nMONGO_PASSWORD=chosen-by_me\nUSAJOBS_API_KEY=a$b\n")

    fill_env(folder)

    assert (folder / ".env").read_text().startswith("# mine\nMONGO_PASSWORD=chosen-by_me\n")
    assert written(folder).keys() == {*ASKED_FOR, "USAJOBS_API_KEY", "JOB_TRACKER_TAG"}
    assert written(folder)["USAJOBS_API_KEY"] == "a$b"


@pytest.mark.parametrize("name", MOUNTED)
def test_what_containers_read_as_users_of_their_own_is_made_readable(
    folder: Path, name: str
) -> None:
    script = folder / name
    script.chmod(0o600)

    fill_env(folder)

    assert script.stat().st_mode & 0o777 == 0o644


def test_what_is_mounted_is_named_by_this_test() -> None:
    compose = (PROJECT / "docker-compose.yaml").read_text(encoding="utf-8")
    assert {*MOUNTED} == set(re.findall(r"\./(docker/[\w.-]+):", compose))


# --- names of its own


def test_two_clones_of_one_name_share_neither_containers_nor_image(
    folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = tmp_path_factory.mktemp("other") / folder.name
    shutil.copytree(folder, other)
    for clone in (folder, other):
        fill_env(clone)

    for name in ("COMPOSE_PROJECT_NAME", "JOB_TRACKER_TAG"):
        assert re.fullmatch(r"[a-z0-9][a-z0-9-]*", written(folder)[name])
        assert written(folder)[name] != written(other)[name]


def test_what_an_earlier_version_started_keeps_its_name(folder: Path) -> None:
    (folder / ".env").write_text("MONGO_PASSWORD=mine\n")

    fill_env(folder)

    assert "COMPOSE_PROJECT_NAME" not in written(folder)
    assert written(folder)["JOB_TRACKER_TAG"]


def test_an_image_of_yours_keeps_its_tag(folder: Path) -> None:
    (folder / ".env").write_text("JOB_TRACKER_IMAGE=registry.example.org/jobs\n")

    fill_env(folder)

    assert "JOB_TRACKER_TAG" not in written(folder)


@pytest.mark.parametrize(
    ("before", "profiles"),
    [
        ("", "sample"),
        ("USAJOBS_EMAIL=ada@example.org\nUSAJOBS_API_KEY=of-ada\n", ""),
        ("COMPOSE_PROFILES=celery\n", "celery"),
        ("COMPOSE_PROFILES=\n", "sample"),
    ],
)
def test_the_sample_api_is_started_where_there_is_no_account(
    folder: Path, before: str, profiles: str
) -> None:
    (folder / ".env").write_text(before)

    fill_env(folder)

    assert written(folder).get("COMPOSE_PROFILES", "") == profiles


# --- new values


def test_a_secret_that_is_named_gets_a_new_value_and_no_other(folder: Path) -> None:
    fill_env(folder)
    before = written(folder)

    status, output = fill_env(folder, "--renew", "MONGO_PASSWORD", "AIRFLOW_JWT_SECRET")

    after = written(folder)
    changed = {name for name in before if before[name] != after[name]}
    assert (status, changed) == (0, {"MONGO_PASSWORD", "AIRFLOW_JWT_SECRET"})
    assert after["MONGO_PASSWORD"] not in output


def test_the_former_keys_of_what_is_stored_stay_behind_the_new_one(folder: Path) -> None:
    keys = []
    for _ in range(3):
        fill_env(folder, *(["--renew", "AIRFLOW_FERNET_KEY"] if keys else []))
        keys.append(written(folder)["AIRFLOW_FERNET_KEY"].split(","))

    (first,), second, third = keys
    assert second[1:] == [first]
    # Nobody knows whether a start has encrypted everything with the second one.
    assert third[1:] == second
    assert len({first, second[0], third[0]}) == 3


@pytest.mark.parametrize("names", [["USAJOBS_API_KEY"], ["MONGO_PASSWORD", "MONGO"], []])
def test_what_is_no_secret_of_the_stack_is_not_renewed(folder: Path, names: list[str]) -> None:
    fill_env(folder)
    before = (folder / ".env").read_bytes()

    status, output = fill_env(folder, "--renew", *names)

    assert (status, (folder / ".env").read_bytes()) == (1, before)
    assert "MONGO_ROOT_PASSWORD" in output


def test_other_arguments_are_refused(folder: Path) -> None:
    status, output = fill_env(folder, "--help")
    assert status == 1
    assert "Usage: bin/fill-env [--renew NAME …]" in output


@pytest.mark.parametrize("has_version_2", [True, False])
def test_a_rotated_secret_is_taken_over_by_a_start(folder: Path, has_version_2: bool) -> None:
    fill_env(folder)
    before = written(folder)["MONGO_PASSWORD"]
    programs, said = folder / "programs", folder / "said"
    programs.mkdir()
    for name in ("docker", "docker-compose"):
        refuses = "" if has_version_2 else '[ "$1" != compose ] || exit 1\n'
        (programs / name).write_text(f'#!/bin/sh\n{refuses}echo "{name} $@" >>"{said}"\n')
        (programs / name).chmod(0o755)

    path = f"{programs}:{os.environ['PATH']}"
    status, output = fill_env(folder, "MONGO_PASSWORD", path=path, program="rotate-secret")

    assert status == 0, output
    assert written(folder)["MONGO_PASSWORD"] != before
    program = "docker compose" if has_version_2 else "docker-compose"
    assert said.read_text().splitlines()[-1] == f"{program} up --detach"


def test_no_value_begins_as_an_option_does(folder: Path) -> None:
    # Every other time, what is drawn begins with the byte that base64 writes as +.
    drawn = folder / "head"
    drawn.write_text(
        f"""#!/bin/sh
if mkdir "$0.$2" 2>/dev/null; then printf '\\370'; {shutil.which("head")} -c "$(($2 - 1))" "$3"
else rmdir "$0.$2"; {shutil.which("head")} "$@"; fi
"""
    )
    drawn.chmod(0o755)
    status, output = fill_env(folder, path=f"{folder}:{os.environ['PATH']}")
    assert status == 0, output
    keys = {name: value for name, value in written(folder).items() if name in ASKED_FOR}
    assert not [name for name, value in keys.items() if value.startswith("-")]
    assert fill_env(folder)[0] == 0


def test_a_second_time_changes_nothing(folder: Path) -> None:
    fill_env(folder)
    before = (folder / ".env").read_bytes()

    status, output = fill_env(folder)

    assert (status, (folder / ".env").read_bytes()) == (0, before)
    assert "Every secret in .env is set already." in output


@pytest.mark.parametrize("value", ["p@ss", "-begins", "a/b", "'p@ss'", "#1"])
def test_a_password_that_would_break_an_address_is_refused_by_name(
    folder: Path, value: str
) -> None:
    (folder / ".env").write_text(f"MONGO_PASSWORD={value}\n")

    status, output = fill_env(folder)

    assert status == 1
    assert "MONGO_PASSWORD in .env" in output
    assert value not in output
    assert (folder / ".env").read_text() == f"MONGO_PASSWORD={value}\n"


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
@pytest.mark.parametrize("bom", ["", "\ufeff"])
def test_files_of_other_editors_are_completed_and_keep_their_line_ends(
    folder: Path, line_end: str, bom: str
) -> None:
    example = (folder / ".env.example").read_text(encoding="utf-8")
    (folder / ".env").write_text(bom + example, encoding="utf-8", newline=line_end)

    status, output = fill_env(folder)

    assert status == 0, output
    lines = (folder / ".env").read_bytes().split(b"\n")
    assert {line.endswith(b"\r") for line in lines[:-1]} == {line_end == "\r\n"}
    assert len(lines) == len(example.split("\n"))
    assert all(written(folder)[name] for name in ASKED_FOR)


@pytest.mark.parametrize(
    "line",
    [
        "export AIRFLOW_PASSWORD=chosen",
        'AIRFLOW_PASSWORD="chosen"',
        "  AIRFLOW_PASSWORD = 'chosen'",
        "AIRFLOW_PASSWORD=chosen # by me",
        "AIRFLOW_PASSWORD=\nAIRFLOW_PASSWORD=chosen",
    ],
)
def test_what_is_set_stays_however_it_is_written(folder: Path, line: str) -> None:
    (folder / ".env").write_text(line)

    status, output = fill_env(folder)

    assert (status, "AIRFLOW_PASSWORD" in output) == (0, False)
    assert (folder / ".env").read_text().startswith(f"{line}\n")
    assert (folder / ".env").read_text().count("AIRFLOW_PASSWORD") == line.count("AIRFLOW_PASSWORD")
    assert "chosen" in written(folder).values()


@pytest.mark.parametrize(
    ("line", "before", "after"),
    [
        ("export AIRFLOW_PASSWORD=", "export AIRFLOW_PASSWORD=", "\n"),
        ("AIRFLOW_PASSWORD=''", "AIRFLOW_PASSWORD=", "\n"),
        ("AIRFLOW_PASSWORD= # the first user's", "AIRFLOW_PASSWORD=", " # the first user's\n"),
        (
            "AIRFLOW_PASSWORD=old\nAIRFLOW_PASSWORD=",
            "AIRFLOW_PASSWORD=old\nAIRFLOW_PASSWORD=",
            "\n",
        ),
    ],
)
def test_an_empty_value_is_filled_in_its_line(
    folder: Path, line: str, before: str, after: str
) -> None:
    (folder / ".env").write_text(line)

    fill_env(folder)

    value = written(folder)["AIRFLOW_PASSWORD"]
    assert value.isalnum()
    assert (folder / ".env").read_text().startswith(f"{before}{value}{after}")


@pytest.mark.parametrize("exists", [True, False])
def test_a_link_stays_one_and_the_file_that_it_names_is_written(folder: Path, exists: bool) -> None:
    (folder / "secrets").mkdir()
    if exists:
        (folder / "secrets" / "real.env").write_text("# mine\n")
    (folder / ".env").symlink_to("secrets/real.env")

    assert fill_env(folder)[0] == 0

    assert (folder / ".env").is_symlink()
    assert (folder / "secrets" / "real.env").read_text().startswith("#")
    assert written(folder).keys() >= ASKED_FOR


def test_a_run_that_is_broken_off_leaves_the_file_whole(folder: Path) -> None:
    (folder / ".env").write_text("MONGO_PASSWORD=mine\n")
    draw = (folder / "bin" / "fill-env").read_text().replace("head -c", "kill -TERM $$; head -c")
    (folder / "bin" / "fill-env").write_text(draw)

    status, _ = fill_env(folder)

    assert status != 0
    assert (folder / ".env").read_text() == "MONGO_PASSWORD=mine\n"
    assert not (folder / ".env.lock").exists()


def test_several_runs_at_once_agree(folder: Path) -> None:
    runs = [
        subprocess.Popen([f"{folder}/bin/fill-env"], stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    outputs = [run.communicate()[0] for run in runs]

    assert [run.returncode for run in runs] == [0, 0, 0]
    assert sum("Filled in" in output for output in outputs) == 1


def test_a_missing_example_is_named(folder: Path) -> None:
    (folder / ".env.example").unlink()

    status, output = fill_env(folder)

    assert status == 1
    assert "git checkout .env.example" in output
    assert not (folder / ".env").exists()
