from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import atexit, gc
from include.local.airflow_process import collect_rarely

class Cycle:
    ended = 0
    def __init__(self):
        self.itself = self
    def __del__(self):
        Cycle.ended += 1

collect_rarely()
atexit.register(print, "handlers run")
for _ in range(300_000):
    Cycle()
print("collected" if Cycle.ended else "kept")
raise SystemExit(3)
"""


def test_garbage_is_still_collected_and_the_process_ends_as_usual() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=False, timeout=60
    )

    assert ended.stdout.splitlines() == ["collected", "handlers run"], ended.stderr
    assert ended.returncode == 3
