"""./test.sh --audit: three different outcomes, asked of services on this machine."""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from include.local.ports import free_port
from tests.supply.audit import NotAsked, audit, reason_in, vulnerable, withdrawn

ADVISORY = {
    "id": "PYSEC-2026-1",
    "aliases": ["CVE-2026-1"],
    "summary": "It does too much.",
    "affected": [
        {
            "package": {"name": "harmful", "ecosystem": "PyPI"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "1.2"}]}],
        }
    ],
}


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@contextmanager
def service(status: int = 200, body: bytes | None = None) -> Iterator[str]:
    """A database of advisories that knows one, or answers everything with the same body."""

    class Advisories(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            query = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            known = query["package"]["name"] == "harmful" and query["version"] == "1.1"
            answer = json.dumps({"vulns": [ADVISORY]} if known else {}).encode()
            self.send_response(status)
            self.end_headers()
            self.wfile.write(answer if body is None else body)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Advisories) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/v1/query"
        server.shutdown()


def test_a_vulnerable_version_is_named_with_its_advisory_and_the_version_that_fixes_it() -> None:
    with service() as address:
        found = vulnerable({"harmless": "1.0", "harmful": "1.1"}, address)

    assert found == ["harmful 1.1: PYSEC-2026-1, CVE-2026-1; fixed in 1.2"]


def test_a_version_that_is_not_affected_is_not_named() -> None:
    with service() as address:
        assert vulnerable({"harmless": "1.0", "harmful": "1.2"}, address) == []


def test_a_service_that_is_out_of_reach_is_told_from_one_that_knows_nothing() -> None:
    with pytest.raises(NotAsked, match="Connection refused"):
        vulnerable({"harmless": "1.0"}, f"http://127.0.0.1:{free_port()}/v1/query")


@pytest.mark.parametrize(
    ("status", "body"),
    [(503, b"{}"), (404, b"{}"), (200, b"<p>Log in first"), (200, b"")],
)
def test_an_answer_that_is_none_is_not_taken_for_a_good_one(status: int, body: bytes) -> None:
    with service(status, body) as address, pytest.raises(NotAsked):
        vulnerable({"harmless": "1.0"}, address)


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty package index, and a pip that knows no other."""
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_INDEX_URL", (tmp_path / "simple").as_uri())
    return tmp_path / "simple"


def offer(index: Path, version: str, attribute: str = "") -> None:
    folder = index / "anything"
    folder.mkdir(parents=True, exist_ok=True)
    wheel = folder / f"anything-{version}-py3-none-any.whl"
    info = f"anything-{version}.dist-info"
    with zipfile.ZipFile(wheel, "w") as package:
        package.writestr(
            f"{info}/METADATA", f"Metadata-Version: 2.1\nName: anything\nVersion: {version}\n"
        )
        package.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        package.writestr(f"{info}/RECORD", "")
    with (folder / "index.html").open("a") as page:
        page.write(f'<a href="{wheel.name}" {attribute}>{wheel.name}</a>\n')


def withdrawn_at(folder: Path, version: str) -> list[str]:
    (folder / "requirements.txt").write_text("anything\n")
    (folder / "constraints.txt").write_text(f"anything=={version}\n")
    return withdrawn([folder / "requirements.txt"], folder / "constraints.txt")


def test_a_version_that_its_authors_withdrew_is_named_and_its_neighbour_is_not(
    index: Path, tmp_path: Path
) -> None:
    offer(index, "1.0", 'data-yanked="It lacks half of its files"')
    offer(index, "1.1")

    assert withdrawn_at(tmp_path, "1.0") == ["anything 1.0: withdrawn by its authors"]
    assert withdrawn_at(tmp_path, "1.1") == []


def test_an_index_without_the_version_is_told_from_one_that_has_nothing_against_it(
    index: Path, tmp_path: Path
) -> None:
    offer(index, "1.1")

    with pytest.raises(NotAsked, match="ERROR: Cannot install anything"):
        withdrawn_at(tmp_path, "1.0")


def test_the_broken_connection_is_the_reason_and_not_what_pip_makes_of_it() -> None:
    refused = "WARNING: Retrying after connection broken by 'Connection refused'"

    assert reason_in(f"{refused}\nERROR: No matching distribution found for rich\n") == refused
    assert reason_in("Traceback\nConnectionError: no route\n") == "ConnectionError: no route"
    assert reason_in("") == "it said nothing"


def not_asked() -> list[str]:
    raise NotAsked("no route to host")


def found() -> list[str]:
    return ["harmful 1.1"]


@pytest.mark.parametrize(
    ("questions", "status"),
    [
        ([list, list], 0),
        ([list, found], 1),
        ([list, not_asked], 3),
        ([not_asked, list], 3),
        ([found, not_asked], 1),
        ([not_asked, found], 1),
    ],
)
def test_found_not_found_and_not_asked_end_differently(questions: list[Any], status: int) -> None:
    assert audit("2 versions", dict(zip("ab", questions, strict=True))) == status


def test_every_outcome_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    audit("2 versions", {"good": list, "bad": found, "away": not_asked})

    assert capsys.readouterr().out.splitlines() == [
        "2 versions: good: nothing found",
        "2 versions: bad: 1 found",
        "  ✗ harmful 1.1",
        "2 versions: away: skipped, could not be asked: no route to host",
    ]
