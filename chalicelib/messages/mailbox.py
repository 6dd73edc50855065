"""Hands letters to SES."""

import functools
from email.utils import formataddr
from typing import Any

import botocore.session
from botocore.config import Config
from botocore.exceptions import ClientError

from chalicelib.kit import config
from chalicelib.messages.letter import Letter

# What SES will never take, however often it is asked. All else may pass: an outage, a rate, a pause.
_FOR_EVER = {"MessageRejected", "BadRequestException", "InvalidParameterValue"}


class LetterRefused(Exception):
    """SES will not send this letter."""


def send(letter: Letter, *, to: str, name: str) -> None:
    """Send a letter to one person. Raises LetterRefused if it can never be sent; anything else may pass."""
    try:
        _client().send_email(
            FromEmailAddress=config.sender(),
            Destination={"ToAddresses": [formataddr((_display(name), to), charset="utf-8")]},
            Content={
                "Simple": {
                    "Subject": {"Data": letter.subject, "Charset": "UTF-8"},
                    "Body": {
                        "Text": {"Data": letter.text, "Charset": "UTF-8"},
                        "Html": {"Data": letter.html, "Charset": "UTF-8"},
                    },
                }
            },
        )
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code in _FOR_EVER:
            # Only the code: SES's own words may hold the address, which belongs in no other row and no log.
            raise LetterRefused(code) from None
        raise


def _display(name: str) -> str:
    """Return a name fit for a header: printable, on one line, at most 64 characters."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in name).split())[:64]


@functools.cache
def _client() -> Any:
    timeouts = Config(connect_timeout=2, read_timeout=5, retries={"total_max_attempts": 2, "mode": "standard"})
    return botocore.session.get_session().create_client("sesv2", region_name=config.region(), config=timeouts)
