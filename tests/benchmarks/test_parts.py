"""Each part measures what it says, tried in a tiny size; no test asks how fast it was."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from pymongo import MongoClient

from benchmarks import chain, dag, history, page, peers, profile, searches, start
from benchmarks.parts import PARTS
from benchmarks.processes import Measured
from include.jobs import limits
from tests.benchmarks.airflow_stand_in import standing_in
from tests.support import airflow_home  # noqa: F401 - sets up Airflow before it is imported


@pytest.fixture(autouse=True)
def small(mongod_port: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The MongoDB of the tests, pages of two rows, and no processes but those that matter."""

    @contextmanager
    def mongod(_: Path) -> Iterator[Any]:
        yield SimpleNamespace(port=mongod_port)

    def here(
        work: Any, *arguments: Any, environment: Mapping[str, str] | None = None, limit: int = 0
    ) -> Measured:
        for name, value in (environment or {}).items():
            # All other settings of Airflow stay those of the tests.
            if name.startswith("AIRFLOW_CONN_"):
                monkeypatch.setenv(name, value)
        return Measured(work(*arguments), 7)

    for module in (chain, history, page, peers):
        monkeypatch.setattr(module, "embedded_mongod", mongod)
    for module in (chain, peers):
        monkeypatch.setattr(module, "measured", here)
    for module in (dag, peers, searches):
        monkeypatch.setattr(module, "airflow_beside", standing_in(mongod_port))
    monkeypatch.setattr(limits, "PAGE_SIZE_ROWS", 2)
    with MongoClient[dict[str, Any]]("127.0.0.1", mongod_port) as client:
        before = set(client.list_database_names())
        yield
        for name in set(client.list_database_names()) - before:
            client.drop_database(name)


def ratios(name: str, **sizes: int) -> dict[str, float | None]:
    """Return the ratio of each line of a part."""
    return {line.what: line.ratio for line in PARTS[name].lines(**sizes)}


def test_chain_measures_each_step_what_passes_between_them_and_memory() -> None:
    found = [*chain.lines(rows=3, turns=1)]
    assert [line.what for line in found] == [
        "extract, 3 rows",
        "transform, 3 rows",
        "load, 3 rows",
        "load, unchanged, 3 rows",
        "XComs of extract, written",
        "XComs of extract, read",
        "XComs of transform, written",
        "XComs of transform, read",
        *(f"the heaviest page, peak memory of {step}" for step in chain.STEPS),
    ]
    assert all(line.ratio and line.ratio > 0 for line in found)


def test_profile_names_the_five_functions_of_each_step_that_take_most() -> None:
    found = [*profile.lines(rows=3)]
    of_steps = [line.what.partition(":")[0] for line in found]
    assert of_steps == [step for step in chain.STEPS for _ in range(profile.MOST)]
    assert all(line.measured.endswith("%") for line in found)


def test_chain_compares_with_writes_of_the_very_documents(
    mongod_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chain, "HAND_ON", ())
    with chain.chain_of(chain.heavy_rows(3)) as steps:
        steps.turn(0)
    with MongoClient[dict[str, Any]]("127.0.0.1", mongod_port) as client:
        receipts = {each["run_id"]: each for each in client[chain.DATABASE].runs.find()}
        assert len(receipts["earlier"]["inserted"]) == 3
        assert len(receipts["benchmark"]["unchanged"]) == 3
        for name in (chain.POSITIONS, chain.VERSIONS):
            ours, bare = (
                sorted(client[database][name].find(), key=lambda each: str(each["_id"]))
                for database in (chain.DATABASE, chain.BARE)
            )
            assert len(ours) == 3
            assert ours == bare


def test_peers_compares_with_the_plain_dag_and_says_why_dlt_is_left_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(peers, "find_spec", lambda _: None)
    assert ratios("peers", rows=3, turns=1) == {
        "3 rows through Airflow": 0.5,
        "highest memory of a task, 3 rows": 1.0,
        "3 rows without Airflow": None,
    }


def test_our_steps_without_airflow_store_every_row(mongod_port: int, tmp_path: Path) -> None:
    with peers.served_pages(tmp_path / "pages", peers.heavy_rows(3)) as (url, pages):
        assert pages == 2
        assert peers.our_steps(url, 3, mongod_port, "ours") > 0
        with pytest.raises(AssertionError, match="3 positions are stored of 4 rows"):
            peers.our_steps(url, 4, mongod_port, "ours")


def test_dag_compares_runs_and_readings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dag, "SEARCHES", (1, 3))
    monkeypatch.setattr(dag, "ROWS", 3)
    searches_beside = []

    def read(file: Path, _: Any) -> tuple[float, float]:
        count = len([*file.parent.glob("searches/*.toml")])
        searches_beside.append(count)
        return 1.0 + count, 4.0

    monkeypatch.setattr(dag, "_read", read)
    found = ratios("dag", turns=1)
    assert found["a run of the DAG, 3 rows"] == 2.0
    assert found["reading the DAG file, 3 searches"] == 3.0
    assert searches_beside[-2:] == [0, 2]


def test_searches_asks_for_each_of_them_and_checks_what_it_found() -> None:
    assert ratios("searches", searches=2) == {
        "2 searches at once, each": 4 / 6,
        "Airflow's memory, 2 searches at once": 1.0,
    }


def test_history_loads_into_an_empty_and_a_full_collection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "LOADED_AT_ONCE", 2)
    monkeypatch.setattr(history, "ROUNDS", 1)
    assert [*ratios("history", days=2, positions=3)] == [
        "a past day, the last fifth of 2",
        "load of 2 beside 3 positions",
    ]


def test_page_asks_for_every_route(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "OPEN_JOBS", 3)
    monkeypatch.setattr(page, "SAVED", page.SAVED[:2])
    monkeypatch.setattr(page.shutil, "which", lambda _: None)
    found = ratios("page", positions=20, clients=1, requests=2)
    assert len(found) == len(page.ROUTES) + 3  # two feeds and a digest


PROGRAMS = {
    "run.sh": """#!/bin/sh
[ "${1-}" = --once ] && exit
trap 'exit 130' INT
echo 'Ctrl-C stops everything; the data stay in .local.'
while :; do sleep 0.05; done
""",
    "bin/airflow": "#!/bin/sh\n[ \"$*\" = 'dags list' ]\n",
    ".venv/bin/airflow": '#!/bin/sh\n[ "$*" = version ]\n',
    "include/local/environment.py": "import sys\nassert sys.argv[1] == '.venv'\n",
}


def cloned_instead(folder: Path, **programs: str) -> Path:
    """A project whose programs do nothing but what their output says."""
    for name, text in {**PROGRAMS, **programs}.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        file.chmod(0o755)
    who = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org")
    for command in (("init", "--quiet"), ("add", "--force", "."), ("commit", "-qm", "All")):
        subprocess.run(["git", *who, *command], cwd=folder, check=True)
    return folder


def test_start_waits_for_each_command_in_a_fresh_clone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(start, "PROJECT", cloned_instead(tmp_path / "project"))
    assert [*ratios("start", turns=1)] == [
        "first installation, with its download",
        "the first ./run.sh, until it is up",
        start.RUN,
        start.STOP,
        start.ONCE,
        start.LIST,
    ]


def test_start_says_with_which_words_a_command_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing = {"run.sh": "#!/bin/sh\necho The disk is full\nexit 1\n"}
    monkeypatch.setattr(start, "PROJECT", cloned_instead(tmp_path / "project", **failing))
    with pytest.raises(AssertionError, match="The disk is full"):
        ratios("start", turns=1)
