"""The environment of Airflow in the project's container image."""

from __future__ import annotations

from collections.abc import Mapping

from include.local.connections import sample_connection, usajobs_connection
from include.local.settings import user_settings

# The path of Airflow's own command in the image.
GIVEN_AIRFLOW = "JOB_TRACKER_AIRFLOW_COMMAND"

# The URL of the sample API, if there is one.
SAMPLE_API = "JOB_TRACKER_SAMPLE_API"


def image_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of an Airflow process, with the connection `usajobs`.

    The connection is the one that is set, or else the account's, or else the sample API's; without
    any of these, Airflow uses its own. The account's variables are not passed on.
    """
    usajobs = usajobs_in_image(user_settings(environ))
    inherited = {name: value for name, value in environ.items() if not name.startswith("USAJOBS_")}
    return {**inherited, "AIRFLOW_CONN_USAJOBS": usajobs} if usajobs else inherited


def usajobs_in_image(settings: Mapping[str, str]) -> str | None:
    """Return the connection that is set, or else the account's, or else the sample API's, or None.

    Raises:
        UsageError: the connection can't be read, or the account is incomplete.
    """
    usajobs = usajobs_connection(settings)
    if not usajobs and SAMPLE_API in settings:
        return sample_connection(settings[SAMPLE_API])
    return usajobs
