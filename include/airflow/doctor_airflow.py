"""The checks of `bin/doctor` that concern Airflow itself: settings, folders, DAGs, processes."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import Any

from airflow.providers.common.compat.sdk import conf
from airflow.providers.common.compat.version_compat import AIRFLOW_V_3_0_PLUS

from include.doctor.findings import Finding, State, note, ok, problem, skipped
from include.doctor.folders import check_searches, check_writable, local_folder
from include.jobs.formatting import count
from include.searches.saved_searches import DAG_ID, FOLDER, SavedSearches, read_saved_searches

PROJECT = Path(__file__).resolve().parents[2]
TESTED = ("3.3", "2.11")
STORAGE_BACKEND = "airflow.providers.common.io.xcom.backend.XComObjectStorageBackend"
SHARED_NOTHING = ("CeleryExecutor", "KubernetesExecutor", "EdgeExecutor", "EcsExecutor")
DAG_FILE = f"{DAG_ID}.py"
SEARCHES_FILE = f"{DAG_ID}_searches.py"
"""Reports invalid searches as an import error; `check_searches` names them."""

WHERE_TO_LOOK = "docs/deploy.md says what an Airflow of your own needs."


def check_settings() -> Iterator[Finding]:
    """Check Airflow's settings that the DAGs need."""
    line = version("apache-airflow")
    python = ".".join(map(str, sys.version_info[:3]))
    versions = {"Airflow": line, "Python": python, "Platform": sys.platform}
    words = f"Airflow {line} on Python {python}, with the {_executor()}."
    if line.startswith(tuple(f"{each}." for each in TESTED)):
        yield ok(words, versions=versions)
    else:
        yield note(words, f"Tested are {' and '.join(TESTED)}.", versions=versions)
    if conf.getboolean("core", "unit_test_mode", fallback=False):
        yield problem("Airflow runs in unit test mode.", "Unset [core] unit_test_mode.")
    if conf.get("logging", "logging_level", fallback="").upper() == "DEBUG":
        yield note(
            "At the log level DEBUG, Airflow logs the secrets of connections.",
            "Set [logging] logging_level to INFO.",
        )
    if not _finds_the_program():
        yield problem(
            "Airflow's processes don't find the package `include`.",
            f"Add the project's directory, {PROJECT}, to their PYTHONPATH. {WHERE_TO_LOOK}",
        )
    yield from _xcom_backend()


def _finds_the_program() -> bool:
    """Return whether another Airflow process, which starts elsewhere, can import `include`.

    The first entry of `sys.path` is where this one started; Airflow adds its own folders.
    """
    own = [Path(conf.get("core", name)) for name in ("plugins_folder", "dags_folder")]
    places = [*map(Path, sys.path[1:]), *own]
    return any((place / "include" / "searches" / "__init__.py").is_file() for place in places)


def _executor() -> str:
    return str(conf.get("core", "executor", fallback="")).rpartition(".")[2]


def _xcom_backend() -> Iterator[Finding]:
    if conf.get("core", "xcom_backend", fallback="") != STORAGE_BACKEND:
        yield note(
            "XComs are stored in the metadata database; a run's can be many megabytes.",
            f"Set [core] xcom_backend to the object storage backend. {WHERE_TO_LOOK}",
        )
        return
    path = conf.get("common.io", "xcom_objectstorage_path", fallback="")
    if not path:
        yield problem(
            "The object storage backend for XComs has no path.",
            "Set [common.io] xcom_objectstorage_path.",
        )
        return
    try:
        threshold = conf.getint("common.io", "xcom_objectstorage_threshold", fallback=-1)
    except Exception:
        yield problem("[common.io] xcom_objectstorage_threshold is no number.", "Set it to 10240.")
        return
    if threshold < 0:
        yield note(
            "[common.io] xcom_objectstorage_threshold is negative, so all XComs are stored in the "
            "metadata database; a run's can be many megabytes.",
            "Set it to 10240.",
        )
    compression = conf.get("common.io", "xcom_objectstorage_compression", fallback="")
    if compression and compression not in _compressions():
        yield problem(
            f"[common.io] xcom_objectstorage_compression is {compression}, which is unknown here.",
            "Set it to gzip.",
        )
    yield ok(f"XComs of {max(threshold, 0):,} bytes or more are stored as files.")


