"""What a task leaves alone when Python searches for garbage."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from include.airflow.garbage import airflow_left_alone


class Linked:
    """An object that only a search for garbage can free: it holds itself."""

    def __init__(self) -> None:
        self.own = self


def is_collected(kind: type) -> bool:
    return not any(type(each) is kind for each in gc.get_objects())


@pytest.fixture(autouse=True)
def nothing_frozen() -> Iterator[None]:
    gc.unfreeze()
    yield
    gc.unfreeze()


def test_garbage_of_a_step_is_found_while_it_runs() -> None:
    with airflow_left_alone():
        Linked()
        gc.collect()

        assert is_collected(Linked)


def test_what_was_there_before_is_left_alone_until_the_step_ends() -> None:
    class Earlier(Linked):
        pass

    Earlier()
    with airflow_left_alone():
        before = gc.get_freeze_count()
    assert before > 0
    assert gc.get_freeze_count() == 0
    gc.collect()
    assert is_collected(Earlier)


def test_what_others_froze_stays_frozen() -> None:
    gc.freeze()

    with airflow_left_alone():
        pass

    assert gc.get_freeze_count() > 0


def test_an_error_ends_it_too() -> None:
    with pytest.raises(ValueError, match="no"), airflow_left_alone():
        raise ValueError("no")

    assert gc.get_freeze_count() == 0
