"""The environment of Airflow in the project's image: its containers are told what is where."""

from __future__ import annotations

from collections.abc import Mapping

from include.local.connections import sample_connection, usajobs_connection
from include.local.settings import user_settings

# Airflow's own command in the image.
GIVEN_AIRFLOW = "JOB_TRACKER_AIRFLOW_COMMAND"

# Where a sample API would be.
SAMPLE_API = "JOB_TRACKER_SAMPLE_API"


def image_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of an Airflow process: the given one with the connection `usajobs`.

    It is the one that is set, else the account's, else the sample API's; without any, Airflow
    looks for it where it keeps connections. The account itself is not handed on.
    """
    settings = user_settings(environ)
    usajobs = usajobs_connection(settings)
    if not usajobs and SAMPLE_API in settings:
        usajobs = sample_connection(settings[SAMPLE_API])
    inherited = {name: value for name, value in environ.items() if not name.startswith("USAJOBS_")}
    return {**inherited, "AIRFLOW_CONN_USAJOBS": usajobs} if usajobs else inherited
