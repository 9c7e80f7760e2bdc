from __future__ import annotations

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from include.airflow.trailing_slash import TrailingSlash


def server(root_path: str = "") -> TestClient:
    """Return a client of a server that, like Airflow's, has a page of its own for any address."""
    app, page = FastAPI(root_path=root_path), FastAPI()
    page.get("/")(lambda: "Job Tracker")
    app.mount("/job-tracker", page)
    app.get("/{_:path}")(lambda: "Airflow")
    app.add_middleware(TrailingSlash)  # type: ignore[arg-type]
    return TestClient(app, base_url=f"http://airflow.test{root_path}")


@pytest.mark.parametrize(
    ("path", "leads_to"),
    [
        ("/job-tracker", "/job-tracker/"),
        ("/job-tracker?level=match&search=x", "/job-tracker/?level=match&search=x"),
    ],
)
@pytest.mark.parametrize("root_path", ["", "/airflow"])
def test_the_address_without_its_slash_leads_to_the_page(
    root_path: str, path: str, leads_to: str
) -> None:
    answer = server(root_path).get(path)
    assert str(answer.url) == f"http://airflow.test{root_path}{leads_to}"
    assert answer.json() == "Job Tracker"


@pytest.mark.parametrize("path", ["/job-trackers", "/dags/job-tracker", "/"])
def test_other_addresses_stay_airflows(path: str) -> None:
    answer = server().get(path, follow_redirects=False)
    assert (answer.status_code, answer.json()) == (200, "Airflow")
