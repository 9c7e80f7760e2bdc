"""How pytest-xdist hands the tests out to its processes."""

from __future__ import annotations

from xdist.scheduler import LoadScopeScheduling
from xdist.workermanage import WorkerController

TOGETHER = {
    f"tests/airflow/test_{name}.py": "Airflow's API server"
    for name in ("web_access", "web_host", "web_in_browser")
}
"""Files whose tests share a service that takes long to start, and its name."""

LONGEST_FIRST = (
    "Airflow's API server",
    "tests/local/test_stack.py",
    "tests/dags/test_digest.py",
    "tests/dags/test_run.py",
    "tests/data/test_rewritten.py",
    "tests/dags/test_memory.py",
    "tests/test_secrets.py",
    "tests/faults/test_dag.py",
    "tests/local/test_environment.py",
)
"""What takes longest, though it has few tests: begun last, it leaves the other processes idle."""


class ByService(LoadScopeScheduling):
    """One process runs all tests of a file, or of a service; what takes longest begins first."""

    def _split_scope(self, nodeid: str) -> str:
        file, _, _ = nodeid.partition("::")
        return TOGETHER.get(file, file)

    def _assign_work_unit(self, node: WorkerController) -> None:
        self.workqueue.move_to_end(min(self.workqueue, key=self._place), last=False)
        super()._assign_work_unit(node)

    def _place(self, scope: str) -> tuple[int, int]:
        listed = LONGEST_FIRST.index(scope) if scope in LONGEST_FIRST else len(LONGEST_FIRST)
        return listed, -len(self.workqueue[scope])
