"""A real SMTP server on 127.0.0.1, which keeps what it gets, or misbehaves."""

from __future__ import annotations

import email
import json
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult

from include.local.ports import LOOPBACK, free_port

SENDER = "job-tracker@example.org"
LOGIN, PASSWORD = "job-tracker", "password"


class MailServer:
    """Keeps the messages it takes, by recipient.

    `refuses` is the reply to every recipient, `refuses_message` that to the message itself. With
    `hangs_up` it takes the message, and then goes without a reply.
    """

    def __init__(self) -> None:
        self.port = free_port()
        self.taken: list[tuple[str, EmailMessage]] = []
        self.refuses = ""
        self.refuses_message = ""
        self.hangs_up = False

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Any, envelope: Any, address: str, options: Any
    ) -> str:
        """Take a recipient."""
        if self.refuses:
            return self.refuses
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Any) -> str:  # noqa: N802
        """Take a message."""
        if self.refuses_message:
            return self.refuses_message
        message: Any = email.message_from_bytes(envelope.content, policy=default)
        self.taken += [(address, message) for address in envelope.rcpt_tos]
        if self.hangs_up:
            server.transport.abort()
        return "250 OK"

    def texts(self) -> list[str]:
        """Return the texts of what came since the last call."""
        taken, self.taken = self.taken, []
        bodies = (message.get_body(("plain",)) for _, message in taken)
        return [str(body.get_content()) for body in bodies if body]

    def connection(self, **changes: Any) -> str:
        """Return the connection `smtp_default`, in JSON form."""
        extra = {"from_email": SENDER, "disable_tls": True, "disable_ssl": True, "retry_limit": 0}
        login = {"login": LOGIN, "password": PASSWORD}
        server = {"conn_type": "smtp", "host": LOOPBACK, "port": self.port}
        return json.dumps({**server, **login, "extra": {**extra, "timeout": 5}, **changes})


@contextmanager
def mail_server(**security: Any) -> Iterator[MailServer]:
    """Run a server while the block runs; `security` is what its controller takes of that."""

    def admit(server: Any, session: Any, envelope: Any, mechanism: str, login: Any) -> AuthResult:
        is_known = (login.login, login.password) == (LOGIN.encode(), PASSWORD.encode())
        return AuthResult(success=is_known, handled=False)

    handler = MailServer()
    controller = Controller(
        handler,
        hostname=LOOPBACK,
        port=handler.port,
        authenticator=admit,
        auth_required=True,
        **{"auth_require_tls": False, **security},
    )
    controller.start()
    try:
        yield handler
    finally:
        controller.stop()
