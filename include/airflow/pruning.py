"""The tasks of the retention DAG, with file locations from Airflow's configuration."""

from __future__ import annotations

from airflow.providers.common.compat.sdk import AirflowFailException, conf

from include.airflow.mongo import jobs_database
from include.store import old_files, retention


def prune_jobs_database(settings: str) -> retention.PrunedCollections:
    """Delete old documents; `settings` is the Variable's JSON.

    Raises:
        AirflowFailException: the settings are not valid.
        StorageError: MongoDB rejected a write, or can't be reached.
    """
    days = _read(settings)
    with jobs_database() as database:
        return retention.prune_collections(database, days)


def prune_worker_files(settings: str, counted_from: str | None) -> old_files.PrunedFolders:
    """Delete old files on this worker; `counted_from` comes from `prune_jobs_database`.

    Raises:
        AirflowFailException: the settings are not valid.
        FilesRefused: some old files could not be deleted.
    """
    return old_files.prune_files(
        _read(settings),
        counted_from,
        xcom_path=conf.get("common.io", "xcom_objectstorage_path", fallback=""),
        log_folder=conf.get("logging", "base_log_folder"),
        # The setting has another name in Airflow 2.
        parsing_log_folders=[
            conf.get("logging", "dag_processor_child_process_log_directory", fallback=""),
            conf.get("scheduler", "child_process_log_directory", fallback=""),
        ],
    )


def _read(settings: str) -> retention.Retention:
    try:
        return retention.read_retention(settings)
    except retention.BadRetention as problem:
        raise AirflowFailException(str(problem)) from None
