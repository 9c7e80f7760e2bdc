from __future__ import annotations

import multiprocessing
import resource
import shutil
from types import SimpleNamespace

import pytest

from include.local.machine import check_machine
from include.local.options import parse_options
from include.terminal.errors import UsageError

STAYS_UP, ONCE = parse_options([], {}), parse_options(["--once"], {})


@pytest.mark.parametrize(("megabytes", "enough"), [(99, False), (100, True)])
def test_a_full_disk_is_named_before_anything_starts(
    monkeypatch: pytest.MonkeyPatch, megabytes: int, enough: bool
) -> None:
    usage = SimpleNamespace(free=megabytes * 1_000_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)
    if enough:
        check_machine(ONCE)
    else:
        with pytest.raises(UsageError, match="has 99 MB left; at least 100 MB are needed"):
            check_machine(ONCE)


def test_shared_memory_is_needed_by_the_scheduler_only(monkeypatch: pytest.MonkeyPatch) -> None:
    def lock() -> None:
        raise OSError(38, "Function not implemented")

    monkeypatch.setattr(multiprocessing, "Lock", lock)

    check_machine(ONCE)
    with pytest.raises(UsageError, match="no shared memory"):
        check_machine(STAYS_UP)


def test_more_files_may_be_open_than_the_shell_allows() -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, before[1]))
    try:
        check_machine(ONCE)
        raised, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)

    assert raised == 4096 or raised == before[1] < 4096
