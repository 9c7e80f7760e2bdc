"""What a task leaves alone when Python searches for garbage."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def airflow_left_alone() -> Iterator[None]:
    """Search only what is made within for garbage; also a decorator.

    A step makes millions of objects, and every full search would look again through the million
    that Airflow has imported, which takes up to a sixth of the step's time.
    """
    # Whoever has frozen objects before, as Airflow does around a fork, wants them to stay so.
    if gc.get_freeze_count():
        yield
        return
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
