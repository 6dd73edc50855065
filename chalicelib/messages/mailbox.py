"""Hands emails to SES."""

import functools
from email.utils import formataddr
from typing import Any, NamedTuple

import botocore.session
from botocore.config import Config
from botocore.exceptions import ClientError

from chalicelib.kit import config
from chalicelib.messages.email import Email

# What SES will never take, however often it is asked. All else may pass: an outage, a rate, a pause.
_FOR_EVER = {"MessageRejected", "BadRequestException", "InvalidParameterValue"}


class Envelope(NamedTuple):
    """Whom an email goes to, whom it comes from, and where one POST stops emails like it."""

    message_id: str
    to: str
    name: str
    sender: str
    sender_name: str
    reply_to: str | None = None
    stop_url: str = ""


class EmailRefused(Exception):
    """SES will not send this email."""


def send(email: Email, envelope: Envelope) -> None:
    """Send an email to one person. Raises EmailRefused if it can never be sent; anything else may pass."""
    asked: dict[str, Any] = {
        "FromEmailAddress": _spelled(envelope.sender_name, envelope.sender),
        "Destination": {"ToAddresses": [_spelled(envelope.name, envelope.to)]},
        "Content": {
            "Simple": {
                "Subject": {"Data": email.subject, "Charset": "UTF-8"},
                "Body": {
                    "Text": {"Data": email.text, "Charset": "UTF-8"},
                    "Html": {"Data": email.html, "Charset": "UTF-8"},
                },
                "Headers": [{"Name": name, "Value": value} for name, value in _headers(envelope).items()],
            }
        },
        # What SES tells of bounces names the message by this.
        "EmailTags": [{"Name": "message", "Value": envelope.message_id}],
    }
    if envelope.reply_to is not None:
        asked["ReplyToAddresses"] = [envelope.reply_to]
    if (told := config.configuration_set()) is not None:
        asked["ConfigurationSetName"] = told
    try:
        _client().send_email(**asked)
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code in _FOR_EVER:
            # Only the code: SES's own words may hold the address, which belongs in no other row and no log.
            raise EmailRefused(code) from None
        raise


def _headers(envelope: Envelope) -> dict[str, str]:
    headers = {"Auto-Submitted": "auto-generated"}
    if envelope.stop_url:
        # RFC 8058: mail programs show a button of their own, which makes this POST.
        headers["List-Unsubscribe"] = f"<{envelope.stop_url}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return headers


def _spelled(name: str, address: str) -> str:
    return formataddr((_display(name), address), charset="utf-8")


def _display(name: str) -> str:
    """Return a name fit for a header: printable, on one line, at most 64 characters."""
    return " ".join("".join(email if email.isprintable() else " " for email in name).split())[:64]


@functools.cache
def _client() -> Any:
    timeouts = Config(connect_timeout=2, read_timeout=5, retries={"total_max_attempts": 2, "mode": "standard"})
    return botocore.session.get_session().create_client("sesv2", region_name=config.region(), config=timeouts)
