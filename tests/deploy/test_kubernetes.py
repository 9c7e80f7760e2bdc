"""deploy/kubernetes: what is applied is valid for the cluster, the chart and the commands."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from include.cli.once_command import parse_run
from include.local.settings import PROJECT

FOLDER = PROJECT / "deploy" / "kubernetes"
CRON_JOBS = ("once.yaml", "backup.yaml")
VALUES = yaml.safe_load((FOLDER / "values.yaml").read_text(encoding="utf-8"))
DOCUMENTS = [
    document
    for name in CRON_JOBS
    for document in yaml.safe_load_all((FOLDER / name).read_text(encoding="utf-8"))
]

OF_THE_CHART = {
    *("airflowVersion", "executor", "images.airflow.repository", "images.airflow.tag"),
    *("fernetKeySecretName", "apiSecretKeySecretName", "jwtSecretName"),
    *("data.metadataSecretName", "postgresql.enabled", "secret", "env", "config"),
    *("securityContexts.pod", "securityContexts.containers"),
    *(f"ingress.apiServer.{key}" for key in ("enabled", "ingressClassName", "hosts")),
    *("apiServer.replicas", "apiServer.resources", "scheduler.resources", "dagProcessor.resources"),
    *("workers.kubernetes.resources", "triggerer.enabled", "statsd.enabled", "redis.enabled"),
    *("migrateDatabaseJob.args", "createUserJob.defaultUser.enabled"),
}
"""Keys of version 1.22.0 of the chart, whose schema refuses most others."""


def pod(document: Any) -> Any:
    return document["spec"]["jobTemplate"]["spec"]["template"]["spec"]


def container(document: Any) -> Any:
    (only,) = pod(document)["containers"]
    return only


def cron_jobs() -> list[Any]:
    return [document for document in DOCUMENTS if document["kind"] == "CronJob"]


def keys_of(values: Any, path: str = "") -> Iterator[str]:
    """Yield the paths of the values, down to those of the chart."""
    if path in OF_THE_CHART or not isinstance(values, dict):
        yield path
    else:
        for key, each in values.items():
            yield from keys_of(each, f"{path}.{key}" if path else key)


@pytest.mark.parametrize("version", ["1.30.0", "1.37.0"])
@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda each: each["metadata"]["name"])
def test_a_cluster_takes_it_as_it_is(document: Any, version: str) -> None:
    kubernetes_validate.validate(document, version, strict=True)


def test_a_key_that_no_cluster_knows_is_found() -> None:
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(
            {**cron_jobs()[0], "schedule": "@daily"}, "1.37.0", strict=True
        )


@pytest.mark.parametrize("job", cron_jobs(), ids=lambda each: each["metadata"]["name"])
def test_a_job_runs_alone_ends_in_time_and_may_nothing_that_it_needs_not(job: Any) -> None:
    assert job["spec"]["concurrencyPolicy"] == "Forbid"
    assert job["spec"]["startingDeadlineSeconds"]
    assert job["spec"]["jobTemplate"]["spec"]["activeDeadlineSeconds"]
    assert pod(job)["automountServiceAccountToken"] is False
    assert pod(job)["securityContext"]["runAsNonRoot"] is True
    assert container(job)["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert {"requests", "limits"} <= container(job)["resources"].keys()
    # With a read-only root, what is written goes to a volume.
    mounted = {mount["name"] for mount in container(job)["volumeMounts"]}
    assert mounted == {volume["name"] for volume in pod(job)["volumes"]}


@pytest.mark.parametrize("job", cron_jobs(), ids=lambda each: each["metadata"]["name"])
def test_connections_come_from_the_secret_of_which_the_chart_reads_them_too(job: Any) -> None:
    for variable in container(job)["env"]:
        from_secret = variable["valueFrom"]["secretKeyRef"]
        assert {
            "envName": variable["name"],
            "secretName": from_secret["name"],
            "secretKey": from_secret["key"],
        } in VALUES["secret"]


def test_the_daily_job_runs_the_default_search() -> None:
    (job,) = (each for each in cron_jobs() if each["metadata"]["name"] == "job-tracker-once")

    command, *arguments = container(job)["args"]
    assert (PROJECT / "bin" / command).is_file()
    assert parse_run(arguments).dag_id == "job_tracker"


def test_the_backup_is_kept_under_a_new_name_for_a_month(tmp_path: Path) -> None:
    (job,) = (each for each in cron_jobs() if each["metadata"]["name"] == "job-tracker-backup")
    backup = tmp_path / "backup"
    backup.write_text('#!/bin/sh\necho whole > "$1"\n')
    backup.chmod(0o700)
    (tmp_path / "job-tracker-2020-01-01T000000.json.gz").touch()
    subprocess.run(
        ["touch", "-d", "40 days ago", tmp_path / "job-tracker-2020-01-01T000000.json.gz"],
        check=True,
    )
    (script,) = container(job)["args"]

    done = subprocess.run(
        [*container(job)["command"][2:], script.replace("/backups", str(tmp_path))],
        env={"PATH": f"{tmp_path}:/usr/bin:/bin"},
        check=False,
    )

    assert done.returncode == 0
    (kept,) = tmp_path.glob("*.gz")
    assert kept.read_text() == "whole\n"
    assert (PROJECT / "bin" / "backup").is_file()


def test_the_values_are_of_the_pinned_version_of_the_chart() -> None:
    assert {*keys_of(VALUES)} == OF_THE_CHART
    assert "--version 1.22.0 " in (FOLDER / "values.yaml").read_text(encoding="utf-8")


def test_the_values_name_the_airflow_of_the_image() -> None:
    pinned = (PROJECT / "constraints" / "airflow-3.3.txt").read_text(encoding="utf-8")

    assert f"\napache-airflow=={VALUES['airflowVersion']}\n" in pinned


def test_no_user_has_a_password_that_everybody_knows() -> None:
    assert VALUES["createUserJob"]["defaultUser"]["enabled"] is False


def test_viewers_see_the_page_once_the_database_is_migrated() -> None:
    *_, script = VALUES["migrateDatabaseJob"]["args"]

    assert re.fullmatch(r"airflow db migrate && exec share-page", script)
    assert (PROJECT / "bin" / "share-page").is_file()


def test_hadolint_has_nothing_to_say_of_the_image() -> None:
    hadolint = Path(sys.executable).with_name("hadolint")
    done = subprocess.run(
        [hadolint, FOLDER / "Dockerfile"], capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stdout) == (0, "")