def _compressions() -> list[str]:
    from fsspec import available_compressions

    return [str(name) for name in available_compressions()]


def check_folders() -> Iterator[Finding]:
    """Check that this user can write where tasks write."""
    advice = "Give this user, which must be the one that Airflow runs as, write access."
    path = conf.get("common.io", "xcom_objectstorage_path", fallback="")
    if conf.get("core", "xcom_backend", fallback="") == STORAGE_BACKEND and path:
        yield from _xcom_folder(path, advice)
    logs = conf.get("logging", "base_log_folder")
    yield from check_writable("Logs", Path(logs), advice)


def _xcom_folder(path: str, advice: str) -> Iterator[Finding]:
    folder = local_folder(path)
    if folder is None:
        scheme = path.partition("://")[0]
        if _has_file_system(scheme):
            yield skipped(f"XComs are stored in {scheme}://…, which is not asked here.")
        else:
            yield problem(
                f"No provider for the XComs' path {scheme}://… is installed.", WHERE_TO_LOOK
            )
        return
    yield from check_writable("XComs", folder, advice)
    if _executor().startswith(SHARED_NOTHING):
        yield note(
            f"With the {_executor()}, all workers have to mount the XComs' folder {folder}.",
            "If they can't, use an object storage: see docs/deploy.md.",
        )


def _has_file_system(scheme: str) -> bool:
    try:
        try:
            from airflow.sdk.io import has_fs
        except ImportError:  # Airflow 2
            from airflow.io import has_fs  # type: ignore[no-redef, attr-defined, unused-ignore]
        return bool(has_fs(scheme))
    except Exception:
        return True


def find_dags() -> Path | None:
    """Return the folder with the project's DAG files, among those that Airflow reads."""
    for root in _roots():
        if (root / DAG_FILE).is_file():
            return root
        with suppress(OSError):
            for found in root.rglob(DAG_FILE):
                return found.parent
    return None


def _roots() -> Iterator[Path]:
    if AIRFLOW_V_3_0_PLUS:
        with suppress(Exception):
            from airflow.dag_processing.bundles.manager import DagBundlesManager

            manager: Any = DagBundlesManager
            yield from [bundle.path for bundle in manager().get_all_dag_bundles()]
    yield Path(conf.get("core", "dags_folder"))


def saved_searches() -> SavedSearches:
    """Return the saved searches that Airflow's DAGs are made of."""
    folder = find_dags()
    return read_saved_searches(folder / "searches" if folder else FOLDER)


def check_dag_files() -> Iterator[Finding]:
    """Read the DAG files as Airflow does, and the saved searches."""
    folder = find_dags()
    if folder is None:
        yield problem(
            f"No folder that Airflow reads DAGs from has the file {DAG_FILE}.",
            f"Set [core] dags_folder to the project's dags/. {WHERE_TO_LOOK}",
        )
        return
    if not os.access(folder, os.R_OK | os.X_OK):
        yield problem(f"This user can't read {folder}.", "Give it read access (chmod a+rX).")
        return
    searches = read_saved_searches(folder / "searches")
    yield from check_searches(folder / "searches", searches)
    files = sorted(folder.glob(f"{DAG_ID}*.py"))
    found: set[str] = set()
    failed = False
    for file in files:
        if file.name == SEARCHES_FILE:
            continue
        dag_ids, error = _parse(file)
        found |= dag_ids
        if error:
            failed = True
            yield problem(f"Airflow can't read {file}: {error}", WHERE_TO_LOOK)
    wanted = {search.dag_id for search in searches.good}
    if not failed and wanted - found:
        missing = ", ".join(sorted(wanted - found))
        yield problem(f"The DAG files define no {missing}.", "Is the DAG folder complete?")
    elif not failed:
        yield ok(f"Airflow can read the DAG files in {folder}: {count(len(found), 'DAG')}.")


