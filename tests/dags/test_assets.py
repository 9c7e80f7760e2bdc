"""What a run wrote is counted in the events of its assets, and in Airflow's metrics."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from pymongo.database import Database

from include.airflow import assets
from include.sample_api.running import running
from include.sample_api.server import create_app
from tests.support.airflow_home import serialize_dags
from tests.support.rows import row

ROWS = [*(row(str(900_000_000 + number)) for number in range(3)), {"MatchedObjectId": "1"}]


class Gauges(dict[str, float]):
    """Stands in for Airflow's metrics."""

    def gauge(self, stat: str, value: float) -> None:
        self[stat] = value


def extras() -> dict[str, Any]:
    """Return what is attached to the latest event of each asset, by its URI."""
    from airflow.utils.session import create_session

    try:
        from airflow.models.asset import AssetEvent as Event
    except ImportError:  # Airflow 2
        from airflow.models.dataset import DatasetEvent as Event
    with create_session() as session:
        return {event.uri: event.extra for event in session.query(Event).order_by(Event.id)}


def test_a_run_counts_what_it_wrote_into_each_collection(
    database: Database[dict[str, Any]],
    connections: Any,
    run: Callable[..., str],
    reprocess: Callable[[], str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Airflow 2 keeps no events of assets that it does not know.
    serialize_dags()
    gauges = Gauges()
    monkeypatch.setattr(assets, "Stats", gauges)
    with running(create_app(rows=ROWS)) as url:
        connections(url)
        assert run() == "success"
    found = extras()
    positions = found["job-tracker://mongo/positions"]
    assert (positions["written"], positions["inserted"], positions["quarantined"]) == (3, 3, 1)
    assert found["job-tracker://mongo/position_versions"] == {"written": 3}
    assert found["job-tracker://mongo/quarantine"] == {"written": 1, "size": 1}
    receipt = found["job-tracker://mongo/runs"]
    assert receipt == {"written": 1, "receipt": receipt["receipt"], "state": "complete"}
    assert database.runs.find_one({"_id": receipt["receipt"]})
    assert (gauges["job_tracker.rows"], gauges["job_tracker.quarantined"]) == (4, 1)
    assert reprocess() == "success"
    assert extras()["job-tracker://mongo/quarantine"] == {"written": 0, "size": 1}
