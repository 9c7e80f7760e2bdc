"""What the stack does not start without."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.compose.compose_stack import INIT, ComposeStack
from tests.compose.conftest import NewStack
from tests.test_fill_env import ASKED_FOR

SECRETS = sorted(ASKED_FOR)


@pytest.fixture(scope="module")
def stack(new_stack: NewStack) -> ComposeStack:
    return new_stack()


@pytest.fixture
def settings(stack: ComposeStack) -> Iterator[dict[str, str]]:
    """The settings, which are the same again after the test."""
    file = stack.project / ".env"
    before = file.read_text()
    yield stack.settings
    file.write_text(before)


def test_the_settings_that_were_made_are_enough(stack: ComposeStack) -> None:
    assert {*SECRETS} <= stack.secrets().keys()
    assert stack.run("config").returncode == 0


@pytest.mark.parametrize("name", SECRETS)
def test_a_secret_that_is_empty_is_named(
    stack: ComposeStack, settings: dict[str, str], name: str
) -> None:
    stack.set(name, "")
    refused = stack.run("config")
    assert refused.returncode != 0
    assert f"{name} is not set. Run bin/fill-env" in refused.stderr


def test_without_settings_nothing_starts(stack: ComposeStack, settings: dict[str, str]) -> None:
    (stack.project / ".env").unlink()
    refused = stack.run("up", "-d")
    assert refused.returncode != 0
    assert re.search(r"\w+ is not set\. Run bin/fill-env", refused.stderr)
    assert stack.containers() == []


def test_without_an_account_and_the_sample_api_it_says_what_to_set(stack: ComposeStack) -> None:
    try:
        stack.build()
        started = stack.run("up", "-d", "--no-build")
        said = stack.logs(INIT)
        airflow = stack.containers("airflow-scheduler")
    finally:
        stack.down()

    assert started.returncode != 0
    assert "USAJOBS_API_KEY are not set" in said
    assert "add sample to COMPOSE_PROFILES" in said
    assert not any(container["State"]["Running"] for container in airflow)
