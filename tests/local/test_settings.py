from __future__ import annotations

from pathlib import Path

import pytest

from include.local.options import parse_options
from include.local.settings import parse_env_file, user_settings


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


def test_settings_of_others_and_empty_ones_are_left_out(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("POSTGRES_PASSWORD=theirs\nJOB_TRACKER_PORT=8081\n")

    settings = user_settings({"AIRFLOW_CONN_MONGO": " ", "AIRFLOW_HOME": "/else"}, tmp_path)

    assert settings == {"JOB_TRACKER_PORT": "8081"}


def test_ports_come_from_the_settings_and_an_option_wins() -> None:
    settings = {"JOB_TRACKER_PORT": "8081", "JOB_TRACKER_MONGO_PORT": "27118"}

    options = parse_options(["--port", "8082"], settings)

    assert (options.port, options.mongo_port, options.sample_port) == (8082, 27118, 8090)


@pytest.mark.parametrize(
    "arguments",
    [["--conf", "{"], ["--conf", "[1]"], ["--port", "0"], ["--port", "http"], ["--onc"]],
)
def test_wrong_options_are_refused_with_status_2(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        parse_options(arguments, {})

    assert ended.value.code == 2
    assert arguments[-1] in capsys.readouterr().err
