from __future__ import annotations

import subprocess
import sys
from pathlib import Path

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


FORKING = """
import os, sys
import include.jobs
from include.local import airflow_process

include.jobs.__path__.append(sys.argv[1])
airflow_process.TASK_MODULES = ()
airflow_process.OUR_MODULES = ("include.jobs.of_ada", "include.jobs.broken")
airflow_process.import_for_children()

def child():
    if not os.fork():
        print(*(each in sys.modules for each in ("include.jobs.of_ada", "decimal")), flush=True)
        os._exit(0)
    os.wait()

child()
with open(f"{sys.argv[1]}/of_ada.py", "w") as file:
    file.write("edited = True")
child()
os.unlink(file.name)
child()
"""


def test_children_inherit_our_modules_until_one_is_edited(tmp_path: Path) -> None:
    (tmp_path / "of_ada.py").write_text("import decimal")
    (tmp_path / "broken.py").write_text("import")
    ended = subprocess.run(
        [sys.executable, "-c", FORKING, tmp_path],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert ended.stdout.splitlines() == ["True True", "False True", "False True"], ended.stderr
