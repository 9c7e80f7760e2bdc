from __future__ import annotations

import errno
import os

import pytest

from include.terminal.errors import refused_by_system


@pytest.mark.parametrize(
    ("number", "advice"),
    [
        (errno.ENOSPC, "Free some space"),
        (errno.EACCES, "sudo chown -R"),
        (errno.EROFS, "to the user who runs this"),
        (errno.EMFILE, "This machine refuses something that is needed: /x/.local/lock: Too many"),
    ],
)
def test_what_the_system_refuses_is_named_with_what_to_do(number: int, advice: str) -> None:
    refusal = refused_by_system(OSError(number, os.strerror(number), "/x/.local/lock"))

    assert "/x/.local/lock: " in str(refusal)
    assert advice in str(refusal)
    assert refusal.status == 1


def test_an_error_without_a_file_keeps_its_own_words() -> None:
    assert "timed out" in str(refused_by_system(TimeoutError("timed out")))
