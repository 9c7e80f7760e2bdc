"""Messages over real connections: to an SMTP server, and to a service that Apprise reaches."""

from __future__ import annotations

import json
import logging
import os
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import requests
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from include.airflow.notifiers import send
from include.digest.message import MaybeSent, Message, NotSent
from include.sample_api.running import running
from include.searches.saved_searches import LOG, Recipient
from tests.support.certificates import Authority
from tests.support.mail_server import PASSWORD, SENDER, MailServer, mail_server

ADA = Recipient("email", "ada@example.org")
PHONE = Recipient("apprise", "phone_of_ada")
MESSAGE = Message(
    key="job_tracker/run/2026-11-24",
    subject="3 new matches: data engineering — naïve",
    text="Über 3 new matches\nhttps://www.usajobs.gov/job/1\n",
    html="<!doctype html><title>3</title><p>Über 3 new matches",
    calendar=b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n",
    links=frozenset({"https://www.usajobs.gov/job/1"}),
)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[MailServer]:
    with mail_server() as server:
        monkeypatch.setenv("AIRFLOW_CONN_SMTP_DEFAULT", server.connection())
        yield server


def test_a_mail_has_text_and_html_and_the_deadlines(server: MailServer) -> None:
    send(ADA, MESSAGE)
    ((address, mail),) = server.taken
    assert (address, mail["To"], mail["From"]) == (ADA.address, ADA.address, SENDER)
    assert mail["Subject"] == MESSAGE.subject
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None
    assert html is not None
    assert text.get_content().splitlines() == MESSAGE.text.splitlines()
    assert html.get_content().strip() == MESSAGE.html
    (attachment,) = mail.iter_attachments()
    assert attachment.get_filename() == "deadlines.ics"
    assert attachment.get_content_type() == "text/calendar"


# What the server does, and the extra that the README names for it.
SECURE = {
    "TLS from the beginning": (lambda tls: {"ssl_context": tls}, {"disable_tls": True}),
    "STARTTLS": (
        lambda tls: {"tls_context": tls, "require_starttls": True, "auth_require_tls": True},
        {"disable_ssl": True},
    ),
}


@pytest.mark.parametrize("security", SECURE)
@pytest.mark.parametrize("is_trusted", [True, False])
def test_mail_goes_over_secure_connections_to_servers_with_a_good_certificate_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, security: str, is_trusted: bool
) -> None:
    authority = Authority(tmp_path)
    options, extra = SECURE[security]
    if is_trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(authority.trusted))
    with mail_server(**options(authority.server())) as server:
        connection = server.connection(extra={**extra, "from_email": SENDER, "retry_limit": 0})
        monkeypatch.setenv("AIRFLOW_CONN_SMTP_DEFAULT", connection)
        if is_trusted:
            send(ADA, MESSAGE)
        else:
            with pytest.raises(NotSent, match=r"can't be used .*certificate verify failed"):
                send(ADA, MESSAGE)
    assert len(server.taken) == is_trusted


def test_a_mail_without_deadlines_has_no_attachment(server: MailServer) -> None:
    send(ADA, Message("key", "subject", "text", "<p>html"))
    assert [*server.taken[0][1].iter_attachments()] == []


def test_every_try_has_the_same_id_and_other_messages_and_recipients_another(
    server: MailServer,
) -> None:
    bob = Recipient("email", "bob@example.org")
    for recipient, key in [(ADA, "1"), (ADA, "1"), (ADA, "2"), (bob, "1")]:
        send(recipient, Message(key, "subject", "text", "html"))
    ids = [mail["Message-ID"] for _, mail in server.taken]
    assert ids[0] == ids[1]
    assert len({*ids}) == 3


def test_a_recipient_that_the_server_refuses_has_got_nothing(server: MailServer) -> None:
    server.refuses = "550 No such user here"
    with pytest.raises(NotSent, match=r"refused the message.*No such user here.*Check the address"):
        send(ADA, MESSAGE)


def test_a_message_that_the_server_refuses_has_not_been_sent(server: MailServer) -> None:
    server.refuses_message = "554 Looks like spam"
    with pytest.raises(NotSent, match="Looks like spam"):
        send(ADA, MESSAGE)


