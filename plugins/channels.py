"""How messages reach people: mail, what Apprise reaches, or the log.

Every Airflow process imports this file, so it imports Airflow's providers where they are used.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Mapping
from email.message import EmailMessage
from email.utils import formatdate
from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.notifier import BaseNotifier

from include.digest.message import MaybeSent, Message, NotSent
from include.saved_searches import Recipient, SavedSearch
from include.sources import BACKFILL

if TYPE_CHECKING:
    from smtplib import SMTP

    from include.digest.failures import Failure

log = logging.getLogger(__name__)

SMTP_CONNECTION = "smtp_default"


def send(recipient: Recipient, message: Message) -> None:
    """Send a message; raises `NotSent` or `MaybeSent`."""
    CHANNELS[recipient.channel](recipient, message)


def _send_mail(recipient: Recipient, message: Message) -> None:
    """Send it over the connection `smtp_default`.

    The hook's own sending knows no plain text beside HTML, and sends a second time where the first
    one may have arrived.
    """
    from airflow.providers.smtp.hooks.smtp import SmtpHook

    try:
        hook = SmtpHook(SMTP_CONNECTION).get_conn()
    except Exception as error:
        raise NotSent(
            f"The mail server can't be used ({_in_words(error)}). Check the Airflow connection "
            f"`{SMTP_CONNECTION}`: type SMTP, host, port and login."
        ) from None
    with hook:
        if not hook.from_email:
            raise NotSent(
                f'The Airflow connection `{SMTP_CONNECTION}` names no sender: add "from_email" to '
                "its extra."
            )
        _hand_over(hook._smtp_client, _mail(hook.from_email, recipient, message))


def _hand_over(server: SMTP, mail: EmailMessage) -> None:
    from smtplib import SMTPException, SMTPServerDisconnected

    try:
        server.send_message(mail)
    except (SMTPServerDisconnected, OSError) as error:
        # SMTPException is an OSError, and says that the server refused.
        if isinstance(error, SMTPException) and not isinstance(error, SMTPServerDisconnected):
            raise NotSent(
                f"The mail server refused the message: {_in_words(error)}. Check the address, and "
                f"the sender of the Airflow connection `{SMTP_CONNECTION}`."
            ) from None
        raise MaybeSent(
            f"The mail server broke off ({_in_words(error)}), so the message may have gone out."
        ) from None


def _mail(sender: str, recipient: Recipient, message: Message) -> EmailMessage:
    mail = EmailMessage()
    mail["From"] = sender
    mail["To"] = recipient.address
    mail["Subject"] = message.subject
    mail["Date"] = formatdate()
    # The same in every try, so that mail programs show a second copy as the first.
    digest = hashlib.sha256(f"{recipient}/{message.key}".encode()).hexdigest()[:32]
    mail["Message-ID"] = f"<{digest}@job-tracker>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(message.text)
    mail.add_alternative(message.html, subtype="html")
    if message.calendar:
        mail.add_attachment(
            message.calendar, maintype="text", subtype="calendar", filename="deadlines.ics"
        )
    return mail


def _send_by_apprise(recipient: Recipient, message: Message) -> None:
    """Send it to the services of a connection.

    The hook's own sending doesn't tell whether they took it. Their addresses hold tokens, so no
    error names one.
    """
    from airflow.providers.apprise.hooks.apprise import AppriseHook
    from apprise import Apprise

    services = Apprise()
    try:
        hook = AppriseHook(recipient.address)
        hook.set_config_from_conn(hook.get_connection(recipient.address), services)
    except Exception as error:
        raise NotSent(_advice(recipient, f"can't be used ({type(error).__name__})")) from None
    if not len(services):
        raise NotSent(_advice(recipient, "names no service that Apprise knows"))
    if not services.notify(title=message.subject, body=message.text):
        problem = "was not taken by all its services" if len(services) > 1 else "was not taken"
        trouble = MaybeSent if len(services) > 1 else NotSent
        raise trouble(_advice(recipient, f"{problem}; the task's log has what Apprise says of it"))


def _advice(recipient: Recipient, problem: str) -> str:
    return (
        f"The message over the Airflow connection `{recipient.address}` {problem}. Check it: type "
        'Apprise, with {"config": {"path": "ntfy://…"}} as extra.'
    )


def _write_to_log(recipient: Recipient, message: Message) -> None:
    log.info("%s\n\n%s", message.subject, message.text)


def _in_words(error: Exception) -> str:
    """Return what an error says; a login that was refused may be repeated in the server's words."""
    return f"{type(error).__name__}: {error}"[:300]


CHANNELS: Mapping[str, Callable[[Recipient, Message], None]] = {
    "email": _send_mail,
    "apprise": _send_by_apprise,
    "log": _write_to_log,
}


TOLD_BY_ITS_TASK = "task_failure"
"""Airflow's reason for the end of a run of which a task failed."""


class RunFailed(BaseNotifier):
    """Tells the recipients of a search that a run failed.

    Airflow calls it after the last try of a task and, as the DAG's own, when the run has failed;
    then all is told already, unless Airflow ended the run without a task's failure, as when it
    takes too long. Backfills tell nobody: whoever fills past days watches them.
    """

    def __init__(self, search: SavedSearch) -> None:
        super().__init__()
        self.search = search

    def notify(self, context: Any) -> None:
        """Tell everybody; who can't be told doesn't keep others from it."""
        from include.digest.failures import failure_message

        if _is_backfill(context) or context.get("reason") == TOLD_BY_ITS_TASK:
            return
        message = failure_message(_ended_run(context) if "reason" in context else _failed(context))
        for recipient in self.search.recipients:
            try:
                send(recipient, message)
            except (NotSent, MaybeSent) as problem:
                log.error("%s could not be told that the run failed: %s", recipient, problem)


def _is_backfill(context: Any) -> bool:
    # Where Airflow knows little of a run that it ends, it names the run by its id only.
    if run := context.get("dag_run"):
        return bool(run.run_type == BACKFILL)
    return str(context["run_id"]).startswith(f"{BACKFILL}__")


def _failed(context: Any) -> Failure:
    from include.digest.failures import Failure

    instance = context["ti"]
    return Failure(
        dag_id=instance.dag_id,
        run_id=instance.run_id,
        task_id=instance.task_id,
        error=str(context.get("exception") or ""),
        log_address=getattr(instance, "log_url", None) or "",
    )


def _ended_run(context: Any) -> Failure:
    from include.digest.failures import Failure, ended_by_airflow

    dag = context["dag"]
    why = ended_by_airflow(context["reason"] or "", dag.dagrun_timeout)
    return Failure(dag.dag_id, context["run_id"], task_id="", error=why, log_address="")
