"""What the plugin offers to Airflow, and what it costs the processes that don't need it."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from typing import Any

import pytest

from include.local.settings import PROJECT
from tests.support.airflow_home import AIRFLOW_LINE

LOAD_PLUGINS = """
import json, sys
from airflow import plugins_manager
plugins_manager.ensure_plugins_loaded()
errors = getattr(plugins_manager, "import_errors", None)
heavy = ("fastapi", "airflow.api_fastapi.core_api.security")
print(json.dumps({
    "errors": plugins_manager._get_plugins()[1] if errors is None else errors,
    "plugins": [plugin["name"] for plugin in plugins_manager.get_plugin_info()],
    "views": [view["name"] for plugin in plugins_manager.get_plugin_info()
              for view in plugin.get("external_views", [])],
    "heavy": [name for name in heavy if name in sys.modules],
}))
"""


@pytest.fixture(scope="module")
def loaded() -> dict[str, Any]:
    """What a process finds after it has loaded the plugins."""
    done = subprocess.run(
        [sys.executable, "-c", LOAD_PLUGINS], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return {**json.loads(done.stdout.splitlines()[-1]), "said": done.stderr}


def test_the_plugin_loads_without_an_error(loaded: dict[str, Any]) -> None:
    assert loaded["errors"] == {}
    assert {"job_tracker", "job_tracker_sqlite"} <= {*loaded["plugins"]}
    assert "job_tracker" not in loaded["said"]


def test_the_page_is_in_the_navigation_of_airflow_3_only(loaded: dict[str, Any]) -> None:
    assert loaded["views"] == ([] if AIRFLOW_LINE.startswith("2.") else ["Job Tracker"])


def test_processes_that_only_load_the_plugin_import_no_web_framework(
    loaded: dict[str, Any],
) -> None:
    assert loaded["heavy"] == []


def test_the_plugins_folder_holds_plugins_only() -> None:
    """Airflow puts the folder on `sys.path`: anything else in it would have no package."""
    files = [*(PROJECT / "plugins").rglob("*.py")]
    nodes = [node for file in files for node in ast.walk(ast.parse(file.read_text()))]
    bases = {
        node.name: [ast.unparse(base) for base in node.bases]
        for node in nodes
        if isinstance(node, ast.ClassDef)
    }
    functions = [node for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]

    assert bases
    assert bases == {name: ["AirflowPlugin"] for name in bases}
    assert functions == []