def test_a_server_that_hangs_up_may_have_taken_the_message(server: MailServer) -> None:
    server.hangs_up = True
    with pytest.raises(MaybeSent, match="may have gone out"):
        send(ADA, MESSAGE)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"port": 1}, "refused"),
        ({"password": "wrong"}, "SMTPAuthenticationError"),
        ({"host": "mail.invalid"}, "gaierror|not known|resolution"),
    ],
)
def test_a_server_that_cannot_be_used_is_no_delivery_and_names_the_connection(
    server: MailServer, monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any], said: str
) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_SMTP_DEFAULT", server.connection(**changes))
    with pytest.raises(NotSent, match=said) as raised:
        send(ADA, MESSAGE)
    assert "`smtp_default`" in str(raised.value)
    assert server.taken == []


def test_no_error_holds_the_password(server: MailServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_SMTP_DEFAULT", server.connection(login="somebody"))
    with pytest.raises(NotSent) as raised:
        send(ADA, MESSAGE)
    assert PASSWORD not in str(raised.value)


@pytest.mark.usefixtures("no_connection")
def test_a_missing_connection_says_what_to_set() -> None:
    with pytest.raises(NotSent, match="Check the Airflow connection `smtp_default`"):
        send(ADA, MESSAGE)


@pytest.fixture
def no_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.support.airflow_home import migrate

    migrate()
    monkeypatch.delenv("AIRFLOW_CONN_SMTP_DEFAULT", raising=False)


def test_a_connection_without_a_sender_says_so(
    server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    extra = {"disable_tls": True, "disable_ssl": True}
    monkeypatch.setenv("AIRFLOW_CONN_SMTP_DEFAULT", server.connection(extra=extra))
    with pytest.raises(NotSent, match='add "from_email" to its extra'):
        send(ADA, MESSAGE)


# --- Apprise


class Service:
    """What Apprise reaches: it takes notifications, or answers with another status."""

    def __init__(self) -> None:
        self.taken: list[dict[str, Any]] = []
        self.status = 200

    async def take(self, request: Request) -> Response:
        if self.status == 200:
            self.taken.append(await request.json())
        return Response(status_code=self.status)


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    service = Service()
    app: Any = Starlette(routes=[Route("/secret-token", service.take, methods=["POST"])])
    with running(app) as address:
        path = address.replace("http", "json") + "/secret-token"
        connect(monkeypatch, {"path": path})
        yield service


def connect(monkeypatch: pytest.MonkeyPatch, config: Any) -> None:
    connection = {"conn_type": "apprise", "extra": {"config": config}}
    monkeypatch.setenv("AIRFLOW_CONN_PHONE_OF_ADA", json.dumps(connection))


def test_a_service_gets_the_subject_and_the_text(service: Service) -> None:
    send(PHONE, MESSAGE)
    (taken,) = service.taken
    assert taken["title"] == MESSAGE.subject
    assert "https://www.usajobs.gov/job/1" in taken["message"]


def test_a_service_that_does_not_take_it_has_got_nothing_and_no_error_holds_its_address(
    service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    service.status = 500
    with pytest.raises(NotSent, match=r"`phone_of_ada` was not accepted") as raised:
        send(PHONE, MESSAGE)
    assert "secret-token" not in str(raised.value)


def test_of_several_services_some_may_have_got_it(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running(Starlette()) as other:  # type: ignore[arg-type]
        there = json.loads(os.environ["AIRFLOW_CONN_PHONE_OF_ADA"])["extra"]["config"]
        connect(monkeypatch, [there, {"path": other.replace("http", "json")}])
        with pytest.raises(MaybeSent, match="not accepted by all its services"):
            send(PHONE, MESSAGE)
    assert len(service.taken) == 1


@pytest.mark.parametrize("config", [{"path": "nothing://that-is-known"}, [], "no JSON", None])
def test_a_connection_without_a_service_says_what_to_set(
    monkeypatch: pytest.MonkeyPatch, config: Any
) -> None:
    connect(monkeypatch, config)
    with pytest.raises(NotSent, match="type Apprise"):
        send(PHONE, MESSAGE)


TITLE = 'R&D <!channel> [here](https://evil.example) @everyone *x* <a href="//evil">login</a>'
UNTRUSTED = replace(MESSAGE, text=f"{TITLE}\nhttps://www.usajobs.gov/job/1\n")


class Requested:
    """Takes the bodies of all requests; those after so many that are `accepted` are refused."""

    def __init__(self) -> None:
        self.bodies: list[Any] = []
        self.accepted = 1000

    def take(self, session: Any, method: str, url: str, **request: Any) -> SimpleNamespace:
        self.bodies.append(request.get("data") or request.get("json"))
        content = b'{"ok": true, "result": []}'
        return SimpleNamespace(
            status_code=200 if len(self.bodies) <= self.accepted else 400,
            content=content,
            text="ok",
            headers={},
            json=lambda: json.loads(content),
        )


@pytest.fixture
def requested(monkeypatch: pytest.MonkeyPatch) -> Requested:
    requested = Requested()
    monkeypatch.setattr(
        requests.Session,
        "request",
        lambda session, method, url, **request: requested.take(session, method, url, **request),
    )
    return requested


DISCORD = "discord://1234567890/abcdefghijklmnopqrstuvwxyz0123456789"
TELEGRAM = "tgram://123456789:abcdefg_hijklmnop/12315544/"


@pytest.mark.parametrize(
    ("url", "field", "longest"),
    [(DISCORD, "content", 2000), (TELEGRAM, "text", 4096)],
)
def test_a_long_digest_reaches_a_chat_in_several_messages_with_every_link_whole(
    url: str, field: str, longest: int, requested: Requested, monkeypatch: pytest.MonkeyPatch
) -> None:
    links = [f"https://www.usajobs.gov/job/7{number:08}" for number in range(60)]
    lines = "".join(
        f"Data Engineer (Platform)\nGS-12 · $97,079 a year\n{each}\n\n" for each in links
    )
    connect(monkeypatch, {"path": url})
    send(PHONE, replace(MESSAGE, text=lines, links=frozenset(links)))
    parts = [json.loads(each)[field] for each in requested.bodies if field in json.loads(each)]
    assert len(parts) > 1
    assert max(map(len, parts)) <= longest
    assert re.findall(r"https://\S+", "\n".join(parts)) == links


@pytest.mark.parametrize(("accepted", "error"), [(0, NotSent), (1, MaybeSent)])
def test_of_a_digest_in_several_messages_some_may_have_arrived(
    accepted: int, error: type[Exception], requested: Requested, monkeypatch: pytest.MonkeyPatch
) -> None:
    requested.accepted = accepted
    connect(monkeypatch, {"path": DISCORD})
    text = "Data Engineer\n" * (1 if error is NotSent else 200)
    with pytest.raises(error, match="was not accepted"):
        send(PHONE, replace(MESSAGE, text=text))


@pytest.mark.parametrize(
    ("url", "field", "shown"),
    [
        ("ntfy://localhost/topic", "message", UNTRUSTED.text.strip()),
        ("gotify://localhost/abcdefghijklmno", "message", UNTRUSTED.text.strip()),
        (
            TELEGRAM,
            "text",
            "R&amp;D &lt;!channel&gt; [here]",
        ),
        ("slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#a", "text", "&lt;!channel&gt;"),
        (DISCORD, "content", r"\[here\]("),
        ("mmost://localhost/3ccdd113474722377935511fc85d3dd4", "text", r"\[here\]("),
        ("rocket://token1234567890/abcd@localhost", "text", r"\[here\]("),
        ("gchat://ws/key/token", "text", "<\u200b!channel>"),
    ],
)
def test_a_posting_reaches_each_service_as_text(
    url: str, field: str, shown: str, requested: Requested, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect(monkeypatch, {"path": url})
    with suppress(NotSent):  # Slack's answer is another one
        send(PHONE, UNTRUSTED)
    body = json.loads(requested.bodies[-1])
    text = (body.get("attachments") or [body])[0].get(field) or body[field]
    assert shown in text
    assert "https://www.usajobs.gov/job/1" in text
    if "\u200b" in text:
        assert not re.search(r"@everyone|<!channel|<a href|[^\\]\]\(https://", text)


def test_who_reads_the_log_finds_the_text(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        send(LOG, MESSAGE)
    assert MESSAGE.text in caplog.text
