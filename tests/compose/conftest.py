"""The running stack of docker-compose.yaml, for `--compose COMMAND` only."""

from __future__ import annotations

import shlex
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.compose.compose_stack import ComposeStack, copy_project

NO_CONTAINERS = ("test_file.py", "__init__.py")
MEASURED = pytest.StashKey[list[tuple[str, str]]]()

Measured = Callable[[str, object], None]
NewStack = Callable[..., ComposeStack]
Start = Callable[..., AbstractContextManager[ComposeStack]]


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    starts_containers = (
        collection_path.suffix == ".py" and collection_path.name not in NO_CONTAINERS
    )
    return True if starts_containers and not config.getoption("--compose") else None


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    if rows := config.stash.get(MEASURED, []):
        terminalreporter.section("measured")
        for what, amount in rows:
            terminalreporter.line(f"{what:<64} {amount}")


@pytest.fixture(scope="session")
def measured(pytestconfig: pytest.Config) -> Measured:
    """Note what was measured for the end of the tests: `measured("start", "52 s")`."""
    rows = pytestconfig.stash.setdefault(MEASURED, [])
    return lambda what, amount: rows.append((what, str(amount)))


@pytest.fixture(scope="module")
def new_stack(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> NewStack:
    """Make a stack, with settings, in a copy of the project: `new_stack("celery", "sample")`."""
    command = shlex.split(pytestconfig.getoption("--compose"))

    def make(*profiles: str) -> ComposeStack:
        project = copy_project(tmp_path_factory.mktemp("compose") / "project")
        stack = ComposeStack(command, project, *profiles)
        stack.make_settings()
        return stack

    return make


@pytest.fixture(scope="module")
def start(new_stack: NewStack, measured: Measured) -> Start:
    """Start a stack from nothing, and remove it however things go: `with start("sample") as it`.

    Settings for .env are named: `start("sample", JOB_TRACKER_URL="https://…")`.
    """

    @contextmanager
    def started(
        *profiles: str, options: tuple[str, ...] = (), **settings: str
    ) -> Iterator[ComposeStack]:
        stack, what = new_stack(*profiles), " ".join(["up", *profiles, *options])
        for name, value in settings.items():
            stack.set(name, value)
        try:
            stack.build()
            began = time.monotonic()
            stack.up(*options)
            measured(f"{what}: until all are healthy", f"{time.monotonic() - began:.0f} s")
            yield stack
        finally:
            stack.down()

    return started
