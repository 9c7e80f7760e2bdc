from __future__ import annotations

import pytest

from include.local.airflow_command import translated

BACKFILL = ["dags", "backfill", "-s", "2026-11-20", "-e", "2026-11-21", "job_tracker"]
CREATE = [
    *("backfill", "create", "--dag-id", "job_tracker"),
    *("--from-date", "2026-11-20", "--to-date", "2026-11-21"),
]


def test_a_backfill_becomes_the_one_of_airflow_3() -> None:
    assert translated(BACKFILL, "3.3.2") == CREATE


@pytest.mark.parametrize(
    ("option", "meaning"),
    [
        (["--rerun-failed-tasks"], ["--reprocess-behavior", "failed"]),
        (["--reset-dagruns", "-y"], ["--reprocess-behavior", "completed"]),
        (["-c", '{"radius_miles": 20}'], ["--dag-run-conf", '{"radius_miles": 20}']),
        (["-B"], ["--run-backwards"]),
        (["--dry-run"], ["--dry-run"]),
    ],
)
def test_options_of_a_backfill_keep_their_meaning(option: list[str], meaning: list[str]) -> None:
    assert translated([*BACKFILL, *option], "3.3.2") == CREATE + meaning


def test_one_day_needs_naming_only_once() -> None:
    one_day = ["dags", "backfill", "-s", "2026-11-20", "job_tracker"]

    assert translated(one_day, "3.3.2")[-1] == "2026-11-20"


def test_an_option_that_airflow_3_cannot_follow_is_refused(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as ended:
        translated([*BACKFILL, "--mark-success"], "3.3.2")

    assert ended.value.code == 2
    assert "--mark-success" in capsys.readouterr().err


def test_everything_else_and_airflow_2_is_passed_on_as_it_is() -> None:
    assert translated(BACKFILL, "2.11.2") == BACKFILL
    assert translated(["dags", "list", "-o", "json"], "3.3.2") == ["dags", "list", "-o", "json"]
