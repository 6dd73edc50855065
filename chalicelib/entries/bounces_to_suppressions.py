"""Addresses that emails bounced from, or that complained, get no more."""

from chalicelib.emails.suppressions import suppress
from chalicelib.kit import clock
from chalicelib.kit.streams import Event


def handler(event: Event, _context: object) -> None:
    suppress(event["Records"][0]["Sns"]["Message"], at=clock.now())
