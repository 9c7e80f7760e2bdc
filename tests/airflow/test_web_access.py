"""Who is let in to what, asked of Airflow's own API server with its own login."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jwt
import pytest
from airflow.models import DagModel, DagRun
from airflow.utils.session import create_session
from fastapi.testclient import TestClient
from pymongo.database import Database
from sqlalchemy import delete, select

from include.searches.parameters import SearchParameters
from include.searches.saved_searches import SavedSearch, read_saved_searches
from include.store.collections import POSITIONS
from include.web.health import HealthMonitor
from tests.airflow.conftest import DENVER
from tests.support.airflow_home import USERS
from tests.support.chain import stored as store
from tests.support.chain import transformed
from tests.support.rows import answer, row
from tests.support.web_routes import BY_TOKEN, NUMBER, OPEN, all_routes_of, routes_of

Ask = Callable[[str], TestClient]
MongoDatabase = Database[dict[str, Any]]

MARK = f"/stored_jobs/{NUMBER}/mark"
FEED = f"/feeds/{'0' * 64}"
CHANGING = [
    ("PUT", MARK),
    ("PATCH", MARK),
    ("POST", "/update_jobs"),
    ("POST", "/searches"),
    ("POST", "/searches/trial"),
    ("POST", "/feeds"),
    ("DELETE", FEED),
]
BODIES = {
    MARK: {"saved": True},
    "/update_jobs": {"radius_miles": 30},
    "/feeds": {"kind": "calendar"},
    "/searches": {"name": "gary"},
    "/searches/trial": {"location": "Gary, Indiana"},
}
DONE = {200, 201, 202, 404}
"""The statuses of `CHANGING`; nobody has the address that is to be taken back."""


@pytest.fixture(autouse=True)
def new_searches(server: Any, tmp_path: Path) -> Iterator[Path]:
    """The folder into which searches are saved: not the project's own."""
    from include.airflow.web_app import web_app

    folder = tmp_path / "searches"
    folder.mkdir()
    state = web_app().state
    before, state.searches = state.searches, folder
    yield folder
    state.searches = before


def routes() -> list[tuple[str, str]]:
    """Return method and path of everything that the application answers."""
    from include.airflow.web_app import web_app

    found = routes_of(web_app())
    assert set(CHANGING) == {(method, path) for method, path in found if method != "GET"}
    return found


def statuses(client: TestClient, asked: list[tuple[str, str]]) -> set[int]:
    return {
        client.request(method, path, json=BODIES.get(path)).status_code for method, path in asked
    }


@pytest.fixture
def stored(database: MongoDatabase, connection: dict[str, Any]) -> MongoDatabase:
    """The test's database, with one position."""
    store(database, transformed(answer(row(NUMBER))), "manual__1")
    return database


@pytest.fixture
def runs(server: Any) -> Iterator[Callable[[], list[DagRun]]]:
    """The runs of the DAG, which is not paused; there are none before the test and after it."""
    _pause(False)
    _forget_runs()
    yield _runs
    _forget_runs()
    _pause(True)


def _runs() -> list[DagRun]:
    with create_session() as session:
        return list(session.scalars(select(DagRun).order_by(DagRun.id)))


def _forget_runs() -> None:
    with create_session() as session:
        session.execute(delete(DagRun))


def _pause(paused: bool, dag_id: str = "job_tracker") -> None:
    with create_session() as session:
        session.get_one(DagModel, dag_id).is_paused = paused