def _parse(file: Path) -> tuple[set[str], str]:
    """Return the ids of a file's DAGs, and the error if it can't be read."""
    bag: Any
    if AIRFLOW_V_3_0_PLUS:
        from airflow.dag_processing import dagbag

        bag = dagbag.DagBag(str(file))
    else:
        from airflow.models import dagbag as dagbag_of_airflow_2

        bag = dagbag_of_airflow_2.DagBag(str(file), include_examples=False)
    errors = [str(trace).rstrip() for trace in bag.import_errors.values()]
    return set(bag.dags), errors[0].rpartition("\n")[2].strip() if errors else ""


def check_metadata(command: str, *, stopped: bool) -> Iterator[Finding]:
    """Check the metadata database, what Airflow's processes have stored in it, and that they live.

    `command` is how its users call `airflow`. If they are `stopped` on purpose, it is no problem
    that they don't.
    """
    from airflow.utils import db
    from sqlalchemy.exc import SQLAlchemyError

    try:
        db.check()
        check_migrations: Any = db.check_migrations
        check_migrations(1)
    except TimeoutError:
        yield problem(
            "Airflow's metadata database is not up to date.", f"Run: {command} db migrate"
        )
        return
    except (SQLAlchemyError, OSError, ImportError) as error:
        yield problem(
            f"Airflow's metadata database can't be used ({type(error).__name__}).",
            "Check [database] sql_alchemy_conn and the server that it names.",
        )
        return
    yield ok("Airflow's metadata database is reachable and up to date.")
    alive = True
    for finding in _processes(stopped=stopped):
        alive = alive and finding.state == State.OK
        yield finding
    yield from _stored_dags(command, alive=alive)


def _processes(*, stopped: bool) -> Iterator[Finding]:
    from airflow.jobs.job import most_recent_job

    needed = {"SchedulerJob": "scheduler"}
    if AIRFLOW_V_3_0_PLUS:
        needed["DagProcessorJob"] = "DAG processor"
    for job_type, name in needed.items():
        job: Any = most_recent_job(job_type)
        if job and job.is_alive():
            yield ok(f"The {name} is alive.")
        elif stopped:
            yield skipped(f"The {name} is not running.")
        else:
            last = f" since {job.latest_heartbeat:%Y-%m-%d %H:%M} UTC" if job else ""
            yield problem(
                f"The {name} is not alive{last}, so no run starts.",
                f"Start it: airflow {name.lower().replace(' ', '-')}",
            )


def _stored_dags(command: str, *, alive: bool) -> Iterator[Finding]:
    from airflow.models import DagModel
    from airflow.models.errors import ParseImportError
    from airflow.utils.session import create_session
    from sqlalchemy import select

    searches = saved_searches().good
    with create_session() as session:
        errors = list(
            session.execute(select(ParseImportError.filename, ParseImportError.stacktrace))
        )
        models = {search.dag_id: session.get(DagModel, search.dag_id) for search in searches}
        states = {dag_id: _dag_state(model) for dag_id, model in models.items()}
    for file, trace in errors:
        name = Path(str(file)).name
        if name.startswith(DAG_ID) and name != SEARCHES_FILE:
            last = str(trace).rstrip().rpartition("\n")[2].strip()
            yield problem(f"Airflow's DAG processor can't read {name}: {last}", WHERE_TO_LOOK)
    for dag_id, state in states.items():
        if state == "unknown" and alive:
            yield problem(
                f"Airflow has not read the DAG {dag_id} yet.",
                "Wait a minute; then look at the import errors in Airflow's list of DAGs.",
            )
        elif state == "unknown":
            yield skipped(f"Airflow has not read the DAG {dag_id} yet.")
        elif state == "paused":
            yield note(
                f"The DAG {dag_id} is paused, so it starts no runs.",
                f"To start them: {command} dags unpause {dag_id}",
            )
    active = [dag_id for dag_id, state in states.items() if state == "active"]
    if active:
        yield ok(f"Airflow knows and runs {', '.join(active)}.")


def _dag_state(model: Any) -> str:
    """Return whether a DAG is "unknown", "paused" or "active"."""
    if model is None:
        return "unknown"
    is_stale = model.is_stale if AIRFLOW_V_3_0_PLUS else not model.is_active
    if is_stale:
        return "unknown"
    return "paused" if model.is_paused else "active"
