from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.data.rewrite_recordings import LABELS, SMALL_CHARACTERS, Recordings

ANSWER = "usajobs/search.json"


@pytest.mark.parametrize(
    ("name", "held"),
    [
        (ANSWER, {"title": "Café\u2028", "pay": ["94199.0", 94199.0, 0, None, False]}),
        (LABELS, [{"title": "One\u2028line"}, {"title": "Another"}]),
    ],
)
@pytest.mark.parametrize("times", [1, SMALL_CHARACTERS])
def test_what_was_written_is_read_whether_small_or_large(
    tmp_path: Path, name: str, held: Any, times: int
) -> None:
    large = held * times if isinstance(held, list) else {**held, "duties": "x" * times}
    recordings = Recordings(tmp_path)

    recordings.write(name, large)

    assert recordings.names() == [name]
    assert repr(recordings.read(name)) == repr(large)


def test_a_file_that_grew_or_shrank_stands_there_once(tmp_path: Path) -> None:
    recordings = Recordings(tmp_path)
    for size in (10, SMALL_CHARACTERS, 10):
        recordings.write(ANSWER, {"duties": "x" * size})

        assert recordings.names() == [ANSWER]
        assert recordings.read(ANSWER) == {"duties": "x" * size}


def test_the_same_recording_is_always_written_with_the_same_bytes(tmp_path: Path) -> None:
    for folder in ("one", "other"):
        Recordings(tmp_path / folder).write(ANSWER, {"duties": "abc " * SMALL_CHARACTERS})

    one, other = tmp_path.glob("*/usajobs/*.xz")
    assert one.read_bytes() == other.read_bytes()
