"""
Calls a program's webhook: a benefit is to be given, or to be taken back.

Posted only to the public internet, in bounded time, without following anything.
"""

import contextlib
import functools
import http.client
import logging
import socket
import ssl
import threading
from datetime import datetime, timedelta
from io import BufferedIOBase
from typing import Any
from urllib.parse import urlsplit

import msgspec

from chalicelib.kit import addresses, config, instants
from chalicelib.ledger.find_owner import find_owner
from chalicelib.outbox.queue import DeliveryOutcome, failed, sent, skipped
from chalicelib.outbox.table import Message
from chalicelib.partners.find import PartnerProfile
from chalicelib.programs import find as programs
from chalicelib.programs import webhooks
from chalicelib.programs.table import Program
from chalicelib.rewards.find import reward_of
from chalicelib.rewards.fulfill import RewardNotFulfillable, fulfill
from chalicelib.rewards.table import DUE, FULFILLED, Reward
from chalicelib.webhooks.shapes import BenefitCall, BenefitToFulfill
from chalicelib.webhooks.signature import headers
from chalicelib.webhooks.triggers import GIVE, TYPES

log = logging.getLogger(__name__)

_GONE = 410
_SECONDS = 10.0
_TRIES = 4
# How long a call that failed waits before it is made again, four times each; then it needs a person.
BACK_OFF = (
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=4),
    timedelta(hours=12),
    timedelta(hours=24),
    timedelta(hours=24),
)


class WebhookRefusedCall(Exception):
    """The receiver did not answer with a 2xx; the call comes again."""


class AddressForbidden(Exception):
    """The address leads to where nothing of ours may be sent."""


def call(message: Message, *, at: datetime) -> DeliveryOutcome:
    """
    Ask a program's server to give a benefit, or to take it back; one is marked as given once it said yes (any 2xx).

    Asked at least once, always under the same `webhook-id`. A redirect is not followed, and is no yes.
    Raises WebhookRefusedCall if the stream is to bring the call again.
    """
    reward = reward_of(str(message.reward_id))
    if message.template == GIVE and reward.state not in (DUE, FULFILLED):
        return skipped(f"the reward is {reward.state}")
    program = _program(message)
    if program.webhook_url is None:
        return skipped("no_webhook")
    body = _body(message, reward)
    signed = headers(message.id, instants.milliseconds(at) // 1000, body, webhooks.derive_secrets(program))
    try:
        status = post(
            program.webhook_url, body, {"Content-Type": "application/json", "User-Agent": "Goodword", **signed}
        )
    except AddressForbidden as forbidden:
        return failed(str(forbidden))
    except OSError as failure:
        return _again(message, f"no answer: {type(failure).__name__}", at=at)
    if status == _GONE:
        return failed("gone")
    if not 200 <= status < 300:
        return _again(message, f"status {status}", at=at)
    if message.template == GIVE:
        _fulfill(reward, at=at)
    return sent(at)


def _program(message: Message) -> Program:
    program = programs.find(message.program_id).program
    # Perhaps an address was set since this was remembered.
    return program if program.webhook_url is not None else programs.read(message.program_id).program


def _again(message: Message, reason: str, *, at: datetime) -> DeliveryOutcome:
    """
    Have the stream bring the call again, a few times: a server that is down must not keep the others waiting.

    Then it has failed, and `sweep` requeues it when its back-off is over; for so many days.
    """
    if message.attempts < _TRIES:
        raise WebhookRefusedCall(f"{message.id}: {reason}")
    log.error("webhook_failed message=%s %s", message.id, reason)
    left = BACK_OFF[message.retries :]
    return failed(reason, retry_at=at + left[0] if left else None)


def _fulfill(reward: Reward, *, at: datetime) -> None:
    try:
        fulfill(reward.pk, None, actor=None, at=at)
    except RewardNotFulfillable:
        # It was taken back meanwhile; that has a call of its own.
        log.info("%s: no longer due", reward.pk)


def _body(message: Message, reward: Reward) -> bytes:
    assert reward.benefit is not None, "webhooks are about benefits"
    data = BenefitToFulfill(
        reward=reward.pk,
        program=reward.program_id,
        conversion=reward.decision_id,
        to=reward.to,  # type: ignore[arg-type]
        owner=reward.owner_id,
        owner_external_id=_external_id(reward.owner_id),
        rule=reward.rule,
        benefit=reward.benefit,
    )
    call = BenefitCall(message.id, TYPES[message.template], instants.text(message.created_at), data)
    return msgspec.json.encode(call)


def _external_id(owner_id: str) -> str | None:
    owner = find_owner(owner_id)
    if isinstance(owner, PartnerProfile):
        return owner.partner.external_id
    return owner.customer.external_id if owner else None


class _Pinned(http.client.HTTPSConnection):
    """A connection to the very address that was looked at, so that a name cannot change its mind in between."""

    def __init__(self, host: str, port: int, address: str) -> None:
        super().__init__(host, port, timeout=_SECONDS, context=_trusted())
        self._address = address

    def connect(self) -> None:
        raw = socket.create_connection((self._address, self.port), timeout=_SECONDS)
        self.sock = _trusted().wrap_socket(raw, server_hostname=self.host)


class _Lines:
    """A file whose lines have ends: what is cut off in the middle is an error, and not the end of it."""

    def __init__(self, file: BufferedIOBase) -> None:
        self._file = file

    def readline(self, limit: int = -1) -> bytes:
        line = self._file.readline(limit)
        if not line.endswith(b"\n"):
            raise http.client.IncompleteRead(line)
        return line

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


class _WholeAnswer(http.client.HTTPResponse):
    """An answer whose head arrived to its end: half of one, such as `200 OK` before a hang-up, says nothing."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.fp: Any = _Lines(self.fp)


def post(url: str, body: bytes, headers: dict[str, str]) -> int:
    """Send a body once, and return the status. Raises Forbidden for a private address, OSError for no answer."""
    parts = urlsplit(url)
    connection: http.client.HTTPConnection
    local = config.webhook_test_host()
    if local is not None and parts.netloc == local:
        connection = http.client.HTTPConnection(local, timeout=_SECONDS)
    else:
        connection = _Pinned(host := _host(url), 443, _address(host))
    connection.response_class = _WholeAnswer
    # A socket's own time-out begins anew with every byte; this one does not.
    limit = threading.Timer(_SECONDS, _hang_up, [connection])
    limit.start()
    try:
        connection.request("POST", (parts.path or "/") + (f"?{parts.query}" if parts.query else ""), body, headers)
        return connection.getresponse().status
    except http.client.HTTPException as error:
        raise OSError(f"no answer: {type(error).__name__}") from error
    finally:
        limit.cancel()
        connection.close()


def _hang_up(connection: http.client.HTTPConnection) -> None:
    if connection.sock is not None:
        with contextlib.suppress(OSError):
            connection.sock.shutdown(socket.SHUT_RDWR)


def _host(url: str) -> str:
    try:
        return addresses.check(url)
    except ValueError as error:
        raise AddressForbidden(str(error)) from error


def _address(host: str) -> str:
    """Look a name up once; every address it has must be public."""
    resolved = {str(entry[4][0]) for entry in socket.getaddrinfo(host, 443, type=socket.SOCK_STREAM)}
    private = [address for address in resolved if not addresses.is_public(address)]
    if private or not resolved:
        raise AddressForbidden("the name leads to an address that is not public")
    return min(resolved, key=lambda address: ":" in address)


@functools.cache
def _trusted() -> ssl.SSLContext:
    return ssl.create_default_context()
