"""Sends messages by e-mail, through Apprise, or to the log.

Every Airflow process imports this file, so it imports providers only where they are used.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from email.message import EmailMessage
from email.utils import formatdate
from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.notifier import BaseNotifier

from include.airflow.pings import Signal, ping
from include.airflow.runs import is_backfill, past_days_of
from include.digest.chat_text import as_markdown, defused, in_parts
from include.digest.message import MaybeSent, Message, NotSent
from include.jobs import limits
from include.searches.saved_searches import Recipient, SavedSearch

if TYPE_CHECKING:
    from include.airflow.mail_hook import MailHook
    from include.digest.failures import Failure

log = logging.getLogger(__name__)

SMTP_CONNECTION = "smtp_default"


def send(recipient: Recipient, message: Message) -> None:
    """Send a message.

    Raises:
        NotSent: it was certainly not delivered.
        MaybeSent: it may have been delivered.
    """
    CHANNELS[recipient.channel](recipient, message)


def _send_mail(recipient: Recipient, message: Message) -> None:
    """Send a message over the connection `smtp_default`."""
    from include.airflow.mail_hook import MailHook

    hook = MailHook(SMTP_CONNECTION)
    try:
        hook.get_conn()
    except Exception as error:
        raise NotSent(
            f"The mail server can't be used ({_error_text(error)}). Check the Airflow connection "
            f"`{SMTP_CONNECTION}`: type SMTP, host, port and login."
        ) from None
    with hook:
        if not hook.from_email:
            raise NotSent(
                f'The Airflow connection `{SMTP_CONNECTION}` names no sender: add "from_email" to '
                "its extra."
            )
        _hand_over(hook, _mail(hook.from_email, recipient, message))


def _hand_over(hook: MailHook, mail: EmailMessage) -> None:
    from smtplib import SMTPException, SMTPServerDisconnected

    try:
        hook.send_message(mail)
    except (SMTPServerDisconnected, OSError) as error:
        # SMTPException is a subclass of OSError; it means that the server refused the message.
        if isinstance(error, SMTPException) and not isinstance(error, SMTPServerDisconnected):
            raise NotSent(
                f"The mail server refused the message: {_error_text(error)}. Check the address, "
                f"and the sender of the Airflow connection `{SMTP_CONNECTION}`."
            ) from None
        raise MaybeSent(
            f"The connection to the mail server was lost ({_error_text(error)}), so the message "
            "may have gone out."
        ) from None


def _mail(sender: str, recipient: Recipient, message: Message) -> EmailMessage:
    mail = EmailMessage()
    mail["From"] = sender
    mail["To"] = recipient.address
    mail["Subject"] = message.subject
    mail["Date"] = formatdate()
    # The same in every attempt, so that mail programs recognise a second copy.
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
    """Send a message to the services of an Apprise connection.

    The hook's own `notify` doesn't report failures. The services' URLs contain tokens, so errors
    don't quote them.
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
        raise NotSent(_advice(recipient, "has no service that Apprise knows"))
    accepted = [each for service in services for each in _notify(service, message)]
    if not all(accepted):
        several = len(services) > 1
        problem = "was not accepted by all its services" if several else "was not accepted"
        error_type = MaybeSent if several or any(accepted) else NotSent
        raise error_type(_advice(recipient, f"{problem}; Apprise's error is in the task's log"))


MARKDOWN_IN_TEXT = {"discord", "guilded", "mmost", "mmosts", "nctalk", "nctalks", "revolt", "zulip"}
"""Schemes of services that Apprise sends plain text to, and that show it as Markdown."""

CHATS_WITHOUT_ESCAPES = {"gchat", "synology", "synologys"}
"""Schemes of services that find mentions and links in any text, and know no way to escape them."""


def _notify(service: Any, message: Message) -> list[bool]:
    """Send a message to one service in its own format; return whether its parts were accepted.

    After one that was not, no more are sent. Apprise itself escapes plain text for the services
    that show HTML, and for Slack.
    """
    from apprise import Apprise, NotifyFormat

    schemes = _schemes(service)
    subject, body = message.subject, message.text
    body_format: NotifyFormat | None = NotifyFormat.TEXT
    if schemes & CHATS_WITHOUT_ESCAPES:
        subject, body = defused(subject), defused(body, message.links)
        body_format = None  # not converted
    elif schemes & MARKDOWN_IN_TEXT or service.resolve_format(body_format) == NotifyFormat.MARKDOWN:
        if service.title_maxlen <= 0 or "discord" in schemes:  # it becomes part of the text
            subject = as_markdown(subject)
        body, body_format = as_markdown(body, message.links), NotifyFormat.MARKDOWN
    alone = Apprise()
    alone.add(service)
    accepted: list[bool] = []
    for title, part in _parts(subject, body, service.body_maxlen):
        accepted.append(bool(alone.notify(title=title, body=part, body_format=body_format)))
        if not accepted[-1]:
            break
    return accepted


