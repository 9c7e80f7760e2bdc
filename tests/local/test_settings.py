from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

import pytest

from include.local.options import parse_options
from include.local.settings import parse_env_file, user_settings, where
from include.terminal.errors import UsageError


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("KEY=value", "value"),
        ("  export KEY = value  ", "value"),
        ("KEY=value # a remark", "value"),
        ("KEY=a#b", "a#b"),
        ("KEY='single # quoted'", "single # quoted"),
        ('KEY="double quoted" # a remark', "double quoted"),
        (r'KEY="say \"yes\" to C:\\x"', r'say "yes" to C:\x'),
        ("""KEY='{"conn_type": "mongo", "host": "h"}'""", '{"conn_type": "mongo", "host": "h"}'),
        ('KEY={"conn_type": "mongo"}', '{"conn_type": "mongo"}'),
        ("KEY=key+with/signs==", "key+with/signs=="),
        ("KEY=", ""),
    ],
)
def test_a_line_of_the_env_file_gives_its_value(line: str, value: str) -> None:
    assert parse_env_file(f"# first\n\n{line}\n") == {"KEY": value}


def test_the_environment_wins_over_the_env_file(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("USAJOBS_EMAIL=file@example.org\nUSAJOBS_API_KEY=from-file\n")

    settings = user_settings({"USAJOBS_EMAIL": "shell@example.org"}, tmp_path)

    assert settings == {"USAJOBS_EMAIL": "shell@example.org", "USAJOBS_API_KEY": "from-file"}


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_the_env_file_is_read_as_editors_on_windows_save_it(tmp_path: Path, encoding: str) -> None:
    (tmp_path / ".env").write_text("USAJOBS_EMAIL=me@example.org\r\n", encoding=encoding)
    assert user_settings({}, tmp_path) == {"USAJOBS_EMAIL": "me@example.org"}


def test_an_env_file_in_another_encoding_is_refused_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("A=1\nUSAJOBS_EMAIL=müller@example.org\n", encoding="latin-1")
    with pytest.raises(UsageError, match=r"\.env can't be read: its line 2 is not text in UTF-8"):
        user_settings({}, tmp_path)


@pytest.mark.parametrize("module", ["options", "running", "__main__"])
def test_a_command_ends_with_that_sentence_and_status_2(
    module: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(_: object) -> None:
        raise UsageError(".env can't be read")

    program = import_module(f"include.local.{module}")
    monkeypatch.setattr(program, "user_settings", refuse)
    monkeypatch.setattr("sys.argv", ["run.sh"])
    with pytest.raises(SystemExit) as ended:
        sys.exit(program.main())
    assert ended.value.code == 2
    assert capsys.readouterr().err == "✗ .env can't be read\n"


def test_settings_of_others_and_empty_ones_are_left_out(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("POSTGRES_PASSWORD=theirs\nJOB_TRACKER_PORT=8081\n")

    settings = user_settings({"AIRFLOW_CONN_MONGO": " ", "AIRFLOW_HOME": "/else"}, tmp_path)

    assert settings == {"JOB_TRACKER_PORT": "8081"}


def test_a_setting_is_named_with_its_line_of_the_env_file(tmp_path: Path) -> None:
    text = "\ufeff# mine\r\nJOB_TRACKER_PORT=1\r\n\r\nJOB_TRACKER_PORT=2\r\n"
    (tmp_path / ".env").write_bytes(text.encode())

    assert user_settings({}, tmp_path) == {"JOB_TRACKER_PORT": "2"}
    assert where("JOB_TRACKER_PORT", {}, tmp_path) == "JOB_TRACKER_PORT (line 4 of .env)"
    assert where("JOB_TRACKER_PORT", {"JOB_TRACKER_PORT": "3"}, tmp_path) == "JOB_TRACKER_PORT"
    assert where("USAJOBS_EMAIL", {}, tmp_path) == "USAJOBS_EMAIL"


def test_an_env_file_that_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / ".env").mkdir()
    with pytest.raises(UsageError, match=r"\.env can't be read: it is not a file"):
        user_settings({}, tmp_path)


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("JOB_TRACKER_PORT", "80a", "JOB_TRACKER_PORT: '80a' is not a port"),
        ("JOB_TRACKER_MONGO_PORT", "0", "JOB_TRACKER_MONGO_PORT: '0' is not a port"),
        ("JOB_TRACKER_AIRFLOW", "2.10", "JOB_TRACKER_AIRFLOW: '2.10' is not one of 3.3 and 2.11"),
        ("JOB_TRACKER_SAMPLE_PORT", "8080", "need three different ports"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(name: str, value: str, problem: str) -> None:
    with pytest.raises(UsageError) as refusal:
        parse_options([], {name: value})
    assert problem in str(refusal.value)


def test_ports_come_from_the_settings_and_an_option_wins() -> None:
    settings = {"JOB_TRACKER_PORT": "8081", "JOB_TRACKER_MONGO_PORT": "27118"}

    options = parse_options(["--port", "8082"], settings)

    assert (options.port, options.mongo_port, options.sample_port) == (8082, 27118, 8090)


@pytest.mark.parametrize(
    "arguments",
    [
        ["--conf", "{"],
        ["--conf", "[1]"],
        ["--port", "0"],
        ["--port", "http"],
        ["--onc"],
        ["--airflow", "2.10"],
    ],
)
def test_wrong_options_are_refused_with_status_2(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        parse_options(arguments, {})

    assert ended.value.code == 2
    assert arguments[-1] in capsys.readouterr().err
