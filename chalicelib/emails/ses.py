"""Hands emails to SES."""

from email.header import Header
from email.utils import formataddr
from typing import Any, NamedTuple

from botocore.exceptions import ClientError

from chalicelib.emails import ses_client
from chalicelib.emails.markup import Email
from chalicelib.kit import config

# What SES will never take, however often it is asked. All else may pass: an outage, a rate, a pause.
_PERMANENT = {"MessageRejected", "BadRequestException", "InvalidParameterValue"}

# Limits: of an encoded word, by RFC 2047; of a name with its address, by SES.
_ENCODED_WORD, _MOST_CHARACTERS = 75, 320


class Envelope(NamedTuple):
    """An email's recipient and sender, and the address where one POST unsubscribes from emails like it."""

    message_id: str
    to: str
    name: str
    sender: str
    sender_name: str
    reply_to: str | None = None
    # A second address that answers reach.
    also_reply_to: str | None = None
    unsubscribe_url: str = ""


class EmailRefused(Exception):
    """SES will not send this email."""


def send(email: Email, envelope: Envelope) -> None:
    """Send an email to one person. Raises EmailRefused if it can never be sent; anything else may pass."""
    request: dict[str, Any] = {
        "FromEmailAddress": _format_address(envelope.sender_name, envelope.sender),
        "Destination": {"ToAddresses": [_format_address(envelope.name, envelope.to)]},
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
        # What SES reports of bounces names the message by this.
        "EmailTags": [{"Name": "message", "Value": envelope.message_id}],
    }
    if reply_to := [one for one in (envelope.reply_to, envelope.also_reply_to) if one is not None]:
        request["ReplyToAddresses"] = reply_to
    if (name := config.configuration_set()) is not None:
        request["ConfigurationSetName"] = name
    try:
        ses_client.client().send_email(**request)
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code in _PERMANENT:
            # Only the code: SES's own message may hold the address, which belongs in no other row and no log.
            raise EmailRefused(code) from None
        raise


def _headers(envelope: Envelope) -> dict[str, str]:
    headers = {"Auto-Submitted": "auto-generated"}
    if envelope.unsubscribe_url:
        # RFC 8058: mail programs show a button of their own, which makes this POST.
        headers["List-Unsubscribe"] = f"<{envelope.unsubscribe_url}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return headers


def _format_address(name: str, address: str) -> str:
    """
    Return an address with as much of its name as fits, in encoded words of at most 75 characters (RFC 2047).

    Whole characters of a name that is too long for SES are left out at its end.
    """
    name = _display_name(name)
    while len(written := _written(name, address)) > _MOST_CHARACTERS:
        name = name[:-1].rstrip()
    return written


def _written(name: str, address: str) -> str:
    if name.isascii():
        return formataddr((name, address))
    return f"{Header(name, 'utf-8', maxlinelen=_ENCODED_WORD).encode(linesep='')} <{address}>"


def _display_name(name: str) -> str:
    """Return a name fit for a header: printable, on one line, at most 64 characters."""
    return " ".join("".join(character if character.isprintable() else " " for character in name).split())[:64].rstrip()
