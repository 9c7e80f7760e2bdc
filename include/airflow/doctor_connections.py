"""The checks of `bin/doctor` that use Airflow's connections, as a task would."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from airflow.providers.common.compat.sdk import BaseHook

from include.airflow.notifiers import SMTP_CONNECTION
from include.doctor.findings import Finding, note, ok, problem, skipped
from include.doctor.mongo import check_mongo
from include.doctor.redaction import Redaction
from include.doctor.usajobs import (
    HOST,
    OPTIONS,
    Fetch,
    check_history,
    check_network,
    check_search,
)
from include.jobs import limits
from include.jobs.formatting import count
from include.matching.context import MatchContext
from include.searches.saved_searches import SavedSearch
from include.store.collections import DATABASE
from include.usajobs import network
from include.usajobs.api_key import ApiKeyAuth
from include.usajobs.historic_api import NoKey

ADD_CONNECTION = (
    "Create it under Admin → Connections, or as the variable {variable}; see README.md."
)

USAJOBS, MONGO = "usajobs", "mongo"

TIMEOUTS = dict.fromkeys(
    ("serverSelectionTimeoutMS", "connectTimeoutMS", "socketTimeoutMS"),
    limits.DOCTOR_MONGO_TIMEOUT_MILLISECONDS,
)


class NoConnection(Exception):
    """A connection can't be used; `finding` says why."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.message)
        self.finding = finding


class Connections:
    """Airflow's connections, whose secrets are hidden from then on."""

    def __init__(self, redaction: Redaction) -> None:
        self._redaction = redaction

    def get(self, name: str) -> Any:
        """Return a connection, from wherever Airflow takes it.

        Raises:
            NoConnection: there is none, or it is not valid.
        """
        variable = f"AIRFLOW_CONN_{name.upper()}"
        try:
            found = BaseHook.get_connection(name)
            extra = dict(found.extra_dejson)
            self._redaction.add_connection(found.host, found.password, found.extra)
            if name == USAJOBS:  # key and e-mail address may have changed places
                self._redaction.add(found.login)
        except Exception as error:
            raise NoConnection(_no_connection(name, variable, error)) from None
        if found.extra and not extra and found.extra.strip() not in ("{}", "null"):
            raise NoConnection(
                problem(
                    f"The extra of the Airflow connection `{name}` is not a JSON object.",
                    "Correct the connection.",
                )
            )
        return found


def _no_connection(name: str, variable: str, error: Exception) -> Finding:
    if os.environ.get(variable):
        return problem(
            f"The variable {variable} holds no valid connection.",
            "Write it as one line of JSON; README.md and docs/deploy.md show examples.",
        )
    if "NotFound" in type(error).__name__ and not _is_stored(name):
        return problem(
            f"There is no Airflow connection `{name}`.", ADD_CONNECTION.format(variable=variable)
        )
    return problem(
        f"The Airflow connection `{name}` can't be read, or not be decrypted.",
        "Give all of Airflow's processes the Fernet key it was stored with, or store it again.",
    )


def _is_stored(name: str) -> bool:
    """Return whether a connection is in the metadata database, even if it can't be decrypted."""
    from airflow.utils.session import create_session
    from sqlalchemy import text

    stored = text("SELECT conn_id FROM connection WHERE conn_id = :name")
    try:
        with create_session() as session:
            return session.scalar(stored, {"name": name}) is not None
    except Exception:
        return False


def check_usajobs(connections: Connections, searches: Sequence[SavedSearch]) -> Iterator[Finding]:
    """Ask both APIs over the connection `usajobs` for the first search, the default one."""
    search = searches[0] if searches else SavedSearch()
    try:
        connection = connections.get(USAJOBS)
        public = _fetch_with(NoKey)
        address = _address()
    except NoConnection as none:
        yield none.finding
        return
    except Exception as error:
        yield problem(
            f"The Airflow connection `{USAJOBS}` leads to no valid URL ({type(error).__name__}).",
            HOST,
        )
        return
    yield from check_network(address, os.environ, connection.extra_dejson)
    yield from check_search(_fetch_with(ApiKeyAuth), search.parameters)
    series = MatchContext.of(search.parameters).series
    yield from check_history(public, series, datetime.now(UTC))


def _fetch_with(auth_type: type) -> Fetch:
    from include.airflow.usajobs_hook import UsajobsHook

    hook = UsajobsHook("GET", USAJOBS, auth_type=auth_type)

    def fetch(endpoint: str, query: Mapping[str, Any]) -> Any:
        return hook.run(endpoint, dict(query), None, OPTIONS)

    return fetch


def _address() -> str:
    """Return the URL that the connection leads to."""
    from include.airflow.usajobs_hook import UsajobsHook

    hook = UsajobsHook("GET", USAJOBS, auth_type=NoKey)
    hook.get_conn()
    return hook.base_url