def _parts(subject: str, body: str, longest: int) -> Iterator[tuple[str, str]]:
    """Yield the messages that a service takes, each with its subject.

    Discord and others refuse a longer text. Services that show HTML need room for its entities. A
    text message of a phone is left to its network, which joins what it has divided.
    """
    if longest < limits.CHAT_CHARACTERS:
        yield subject, body
        return
    parts = in_parts(body, longest * 3 // 4 - len(subject))
    for number, part in enumerate(parts, 1):
        which = f" ({number} of {len(parts)})" if len(parts) > 1 else ""
        yield f"{subject}{which}", part


def _schemes(service: Any) -> set[str]:
    """Return the schemes of a service's URLs."""
    both = (service.protocol, service.secure_protocol)
    return {name for each in both for name in ([each] if isinstance(each, str) else each or ())}


def _advice(recipient: Recipient, problem: str) -> str:
    return (
        f"The message over the Airflow connection `{recipient.address}` {problem}. Check it: type "
        'Apprise, with {"config": {"path": "ntfy://…"}} as extra.'
    )


def _write_to_log(recipient: Recipient, message: Message) -> None:
    log.info("%s\n\n%s", message.subject, message.text)


def _error_text(error: Exception) -> str:
    """Return an error as text, truncated; a server may quote a refused login in it."""
    return f"{type(error).__name__}: {error}"[:300]


CHANNELS: Mapping[str, Callable[[Recipient, Message], None]] = {
    "email": _send_mail,
    "apprise": _send_by_apprise,
    "log": _write_to_log,
}


TASK_FAILURE = "task_failure"
"""Airflow's reason for a failed run if a task failed."""

FAILURE = "failure"
"""The XCom of a failed task whose callback sends the message: it holds the reason."""

REASON = "reason"
"""The key in that XCom."""


class RunFailed(BaseNotifier):
    """Notifies the recipients of a search, and its monitoring service, that a run failed.

    It is the failure callback of the tasks, called after the last attempt, and of the DAG. The
    callback of the first task that fails sends the message. The DAG's sends one only if none was
    called, as when the task's process was killed, or if Airflow ended the run without a failed
    task, as on a deadlock. Backfills send nothing: one has many runs, and somebody watches it.
    """

    def __init__(self, search: SavedSearch) -> None:
        super().__init__()
        self.search = search

    def render_template_fields(self, context: Any, jinja_env: Any = None) -> None:
        """Do nothing: there are none, and the DAG in the context of `dags test` can't render."""

    def notify(self, context: Any) -> None:
        """Notify all recipients, even if some can't be reached."""
        from include.digest.failures import failure_message

        # First, because the page shows the reason of any run.
        is_sent_by_another = _is_sent_by_another(context)
        if is_sent_by_another or is_backfill(context):
            return
        failure = _ended_run(context) if _ended_by_airflow(context) else _failed(context)
        is_past = bool(context.get("dag_run") and past_days_of(context, self.search.schedule))
        failure = failure._replace(is_for_past_day=is_past)
        ping(self.search, Signal.FAILURE, context, failure.in_one_line)
        message = failure_message(failure)
        for recipient in self.search.recipients:
            try:
                send(recipient, message)
            except (NotSent, MaybeSent) as problem:
                log.error("%s could not be notified that the run failed: %s", recipient, problem)


def _is_sent_by_another(context: Any) -> bool:
    """Return whether another callback sends the message; if not, this one has to."""
    instance = context.get("ti")
    if "reason" not in context:
        return not _claim(context)
    if _ended_by_airflow(context):
        return False
    # Without a task in the context there is no way to know. `dags test` runs tasks in its own
    # process, so that their callbacks are always called.
    return instance is None or _is_claimed(instance, context["dag"].task_ids) is not False


def _beside(context: Any) -> list[str]:
    """Return the tasks that may run at the same time as the failed one.

    What a task after it has claimed is left from before the run was cleared.
    """
    dag, failed = context["dag"], context["ti"].task_id
    relatives = dag.get_task(failed).get_flat_relative_ids
    in_turn = {failed, *relatives(upstream=True), *relatives(upstream=False)}
    return [each for each in dag.task_ids if each not in in_turn]


def _ended_by_airflow(context: Any) -> bool:
    """Return whether the context is a DAG's, of a run that failed without a failed task."""
    return "reason" in context and context["reason"] != TASK_FAILURE


def _claim(context: Any) -> bool:
    """Push the reason, which claims the message for a task's callback; return whether it is that.

    A task that failed beside it may have claimed it before. Of two at the same moment both do,
    because a message too many is better than none.

    Airflow 3's DAG processor calls it for a task whose worker is lost, and has no XComs: it would
    wait for ever. Only there, the context has no exception.
    """
    if "exception" not in context:
        return False
    is_first = not _is_claimed(context["ti"], _beside(context))
    reason = _failed(context).reason[: limits.MAX_ERROR_CHARACTERS]
    context["ti"].xcom_push(FAILURE, {REASON: reason})
    return is_first


def _is_claimed(instance: Any, task_ids: Iterable[str]) -> bool | None:
    """Return whether one of these tasks has claimed the message; None if that can't be read.

    `dags test` has no XComs when a run ends.
    """
    try:
        return any(instance.xcom_pull([*task_ids], key=FAILURE) or ())
    except Exception as error:
        log.debug("The claims can't be read: %s", error)
        return None


def _failed(context: Any) -> Failure:
    from airflow.providers.common.compat.sdk import AirflowTaskTimeout

    from include.digest.failures import Failure, not_done_within

    instance, error = context["ti"], context.get("exception")
    if isinstance(error, AirflowTaskTimeout):
        error = not_done_within(context["task"].execution_timeout)
    return Failure(
        dag_id=instance.dag_id,
        run_id=instance.run_id,
        task_id=instance.task_id,
        error=str(error or ""),
        log_address=getattr(instance, "log_url", None) or "",
    )


def _ended_run(context: Any) -> Failure:
    from include.digest.failures import Failure, ended_by_airflow

    why = ended_by_airflow(context["reason"] or "")
    return Failure(context["dag"].dag_id, context["run_id"], "", error=why, log_address="")
