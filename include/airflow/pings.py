"""Pings a monitoring service when a run of a search begins and ends.

The service alerts somebody when a ping stays away, so a scheduler that is down is noticed although
it can't notify anybody. The protocol is that of Healthchecks
(https://healthchecks.io/docs/http_api/): a check has an address, which receives successes; starts
and failures go to `/start` and `/fail` below it.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from enum import Enum
from threading import Thread
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from airflow.providers.common.compat.sdk import mask_secret

from include.airflow.runs import is_backfill, past_days_of
from include.jobs import limits
from include.searches.parameters import BadParameters, read_parameters
from include.searches.saved_searches import SavedSearch

if TYPE_CHECKING:
    from requests import Session

log = logging.getLogger(__name__)


class Signal(Enum):
    """What a ping says; the value is the path below the check's address."""

    START = "/start"
    SUCCESS = ""
    FAILURE = "/fail"


def ping_callback(search: SavedSearch, signal: Signal) -> Callable[[Any], None] | None:
    """Return the callback of a task or DAG that pings the service of a search; None without one."""

    def call(context: Any) -> None:
        if signal is not Signal.START or not _is_retry(context):
            ping(search, signal, context)

    return call if search.entry.ping else None


def ping(search: SavedSearch, signal: Signal, context: Any, reason: str = "") -> None:
    """Ping the service of a search, if it has one and the run is one of those that it waits for.

    A ping that can't be sent is logged, and changes nothing else.
    """
    if search.entry.ping and _is_regular(search, context):
        if problem := _send(search.entry.ping, signal, reason):
            log.warning(
                "The ping over the Airflow connection `%s` %s. Check it: type HTTP, with the "
                "address of the check, https://…, as host.",
                search.entry.ping,
                problem,
            )
        else:
            log.info("%s: pinged `%s`", signal.name.lower(), search.entry.ping)


def _is_retry(context: Any) -> bool:
    instance = context["ti"]
    # Clearing a task raises `max_tries`, so that its first attempt after that is none.
    return bool(instance.try_number > instance.max_tries - context["task"].retries + 1)


def _is_regular(search: SavedSearch, context: Any) -> bool:
    """Return whether a run is of the kind that the service waits for.

    It says nothing about the schedule that a past day was filled, or something else searched for.
    """
    if not context.get("dag_run") or "params" not in context:
        # When Airflow ends a run, the context may have only the run id.
        return str(context["run_id"]).startswith("scheduled__")
    if is_backfill(context) or past_days_of(context, search.schedule):
        return False
    return _searches_as(search, context["params"])


def _searches_as(search: SavedSearch, params: Mapping[str, Any]) -> bool:
    try:
        return read_parameters(params) == search.parameters
    except BadParameters:
        return False


def _send(connection_id: str, signal: Signal, reason: str) -> str:
    """Send a ping, and return what went wrong; the address is secret, so that is not quoted."""
    try:
        session, address = connect(connection_id)
    except Exception as error:
        return f"can't be sent ({type(error).__name__})"
    if not address:
        return "can't be sent, because the host has no scheme"
    problems = [f"was not answered within {limits.PING_SECONDS} seconds"]

    def post() -> None:
        problems[:] = [_post(session, address + signal.value, reason)]

    # Nothing else limits the time for a name to resolve, or for a response that trickles in.
    thread = Thread(target=post, daemon=True)
    thread.start()
    thread.join(limits.PING_SECONDS)
    return problems[0]


def connect(connection_id: str) -> tuple[Session, str]:
    """Return a session with the settings of the connection, and the address of the check.

    The host may be the whole address, or its secret end may be the password, which Airflow stores
    encrypted and keeps out of its audit log. The address is empty if it would be made up: without
    a scheme, `HttpHook` sends in clear.
    """
    # Imported here, because every Airflow process imports this file.
    from airflow.providers.http.hooks.http import HttpHook

    hook = HttpHook(http_conn_id=connection_id)
    connection = hook.get_connection(connection_id)
    host = connection.host or ""
    has_scheme = "://" in host
    # For logs at level DEBUG, in which libraries quote addresses.
    mask_secret(urlsplit(host if has_scheme else f"//{host}").path.strip("/"))
    session: Session = hook.get_conn()
    if not has_scheme and not connection.schema:
        return session, ""
    secret = "" if connection.login else connection.password
    return session, f"{hook.base_url.rstrip('/')}/{secret or ''}".rstrip("/")


def _post(session: Session, address: str, reason: str) -> str:
    """Send a request, again if that may help, and return what went wrong at last."""
    problem = ""
    for attempt in range(limits.PING_ATTEMPTS):
        if attempt:
            time.sleep(limits.PING_PAUSE_SECONDS)
        try:
            with session.post(
                address,
                data=reason.encode(),
                timeout=limits.PING_ATTEMPT_SECONDS,
                allow_redirects=False,
                stream=True,
            ) as response:
                status = response.status_code
        except Exception as error:
            problem = f"was not received ({type(error).__name__})"
            continue
        if status < 300:
            return ""
        problem = f"was refused with status {status}"
        if status < 500:
            break
    return problem
