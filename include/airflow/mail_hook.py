"""A mail hook that sends a message unchanged."""

from __future__ import annotations

import smtplib
from email.message import EmailMessage

from airflow.providers.smtp.hooks.smtp import SmtpHook


class MailHook(SmtpHook):
    """An SMTP hook that sends plain text beside HTML, and doesn't retry uncertain deliveries."""

    def send_message(self, mail: EmailMessage) -> None:
        """Send a message over the connection that `get_conn` opened.

        Raises:
            SMTPException: the server refused the message, or closed the connection.
            OSError: the connection failed.
        """
        client = self._smtp_client
        if not isinstance(client, smtplib.SMTP):
            raise smtplib.SMTPServerDisconnected("the connection is not open")
        client.send_message(mail)