@pytest.fixture
def denver_only(
    denver: SavedSearch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[SavedSearch]:
    """A second search, whose DAG is the only one whose runs anybody may see or start."""
    from airflow.api_fastapi.app import get_auth_manager

    (tmp_path / "denver.toml").write_text(DENVER)
    found = read_saved_searches(tmp_path)
    monkeypatch.setattr("include.web.routes.read_saved_searches", lambda folder: found)
    monkeypatch.setattr(
        get_auth_manager(),
        "is_authorized_dag",
        lambda *, details, **asked: details.id == denver.dag_id,
    )
    _pause(False, denver.dag_id)
    yield denver
    _pause(True, denver.dag_id)


def test_nobody_is_let_in_without_a_login(stranger: TestClient, stored: MongoDatabase) -> None:
    assert statuses(stranger, routes()) == {401}


@pytest.mark.parametrize(
    "claim",
    [
        {"Authorization": "Bearer made.up.token"},
        {"Authorization": "Bearer "},
        {"Authorization": "Basic YWRtaW46YWRtaW4="},
        {"Cookie": "_token=made.up.token"},
    ],
)
def test_nobody_is_let_in_with_a_made_up_login(
    stranger: TestClient, stored: MongoDatabase, claim: dict[str, str]
) -> None:
    stranger.headers.update(claim)
    assert statuses(stranger, routes()) == {401}


def test_nothing_else_is_answered_without_a_login(stranger: TestClient) -> None:
    """What answers a stranger in another way than 401 is what the exceptions name."""
    from include.airflow.web_app import web_app

    answered = {each for each in all_routes_of(web_app()) if statuses(stranger, [each]) != {401}}
    assert answered == OPEN | BY_TOKEN


@pytest.mark.parametrize("user", [None, *USERS])
def test_no_feed_opens_without_its_token_for_anybody(
    stranger: TestClient, program: Ask, stored: MongoDatabase, user: str | None
) -> None:
    made = program("other").post("/feeds", json={"kind": "calendar"}).json()
    client = program(user) if user else stranger
    tokens = ["", "token=", f"token={made['id']}", f"token={secrets.token_urlsafe(32)}"]
    for method, path in sorted(BY_TOKEN):
        answers = [client.request(method, f"{path}?{token}") for token in tokens]
        assert {answer.status_code for answer in answers} == {404}
        assert len({answer.content for answer in answers}) == 1
        assert not any(answer.headers.get("set-cookie") for answer in answers)
    assert [client.request(m, p).status_code for m in ("POST", "DELETE") for _, p in BY_TOKEN] == (
        [405] * 2 * len(BY_TOKEN)
    )


def test_a_token_opens_one_feed_and_nothing_else(
    stranger: TestClient, program: Ask, stored: MongoDatabase
) -> None:
    program("viewer").put(MARK, json={"saved": True})
    made = program("viewer").post("/feeds", json={"kind": "calendar"}).json()
    path = f"/{made['path']}"
    opened = stranger.get(path)
    assert (opened.status_code, f"{NUMBER}@job-tracker" in opened.text) == (200, True)
    assert "set-cookie" not in opened.headers
    query = path.partition("?")[2]
    for method, guarded in routes():
        assert stranger.request(method, f"{guarded}?{query}").status_code == 401
    assert program("user").delete(f"/feeds/{made['id']}").status_code == 404
    assert program("viewer").delete(f"/feeds/{made['id']}").status_code == 200
    assert stranger.get(path).status_code == 404


def test_airflows_log_of_requests_has_no_token(
    stranger: TestClient, program: Ask, stored: MongoDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    logged: list[dict[str, Any]] = []
    monkeypatch.setattr(
        "airflow.api_fastapi.common.http_access_log.logger.info",
        lambda message, **fields: logged.append(fields),
    )
    path = program("user").post("/feeds", json={"kind": "calendar"}).json()["path"]
    assert stranger.get(f"/{path}").status_code == 200
    assert [each["path"] for each in logged][-1] == "/job-tracker/calendar.ics"
    token = path.partition("token=")[2]
    assert token not in str(logged)


def test_a_monitor_needs_no_login_and_learns_which_searches_are_paused(
    stranger: TestClient, stored: MongoDatabase, runs: Callable[[], list[DagRun]]
) -> None:
    from include.airflow.web_app import web_app

    for is_paused, state in ((False, "ok"), (True, "paused")):
        _pause(is_paused)
        health: HealthMonitor = web_app().state.health
        (search, *_) = health.check(datetime(2026, 11, 23, 12, tzinfo=UTC)).searches
        assert (search.dag_id, search.state) == ("job_tracker", state)
    assert stranger.get("/health").status_code in (200, 503)
    assert stranger.head("/health").content == b""
    for method in ("POST", "PUT", "DELETE"):
        assert stranger.request(method, "/health").status_code == 405


def _expired(token: Callable[[str], str]) -> str:
    return _signed(expiration_time_in_seconds=-60)


def _of_an_airflow_with_another_secret(token: Callable[[str], str]) -> str:
    claims = jwt.decode(token("admin"), options={"verify_signature": False})
    return jwt.encode(claims, "the secret of another Airflow" * 4, algorithm="HS512")


def _unsigned(token: Callable[[str], str]) -> str:
    claims = jwt.decode(token("admin"), options={"verify_signature": False})
    return jwt.encode(claims, "", algorithm="none")


def _logged_out(token: Callable[[str], str]) -> str:
    from airflow.api_fastapi.app import get_auth_manager

    ended = _signed()
    get_auth_manager().revoke_token(ended)
    return ended


def _signed(**options: int) -> str:
    from airflow.api_fastapi.app import get_auth_manager
    from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser

    user = SimpleAuthManagerUser(username="admin", role="admin")
    return str(get_auth_manager().generate_jwt(user, **options))


STALE = [_expired, _of_an_airflow_with_another_secret, _unsigned, _logged_out, lambda _: "garbage"]


@pytest.mark.parametrize("stale", STALE, ids=lambda stale: stale.__name__)
def test_a_cookie_that_is_no_login_any_more_leads_to_the_login(
    stranger: TestClient, token: Callable[[str], str], stale: Callable[[Any], str]
) -> None:
    stranger.headers["Cookie"] = f"_token={stale(token)}"
    for page in ("/", "/docs"):
        shown = stranger.get(page, headers={"Accept": "text/html"})
        assert shown.status_code == 401
        assert f"/api/v2/auth/login?next=%2Fjob-tracker{page.replace('/', '%2F')}'" in shown.text
        # Else the browser would send it for ever.
        assert shown.headers["set-cookie"].startswith('_token=""; HttpOnly; Max-Age=0; Path=/;')
    assert statuses(stranger, routes()) == {401}


def test_the_login_leads_back_to_the_page(stranger: TestClient) -> None:
    page = stranger.get("/", headers={"Accept": "text/html"}).text
    (address,) = re.findall("href='([^']+)'", page)
    asked = stranger.get(f"http://airflow.test{address}", follow_redirects=False)
    assert (asked.status_code, asked.headers["location"]) == (
        307,
        "/auth/login?next=%2Fjob-tracker%2F",
    )


def test_a_token_is_a_login_beside_a_stale_cookie(program: Ask, stored: MongoDatabase) -> None:
    client = program("viewer")
    client.headers["Cookie"] = "_token=garbage"
    assert client.get("/stored_jobs").status_code == 200


def test_who_may_not_see_plugins_sees_nothing(
    program: Ask, stored: MongoDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    from airflow.api_fastapi.app import get_auth_manager

    monkeypatch.setattr(get_auth_manager(), "is_authorized_view", lambda **asked: False)
    assert statuses(program("admin"), routes()) == {403}


def test_who_may_not_see_runs_sees_no_update(
    program: Ask, stored: MongoDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    from airflow.api_fastapi.app import get_auth_manager

    monkeypatch.setattr(get_auth_manager(), "is_authorized_dag", lambda **asked: False)
    assert program("admin").get("/update_jobs/manual__1").status_code == 403
    assert program("admin").get("/stored_jobs").status_code == 200


def test_who_may_run_one_dag_only_may_run_that_one(
    program: Ask,
    stored: MongoDatabase,
    runs: Callable[[], list[DagRun]],
    denver_only: SavedSearch,
) -> None:
    client = program("user")
    for refused in ("", "?dag_id=job_tracker", "?dag_id=job_tracker_denver&dag_id=job_tracker"):
        assert client.post(f"/update_jobs{refused}", json={}).status_code == 403
    assert runs() == []

    assert client.post("/update_jobs?dag_id=job_tracker_denver", json={}).status_code == 202
    (run,) = runs()
    assert (run.dag_id, run.triggering_user_name) == (denver_only.dag_id, "user")
    assert run.conf == denver_only.parameters.model_dump()


def test_who_may_see_the_runs_of_one_dag_only_sees_no_others(
    program: Ask,
    stored: MongoDatabase,
    runs: Callable[[], list[DagRun]],
    denver_only: SavedSearch,
) -> None:
    with create_session() as session:
        for dag_id in ("job_tracker", denver_only.dag_id):
            session.add(DagRun(dag_id=dag_id, run_id="manual__1", run_type="manual"))
    client = program("user")

    assert client.get("/update_jobs/manual__1?dag_id=job_tracker_denver").status_code == 200
    for refused in ("", "?dag_id=job_tracker", "?dag_id=job_tracker_denver&dag_id=job_tracker"):
        assert client.get(f"/update_jobs/manual__1{refused}").status_code == 403
    mine = client.get("/update_jobs/manual__1?dag_id=job_tracker_denver").json()
    assert (mine["dag_id"], mine["receipt"]) == ("job_tracker_denver", None)


@pytest.mark.parametrize("dag_id", ["another", "~", "job_trackers", "job_tracker_denver/x", ""])
def test_a_dag_of_another_project_is_refused(
    program: Ask, stored: MongoDatabase, runs: Callable[[], list[DagRun]], dag_id: str
) -> None:
    with create_session() as session:
        session.add(DagRun(dag_id="another", run_id="manual__1", run_type="manual"))
    asked = {"dag_id": dag_id}
    assert program("admin").get("/update_jobs/manual__1", params=asked).status_code == 422
    assert program("admin").post("/update_jobs", params=asked, json={}).status_code == 422
    assert len(runs()) == 1


def test_addresses_and_digests_are_for_those_who_may_run_that_very_dag(
    program: Ask, stored: MongoDatabase, denver_only: SavedSearch, monkeypatch: pytest.MonkeyPatch
) -> None:
    from airflow.api_fastapi.app import get_auth_manager

    def allowed() -> tuple[bool, bool, set[int]]:
        client = program("user")
        answer = client.get("/searches").json()
        _, denver = answer["saved"]
        digest = f"/searches/{denver_only.slug}/digest"
        shown = statuses(client, [("GET", digest), ("GET", f"{digest}/0")])
        return answer["may_update"], bool(denver["addresses"]), shown

    assert allowed() == (False, True, {200})
    monkeypatch.setattr(
        get_auth_manager(),
        "is_authorized_dag",
        lambda *, details, **asked: details.id == "job_tracker",
    )
    assert allowed() == (True, False, {403})


@pytest.mark.parametrize("user", USERS)
def test_whoever_may_trigger_the_dag_may_update_and_is_shown_so(
    program: Ask, stored: MongoDatabase, runs: Callable[[], list[DagRun]], user: str
) -> None:
    may = USERS[user] != "viewer"

    assert program(user).get("/searches").json()["may_update"] is may
    assert program(user).post("/update_jobs", json={}).status_code == (202 if may else 403)
    assert len(runs()) == may


@pytest.mark.parametrize("user", USERS)
def test_whoever_may_trigger_the_default_dag_may_make_a_search(
    program: Ask, stored: MongoDatabase, new_searches: Path, user: str
) -> None:
    may = USERS[user] != "viewer"
    assert statuses(program(user), [("POST", "/searches/trial")]) == ({200} if may else {403})
    assert statuses(program(user), [("POST", "/searches")]) == ({201} if may else {403})
    assert [each.name for each in new_searches.iterdir()] == ["gary.toml"] * may


def test_who_may_run_another_dag_only_makes_no_search(
    program: Ask, stored: MongoDatabase, denver_only: SavedSearch, new_searches: Path
) -> None:
    for path in ("/searches", "/searches/trial"):
        asked = [("POST", path), ("POST", f"{path}?dag_id={denver_only.dag_id}")]
        sent = [program("user").request(m, p, json=BODIES[path]).status_code for m, p in asked]
        assert sent == [403, 403]
    assert not [*new_searches.iterdir()]


def test_a_name_that_airflow_knows_from_before_is_refused_as_its_dag_may_be_unpaused(
    program: Ask, stored: MongoDatabase, denver: SavedSearch, new_searches: Path
) -> None:
    sent = program("admin").post("/searches", json={"name": "denver"})
    assert sent.status_code == 409
    assert denver.dag_id in sent.json()["detail"]
    assert not [*new_searches.iterdir()]


def test_a_viewer_may_read_and_mark(program: Ask, stored: MongoDatabase) -> None:
    viewer = program("viewer")

    assert viewer.get(f"/stored_jobs/{NUMBER}").json()["PositionTitle"] == "Data Engineer"
    assert viewer.put(MARK, json={"saved": True}).json()["saved"] is True
    assert viewer.get(f"/stored_jobs/{NUMBER}").json()["mark"]["saved"] is True


def test_nobody_sees_or_changes_the_marks_of_another(program: Ask, stored: MongoDatabase) -> None:
    program("user").put(MARK, json={"saved": True, "note": "ask Maria"})
    program("other").put(MARK, json={"applied": True})

    mine, theirs = (
        program(user).get(f"/stored_jobs/{NUMBER}").json()["mark"] for user in ("user", "other")
    )
    assert (mine["saved"], mine["applied"], mine["note"]) == (True, False, "ask Maria")
    assert (theirs["saved"], theirs["applied"], theirs["note"]) == (False, True, "")
    boards = [program(user).get("/applications").json()["columns"] for user in ("user", "other")]
    assert [[each["state"] for each in board if each["total"]] for board in boards] == [
        ["saved"],
        ["applied"],
    ]
    for mark in ("saved", "applied"):
        asked = {"mark": mark, "status": "any"}
        found = [program(user).get("/stored_jobs", params=asked) for user in ("user", "other")]
        assert [each.json()["total"] for each in found] == [mark == "saved", mark == "applied"]


FROM_ELSEWHERE = [
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site", "Origin": "http://airflow.test"},
    {"Sec-Fetch-Site": "none"},
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://[airflow.test"},
    {"Sec-Fetch-Site": "cross-site", "Authorization": "Basic YWRtaW46YWRtaW4="},
    {"Sec-Fetch-Site": "cross-site", "Authorization": "Bearer "},
    {},
]


@pytest.mark.parametrize("headers", FROM_ELSEWHERE, ids=str)
def test_no_other_site_changes_anything_with_the_cookie_of_a_browser(
    browser: Ask,
    stored: MongoDatabase,
    runs: Callable[[], list[DagRun]],
    headers: dict[str, str],
) -> None:
    for method, path in CHANGING:
        sent = browser("admin").request(method, path, json=BODIES.get(path), headers=headers)
        assert sent.status_code == 403
    assert runs() == []
    assert stored["marks"].count_documents({}) == 0


@pytest.mark.parametrize(
    "headers", [{"Sec-Fetch-Site": "same-origin"}, {"Origin": "http://airflow.test"}], ids=str
)
def test_the_page_itself_changes_things_with_the_cookie(
    browser: Ask,
    stored: MongoDatabase,
    runs: Callable[[], list[DagRun]],
    headers: dict[str, str],
) -> None:
    browsing = browser("user")
    browsing.headers.update(headers)

    assert statuses(browsing, CHANGING) == DONE


REWRITTEN = {"Host": "127.0.0.1:8080", "Origin": "http://airflow.lan"}


@pytest.mark.parametrize(
    ("base_url", "status"),
    [
        ("http://127.0.0.1:8080", 200),
        ("http://airflow.lan", 200),
        ("http://airflow.lan/team", 200),
        ("https://airflow.lan", 403),
        ("http://other.lan", 403),
    ],
)
def test_behind_a_proxy_that_rewrites_the_host_the_address_that_is_set_is_the_page(
    browser: Ask,
    stored: MongoDatabase,
    monkeypatch: pytest.MonkeyPatch,
    base_url: str,
    status: int,
) -> None:
    monkeypatch.setenv("AIRFLOW__API__BASE_URL", base_url)
    sent = browser("viewer").put(MARK, json={"saved": True}, headers=REWRITTEN)
    assert sent.status_code == status


def test_behind_such_a_proxy_no_form_of_another_site_changes_anything(
    browser: Ask, stored: MongoDatabase, runs: Callable[[], list[DagRun]]
) -> None:
    for media_type in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
        headers = {**REWRITTEN, "Content-Type": media_type}
        sent = browser("user").post("/update_jobs", content="{}", headers=headers)
        assert sent.status_code == 403
    assert runs() == []


def test_browsers_are_not_told_that_other_sites_may_send_something(browser: Ask) -> None:
    """The check leans on it: a browser asks before it sends JSON to another site."""
    asks = {
        "Access-Control-Request-Method": "PUT",
        "Access-Control-Request-Headers": "content-type",
    }
    answered = browser("user").options(MARK, headers={**REWRITTEN, **asks})
    assert not [name for name in answered.headers if name.startswith("access-control")]


@pytest.mark.parametrize("headers", FROM_ELSEWHERE[:6], ids=str)
def test_a_program_with_a_token_is_let_in_wherever_it_runs(
    program: Ask,
    stored: MongoDatabase,
    runs: Callable[[], list[DagRun]],
    headers: dict[str, str],
) -> None:
    client = program("user")
    client.headers.update(headers)

    assert statuses(client, CHANGING) == DONE


@pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded", None])
def test_a_body_that_a_form_can_send_is_refused(
    program: Ask,
    stored: MongoDatabase,
    runs: Callable[[], list[DagRun]],
    media_type: str | None,
) -> None:
    headers = {"Content-Type": media_type} if media_type else {}
    for method, path in [each for each in CHANGING if each[1] in BODIES]:
        body = json.dumps(BODIES[path])
        sent = program("admin").request(method, path, content=body, headers=headers)
        assert sent.status_code in (415, 422)
    assert runs() == []
    assert stored["marks"].count_documents({}) == 0


@pytest.mark.parametrize(
    "path",
    [
        '/stored_jobs/{"$gt": ""}',
        "/stored_jobs/$where",
        f"/stored_jobs/{NUMBER}?search=matches.$where",
        "/stored_jobs?level[$gt]=",
        "/stored_jobs?level=$gt",
        "/stored_jobs?search[$ne]=x",
        "/stored_jobs?search=a.b",
        "/stored_jobs?page=-1",
        "/stored_jobs?page=0",
        f"/stored_jobs?page={10**30}",
        f"/stored_jobs?per_page={10**9}",
        f"/stored_jobs?minimum_pay={10**30}",
        "/stored_jobs?new_since=0001-01-01",
        "/stored_jobs?text=%00",
    ],
)
def test_what_is_no_filter_is_refused(program: Ask, stored: MongoDatabase, path: str) -> None:
    assert program("viewer").get(path).status_code in (404, 422)


def test_a_page_behind_the_last_one_is_empty(program: Ask, stored: MongoDatabase) -> None:
    pages = [
        program("viewer").get("/stored_jobs", params={"status": "any", "page": page}).json()
        for page in (1, 1_000_000)
    ]
    assert [(page["total"], len(page["jobs"])) for page in pages] == [(1, 1), (1, 0)]


@pytest.mark.parametrize(
    "mark",
    [
        {"note": {"$gt": ""}},
        {"saved": {"$gt": ""}},
        {"$set": {"saved": True}},
        {"state": "hired"},
        {"state": "applied", "since": "1999-01-01"},
        {"state": "applied", "saved": True},
        {"user": "other"},
        {"note": "x" * 4001},
        {"note": "\ud800"},
        [],
    ],
    ids=str,
)
def test_what_is_no_mark_is_refused(program: Ask, stored: MongoDatabase, mark: Any) -> None:
    body, headers = json.dumps(mark), {"Content-Type": "application/json"}
    assert program("user").put(MARK, content=body, headers=headers).status_code == 422
    assert stored["marks"].count_documents({}) == 0


def test_a_mark_of_what_is_not_stored_is_refused(program: Ask, stored: MongoDatabase) -> None:
    assert program("user").put("/stored_jobs/1/mark", json={"saved": True}).status_code == 404
    assert stored[POSITIONS].count_documents({}) == 1


def test_an_update_runs_the_dag_in_the_users_name_with_the_parameters(
    program: Ask, stored: MongoDatabase, runs: Callable[[], list[DagRun]]
) -> None:
    sent = program("user").post("/update_jobs", json={"radius_miles": 30, "minimum_pay": 0})

    (run,) = runs()
    assert (sent.status_code, sent.json()["run_id"]) == (202, run.run_id)
    assert (run.triggering_user_name, run.run_type, run.state) == ("user", "manual", "queued")
    assert run.conf == SearchParameters(radius_miles=30, minimum_pay=0).model_dump()
    begun = program("viewer").get(f"/update_jobs/{run.run_id}").json()
    assert begun["state"] == "queued"
    assert list(begun["tasks"]) == ["extract", "transform", "load", "check", "digest"]
    assert begun["receipt"] is None


@pytest.mark.parametrize(
    "parameters",
    [
        {"location": "Nowhere, Illinois"},
        {"location": "Chicago"},
        {"radius_miles": 0},
        {"radius_miles": {"$gt": ""}},
        {"hiring_paths": []},
        {"colour": "red"},
        {"keyword": "a\x00b"},
    ],
    ids=str,
)
def test_what_cannot_be_searched_starts_no_run(
    program: Ask,
    stored: MongoDatabase,
    runs: Callable[[], list[DagRun]],
    parameters: dict[str, Any],
) -> None:
    assert program("user").post("/update_jobs", json=parameters).status_code == 422
    assert runs() == []


def test_a_number_that_json_has_not_is_refused(
    program: Ask, stored: MongoDatabase, runs: Callable[[], list[DagRun]]
) -> None:
    sent = program("user").post(
        "/update_jobs",
        content='{"radius_miles": NaN}',
        headers={"Content-Type": "application/json"},
    )
    assert sent.status_code == 422
    assert runs() == []


def test_an_update_is_refused_while_the_dag_is_paused(
    program: Ask, stored: MongoDatabase, runs: Callable[[], list[DagRun]]
) -> None:
    _pause(True)

    refused = program("user").post("/update_jobs", json={})

    assert refused.status_code == 409
    assert "unpause it" in refused.json()["detail"]
    assert runs() == []


def test_a_run_that_is_not_there_is_not_found(program: Ask, stored: MongoDatabase) -> None:
    assert program("viewer").get("/update_jobs/manual__none").status_code == 404