def check_database(connections: Connections, searches: Sequence[SavedSearch]) -> Iterator[Finding]:
    """Check MongoDB over the connection `mongo`."""
    from airflow.providers.mongo.hooks.mongo import MongoHook

    try:
        connection = connections.get(MONGO)
    except NoConnection as none:
        yield none.finding
        return
    try:
        with MongoHook(MONGO) as given:
            given.get_conn()  # with the options that are replaced below
        hook = MongoHook(MONGO)
        hook.extras = {**hook.extras, **TIMEOUTS}
        client = hook.get_conn()
    except Exception as error:
        is_file = isinstance(error, OSError)
        why = "a file that its extra names can't be read" if is_file else type(error).__name__
        yield problem(
            f"The Airflow connection `{MONGO}` can't be used: {why}.",
            "Its type must be MongoDB, its host only the server's name, and the options in its "
            "extra those of pymongo; with srv, it has no port: see docs/deploy.md.",
        )
        return
    with client:
        database = client[connection.schema or DATABASE]
        yield from check_mongo(database, [search.slug for search in searches])


def check_recipients(
    connections: Connections, searches: Sequence[SavedSearch]
) -> Iterator[Finding]:
    """Check the connections that digests are sent over, without sending anything."""
    recipients = [recipient for search in searches for recipient in search.recipients]
    if any(recipient.channel == "email" for recipient in recipients):
        yield from _check_mail(connections)
    named = (each.address for each in recipients if each.channel == "apprise")
    for name in dict.fromkeys(named):
        yield from _check_apprise(connections, name)
    for name in dict.fromkeys(search.entry.ping for search in searches if search.entry.ping):
        yield from _check_ping(connections, name)
    if all(recipient.channel == "log" for recipient in recipients):
        yield skipped("No search names a recipient: its digest goes to the log of its task.")


def _check_mail(connections: Connections) -> Iterator[Finding]:
    """Connect to the mail server and log in, as before sending a message."""
    from include.airflow.mail_hook import MailHook

    try:
        connection = connections.get(SMTP_CONNECTION)
        hook = MailHook(SMTP_CONNECTION)
        hook.get_conn()
        with hook:
            sender = hook.from_email
    except NoConnection as none:
        yield none.finding
        return
    except Exception as error:
        yield problem(
            f"The mail server can't be used: {_mail_error(error)}.",
            f"Correct the Airflow connection `{SMTP_CONNECTION}`: host, port, login, and in its "
            "extra disable_ssl for STARTTLS (port 587) or disable_tls for implicit TLS (465).",
        )
        return
    if not sender:
        yield problem(
            f"The Airflow connection `{SMTP_CONNECTION}` names no sender.",
            'Add "from_email" to its extra.',
        )
        return
    login = "accepts the login" if connection.login else "asks for no login"
    yield ok(f"The mail server {connection.host} {login}; nothing was sent.")


def _mail_error(error: Exception) -> str:
    """Return why; a server may quote the login in its own words."""
    from smtplib import SMTPAuthenticationError, SMTPException, SMTPServerDisconnected

    if isinstance(error, SMTPAuthenticationError):
        return f"it refuses the login (status {error.smtp_code})"
    if isinstance(error, SMTPServerDisconnected):
        return "it hung up; does the connection's extra fit its kind of TLS?"
    if isinstance(error, SMTPException):
        status = getattr(error, "smtp_code", None)
        return f"{type(error).__name__}" + (f", status {status}" if status else "")
    return network.explain(error)


def _check_apprise(connections: Connections, name: str) -> Iterator[Finding]:
    """Let Apprise read the services of a connection."""
    from airflow.providers.apprise.hooks.apprise import AppriseHook
    from apprise import Apprise

    services = Apprise()
    advice = 'Correct it: type Apprise, with {"config": {"path": "ntfy://…"}} as extra.'
    try:
        connection = connections.get(name)
        AppriseHook(name).set_config_from_conn(connection, services)
    except NoConnection as none:
        yield none.finding
        return
    except Exception as error:
        yield problem(
            f"The Apprise connection `{name}` can't be used ({type(error).__name__}).", advice
        )
        return
    if not len(services):
        yield problem(f"The Apprise connection `{name}` has no service that Apprise knows.", advice)
        return
    configured = _configured(AppriseHook(name).get_config_from_conn(connection))
    if len(services) < configured:
        yield note(
            f"Of the Apprise connection `{name}`, Apprise knows {len(services)} of {configured} "
            "services.",
            advice,
        )
        return
    kinds = sorted({str(service.service_name) for service in services})
    yield ok(
        f"The Apprise connection `{name}` has {count(len(services), 'service')} "
        f"({', '.join(kinds)}); nothing was sent."
    )


def _check_ping(connections: Connections, name: str) -> Iterator[Finding]:
    """Read the address of a monitoring service; runs work without it."""
    from include.airflow.pings import connect

    advice = "Correct it: type HTTP, with the address of the check, https://…, as host."
    try:
        connections.get(name)
        _, address = connect(name)
    except NoConnection as none:
        yield note(none.finding.message, none.finding.advice)
        return
    except Exception as error:
        yield note(
            f"The connection `{name}` for pings can't be used: {type(error).__name__}.", advice
        )
        return
    if not address:
        yield note(f"The host of the connection `{name}` for pings has no scheme.", advice)
        return
    yield ok(f"The connection `{name}` for pings has an address; nothing was sent.")


def _configured(config: Any) -> int:
    return len(config) if isinstance(config, list) else 1
