"""The application around its routes, without Airflow: a host that lets in whoever has a name."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from gzip import compress
from time import sleep
from typing import Any
from urllib.parse import urljoin

import pytest
from fastapi.testclient import TestClient
from pymongo import MongoClient
from pymongo.database import Database
from pymongo.errors import ServerSelectionTimeoutError

from include.local.ports import free_port
from include.searches.parameters import SearchParameters
from include.web.app import HEADERS, LIBRARIES, NOTHING_ELSE, STATIC_FILES, create_app
from include.web.host import CannotRun, NoDatabase
from include.web.routes import TURNS
from tests.support.web_routes import routes_of
from tests.web.fake_host import FakeHost
from tests.web.stored import CHICAGO

MongoDatabase = Database[dict[str, Any]]


@pytest.fixture
def client(host: FakeHost) -> TestClient:
    """A program of the user Ada."""
    headers = {"Login": "ada", "Authorization": "Bearer token"}
    return TestClient(create_app(host), headers=headers)


@pytest.fixture
def stranger(host: FakeHost) -> TestClient:
    return TestClient(create_app(host))


BROWSER = {"Accept": "text/html,application/xhtml+xml"}


def test_the_page_refers_to_nothing_but_its_own_assets(client: TestClient) -> None:
    for page in ("/", "/docs"):
        text = client.get(page).text
        referred = re.findall(r'(?:src|href)="([^"#]+)"', text)
        assert "<style" not in text
        assert " style=" not in text
        assert referred
        for path in referred:
            answer = client.get(f"/{path}")
            assert answer.status_code == 200, path
            assert answer.headers["content-type"] != "application/octet-stream"


FIRST_SCREEN = ("searches", "lanes", "stored_jobs", "stored_jobs?level=near_miss", "pictures")


def test_the_whole_page_with_its_first_data_is_sent_in_150_kilobytes(
    many: tuple[MongoDatabase, object],
) -> None:
    """Packed, as Airflow's API server sends it; the page's own files would fit unpacked, too."""
    database, _ = many
    client = TestClient(create_app(FakeHost(database)), headers={"Login": "ada"})
    page = client.get("/").text
    names = [name for name in re.findall(r'(?:src|href)="([^"#]+)"', page) if "assets/" in name]
    files = [page.encode(), *(client.get(f"/{name}").content for name in dict.fromkeys(names))]
    modules = {f"assets/{file.name}" for file in STATIC_FILES.glob("*.js")} - READ_LATER
    assert modules <= set(names)
    # The rows of the test list up to ten places each, and its lists are full.
    answers = [client.get(f"/{path}").content for path in FIRST_SCREEN]
    assert sum(map(len, files)) < 150_000
    assert sum(len(compress(each, 5)) for each in (*files, *answers)) < 150_000


READ_LATER = {f"assets/{name}.js" for name in ("docs", "login", "digest", "feeds", "new-search")}
"""By other pages, or when a dialog is opened that few need."""


@pytest.mark.parametrize("name", LIBRARIES)
def test_files_of_installed_packages_are_sent(client: TestClient, name: str) -> None:
    answer = client.get(f"/assets/{name}")
    assert answer.headers["content-type"].startswith(("text/javascript", "text/css"))
    assert len(answer.content) > 10_000


@pytest.mark.parametrize(
    "name",
    [
        "nothing.js",
        "../app.py",
        "..%2fapp.py",
        "%2e%2e%2fapp.py",
        "..%5capp.py",
        "%2fetc%2fpasswd",
        "page.css%00.js",
        "",
    ],
)
def test_no_name_leads_to_another_file(client: TestClient, name: str) -> None:
    assert client.get(f"/assets/{name}").status_code == 404


def test_a_browser_that_has_the_file_is_not_sent_it_again(client: TestClient) -> None:
    first = client.get("/assets/page.css")
    known = {"If-None-Match": first.headers["etag"]}

    assert client.get("/assets/page.css", headers=known).status_code == 304
    assert client.get("/assets/page.js", headers=known).status_code == 200
    assert first.headers["cache-control"] == "private, no-cache"


def test_every_answer_has_the_headers_that_guard_it(
    client: TestClient, stranger: TestClient, host: FakeHost
) -> None:
    found = {
        200: client.get("/searches"),
        304: client.get(
            "/assets/page.css",
            headers={"If-None-Match": client.get("/assets/page.css").headers["etag"]},
        ),
        401: stranger.get("/", headers=BROWSER),
        403: client.post("/update_jobs", json={}, headers={"Authorization": ""}),
        404: client.get("/nowhere"),
        405: client.delete("/searches"),
        422: client.get("/stored_jobs?page=0"),
    }
    host.problem = ZeroDivisionError("an error of ours")
    found[500] = client.get("/searches")
    host.problem = NoDatabase("define it")
    found[503] = client.get("/searches")

    assert {status: answer.status_code for status, answer in found.items()} == {
        status: status for status in found
    }
    policy = found[401].headers["content-security-policy"]
    assert policy.startswith(f"{NOTHING_ELSE}; script-src 'sha256-")
    for status, answer in found.items():
        kept = {**HEADERS, "Content-Security-Policy": policy} if status == 401 else HEADERS
        assert kept.items() <= {name: answer.headers.get(name) for name in kept}.items(), status
        assert answer.headers["cache-control"] == (
            "private, no-cache" if status in (200, 304) else "no-store"
        )


def test_an_internal_error_reveals_nothing_but_where_to_look(
    client: TestClient, host: FakeHost, caplog: pytest.LogCaptureFixture
) -> None:
    host.problem = ZeroDivisionError("an error of ours")
    assert "an error of ours" not in client.get("/searches").text
    assert "an error of ours" in caplog.text


def test_a_person_without_a_login_is_shown_the_way_to_one(stranger: TestClient) -> None:
    for path in ("/", "/docs"):
        answer = stranger.get(path, headers=BROWSER)
        assert (answer.status_code, answer.headers["content-type"]) == (
            401,
            "text/html; charset=utf-8",
        )
        assert f"href='/login?next={path}&amp;x=&#39;&#34;&lt;'" in answer.text


def test_the_way_back_from_the_login_does_not_leave_the_server(host: FakeHost) -> None:
    forged = TestClient(create_app(host), "http://evil.example").get("/docs", headers=BROWSER)
    assert "evil.example" not in forged.text


def test_a_program_without_a_login_gets_json(stranger: TestClient) -> None:
    answer = stranger.get("/searches")
    assert (answer.status_code, answer.json()) == (401, {"detail": "Not authenticated"})


def test_who_lacks_a_login_is_told_how_to_show_one(stranger: TestClient) -> None:
    for headers in ({}, BROWSER):
        assert stranger.get("/", headers=headers).headers["www-authenticate"] == "Bearer"


def test_a_list_that_is_as_the_client_has_it_is_not_sent_again(
    client: TestClient, host: FakeHost
) -> None:
    first = client.get("/searches")
    known = {"If-None-Match": f'"other", W/{first.headers["etag"]}'}

    same = client.get("/searches", headers=known)
    assert (same.status_code, same.content) == (304, b"")
    assert same.headers["etag"] == first.headers["etag"]
    host.may_update = lambda user, dag_ids: set()
    changed = client.get("/searches", headers=known)
    assert (changed.status_code, changed.json()["may_update"]) == (200, False)
    assert changed.headers["etag"] != first.headers["etag"]


def test_what_is_as_the_client_has_it_still_asks_for_the_login(
    client: TestClient, stranger: TestClient
) -> None:
    for known in (client.get("/searches").headers["etag"], "*"):
        assert stranger.get("/searches", headers={"If-None-Match": known}).status_code == 401


def test_nothing_is_redirected_to_the_host_that_a_request_names(host: FakeHost) -> None:
    forged = TestClient(create_app(host), "http://evil.example", follow_redirects=False)
    for path in ("/stored_jobs/", "/docs/", "/stored_jobs/1/mark/"):
        answer = forged.get(path)
        assert answer.status_code == 404
        assert "evil.example" not in str(answer.headers)


def test_every_route_asks_for_the_login(host: FakeHost, stranger: TestClient) -> None:
    app = create_app(host)
    host.problem = AssertionError("a stranger got to the database")
    for method, path in routes_of(app):
        assert stranger.request(method, path).status_code == 401, path


def test_the_description_has_every_route_and_where_it_is(client: TestClient) -> None:
    described = client.get("/openapi.json").json()
    assert set(described["paths"]) == {
        "/stored_jobs",
        "/stored_jobs/{control_number}",
        "/stored_jobs/{control_number}/mark",
        "/applications",
        "/health",
        "/searches",
        "/searches/trial",
        "/searches/{search}/digest",
        "/searches/{search}/digest/{number}",
        "/comparison",
        "/lanes",
        "/analytics",
        "/pictures",
        "/update_jobs",
        "/update_jobs/{run_id}",
        "/feeds",
        "/feeds/{feed_id}",
        "/calendar.ics",
        "/matches.atom",
    }
    assert described["servers"] == [{"url": "/"}]


@pytest.mark.parametrize(
    "path",
    [
        *("/stored_jobs", "/stored_jobs/1", "/searches", "/comparison", "/analytics", "/pictures"),
        "/lanes",
        f"/searches/{CHICAGO}/digest",
        f"/searches/{CHICAGO}/digest/0",
    ],
)
def test_a_server_that_is_away_is_no_internal_error(host: FakeHost, path: str) -> None:
    with MongoClient("127.0.0.1", free_port(), serverSelectionTimeoutMS=50) as nobody:
        host.stored = nobody["job_tracker"]
        answer = TestClient(create_app(host), headers={"Login": "ada"}).get(path)
    assert answer.status_code == 503
    assert "MongoDB does not answer" in answer.json()["detail"]


@pytest.mark.parametrize("path", ["/stored_jobs", "/analytics", "/update_jobs/manual__1"])
def test_requests_that_wait_for_a_server_leave_threads_to_others(
    host: FakeHost, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    waiting: list[None] = []
    at_once: list[int] = []

    def database() -> Any:
        waiting.append(None)
        at_once.append(len(waiting))
        sleep(0.02)
        waiting.pop()
        raise ServerSelectionTimeoutError("nobody there")

    monkeypatch.setattr(host, "database", database)
    with (
        TestClient(create_app(host), headers={"Login": "ada"}) as client,
        ThreadPoolExecutor(60) as programs,
    ):
        answers = list(programs.map(client.get, [path] * 60))
    assert [answer.status_code for answer in answers] == [503] * 60
    assert 1 < max(at_once) <= TURNS.total_tokens
    assert TURNS.borrowed_tokens == 0


def test_a_connection_that_cannot_be_used_is_explained(client: TestClient, host: FakeHost) -> None:
    host.problem = NoDatabase("define it")
    assert client.get("/stored_jobs").json() == {"detail": "define it"}


def test_an_update_runs_in_the_users_name_with_defaults_for_what_is_left_out(
    client: TestClient, host: FakeHost
) -> None:
    sent = client.post("/update_jobs", json={"radius_miles": 30})

    assert (sent.status_code, sent.json()) == (
        202,
        {
            "dag_id": "job_tracker",
            "run_id": "manual__1",
            "run_address": "/job_tracker/runs/manual__1",
        },
    )
    ((user, dag_id, parameters),) = host.started
    assert (user, dag_id, parameters["radius_miles"]) == ("ada", "job_tracker", 30)
    assert parameters["keyword"] == "data engineering"
    assert client.get("/update_jobs/manual__1").json()["tasks"] == {"load": None}


@pytest.mark.parametrize("body", [{}, {"content": b""}, {"json": {}}, {"json": None}])
def test_an_update_without_parameters_is_that_of_the_search(
    client: TestClient, host: FakeHost, body: dict[str, Any]
) -> None:
    assert client.post("/update_jobs", **body).status_code == 202
    ((_, _, parameters),) = host.started
    assert parameters == SearchParameters().model_dump()


def test_an_update_says_where_its_state_is_read(
    client: TestClient, host: FakeHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(host, "trigger", lambda *_: "manual__2026-11-26T06:00:00+00:00")
    sent = client.post("/update_jobs")
    assert urljoin("http://airflow.test/job-tracker/update_jobs", sent.headers["location"]) == (
        "http://airflow.test/job-tracker/update_jobs/"
        "manual__2026-11-26T06%3A00%3A00%2B00%3A00?dag_id=job_tracker"
    )


def test_operations_are_named_as_a_generated_client_would_call_them(client: TestClient) -> None:
    described = client.get("/openapi.json").json()
    names = [each["operationId"] for path in described["paths"].values() for each in path.values()]
    assert len(names) == len({*names})
    assert {"list_stored_jobs", "update_jobs", "read_update"} < {*names}
    assert all(name.isidentifier() for name in names)


def test_a_run_that_cannot_start_is_a_conflict_with_its_reason(
    client: TestClient, host: FakeHost
) -> None:
    host.problem = CannotRun("it is paused")
    refused = client.post("/update_jobs", json={})
    assert (refused.status_code, refused.json()) == (409, {"detail": "it is paused"})


def test_an_unknown_place_is_refused_as_any_other_bad_parameter(
    client: TestClient, host: FakeHost
) -> None:
    for parameters in ({"location": "Nowhere, Illinois"}, {"location": "Chicago"}):
        refused = client.post("/update_jobs", json=parameters)
        assert refused.status_code == 422
        (problem,) = refused.json()["detail"]
        assert problem["loc"] == ["body", "location"]
        assert problem["msg"].startswith(f"“{parameters['location']}” ")
    assert host.started == []


def test_a_wish_that_is_not_understood_is_refused_and_another_one_starts_a_run(
    client: TestClient, host: FakeHost
) -> None:
    refused = client.post("/update_jobs", json={"clearance": "Top Sekret", "exclude": ["2211"]})
    assert refused.status_code == 422
    first, second = refused.json()["detail"]
    assert (first["loc"], second["loc"]) == (["body", "clearance"], ["body", "exclude"])
    assert "did you mean Top Secret?" in first["msg"]
    assert "did you mean 2210" in second["msg"]
    assert host.started == []
    wished = {"clearance": "Top Secret", "exclude": ["2210"], "telework": False}
    assert client.post("/update_jobs", json=wished).status_code == 202
    ((_, _, parameters),) = host.started
    assert parameters == SearchParameters(**wished).model_dump()


def test_a_place_is_taken_as_people_write_it(client: TestClient, host: FakeHost) -> None:
    assert client.post("/update_jobs", json={"location": "chicago, il; REMOTE"}).status_code == 202
    assert client.post("/update_jobs", json={"location": "Remote"}).status_code == 202
    assert [parameters["location"] for *_, parameters in host.started] == [
        "Chicago, Illinois",
        "remote",
    ]


@pytest.mark.parametrize(
    "body", [b'{"radius_miles": NaN}', b'{"keyword": "\\ud800"}', b'{"\\ud800": 1}', b"{", b"\xff"]
)
def test_what_json_cannot_repeat_is_refused_all_the_same(client: TestClient, body: bytes) -> None:
    sent = client.post("/update_jobs", content=body, headers={"Content-Type": "application/json"})
    assert sent.status_code in (400, 422)
    assert sent.json()["detail"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("hiring_paths", ["public", "public"]),
        ("hiring_paths", ["public"] * 10_000),
        ("keyword", "data\n"),
        ("keyword", "data\u202eeng\x7f"),
        ("keyword", "data\u2028eng"),
        ("location", "Chicago, Illinois\n"),
        ("radius_miles", True),
        ("radius_miles", "50"),
        ("minimum_pay", 10**400),
        ("minimum_pay", 0.5),
    ],
)
def test_what_airflow_would_refuse_or_hide_starts_no_run(
    client: TestClient, host: FakeHost, name: str, value: object
) -> None:
    refused = client.post("/update_jobs", json={name: value})
    assert refused.status_code == 422
    assert refused.json()["detail"][0]["loc"][:2] == ["body", name]
    assert host.started == []


@pytest.mark.parametrize("parameters", [{"radius_miles": 5e1}, {"keyword": "{{ 7*7 }}"}])
def test_what_airflow_takes_starts_a_run(
    client: TestClient, host: FakeHost, parameters: dict[str, Any]
) -> None:
    assert client.post("/update_jobs", json=parameters).status_code == 202
    ((_, _, started),) = host.started
    assert {name: started[name] for name in parameters} == parameters
    assert isinstance(started["radius_miles"], int)


def test_the_api_shows_whether_a_user_may_update(client: TestClient) -> None:
    assert client.get("/searches").json()["may_update"] is True
    assert client.get("/searches", headers={"Login": "bob"}).json()["may_update"] is False


def test_a_table_is_downloaded_under_a_name_of_its_own(client: TestClient) -> None:
    sent = client.get("/stored_jobs?format=xlsx")
    assert sent.headers["content-disposition"].endswith('.xlsx"')
    assert sent.content[:2] == b"PK"
    sent = client.get("/stored_jobs?format=csv")
    assert sent.headers["content-type"] == "text/csv; charset=utf-8"
    assert re.fullmatch(
        r'attachment; filename="jobs-\d{4}-\d\d-\d\d\.csv"', sent.headers["content-disposition"]
    )
