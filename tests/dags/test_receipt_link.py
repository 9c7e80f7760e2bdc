"""The button that leads from `load` to the run's receipt on the page, which Airflow 3 has."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.models.xcom import XComModel
from airflow.serialization.serialized_objects import DagSerialization, OperatorSerialization
from airflow.utils.session import create_session
from sqlalchemy import select

from include.airflow.links import ReceiptLink
from include.sample_api.running import running
from include.sample_api.server import create_app
from include.searches.parameters import SearchParameters
from tests.support.rows import row


def test_only_load_has_the_button_where_airflow_shows_the_dag(
    dag: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Whoever read a stored DAG last in this process has set it.
    monkeypatch.setattr(OperatorSerialization, "_load_operator_extra_links", True)
    monkeypatch.setattr(DagSerialization, "_load_operator_extra_links", True)
    shown = DagSerialization.from_dict(DagSerialization.to_dict(dag))

    assert {task.task_id: task.extra_links for task in shown.tasks} == {
        "extract": [],
        "transform": [],
        "load": ["Job Tracker"],
        "digest": [],
        "check": [],
    }


@pytest.mark.parametrize(
    ("base_url", "page"),
    [
        ("https://airflow.example", "https://airflow.example/job-tracker/"),
        ("https://airflow.example/team/", "https://airflow.example/team/job-tracker/"),
    ],
)
def test_the_button_leads_to_the_run_on_the_page(
    monkeypatch: pytest.MonkeyPatch, base_url: str, page: str
) -> None:
    monkeypatch.setenv("AIRFLOW__API__BASE_URL", base_url)
    task = SimpleNamespace(
        dag_id="job_tracker_denver", run_id="manual__2026-11-23T10:00:00.5+00:00 &/#"
    )

    assert ReceiptLink().get_link(None, ti_key=task) == (
        f"{page}#run=job_tracker_denver/manual__2026-11-23T10%3A00%3A00.5%2B00%3A00%20%26%2F%23"
    )


def test_a_run_leaves_the_address_for_the_button(connections: Any, run: Callable[..., str]) -> None:
    with running(create_app(rows=[row("900000001")])) as url:
        connections(url)
        assert run() == "success"

    with create_session() as session:
        left = session.execute(
            select(XComModel.task_id, XComModel.run_id, XComModel.value)
            .where(XComModel.key == ReceiptLink().xcom_key)
            .order_by(XComModel.timestamp.desc())
        ).first()
    assert left
    assert left.task_id == "load"
    assert f"/job-tracker/?search={SearchParameters().slug}#run=" in left.value
    assert f"#run=job_tracker/{left.run_id.replace(':', '%3A').replace('+', '%2B')}" in left.value
