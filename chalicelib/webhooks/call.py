"""
Calls webhook endpoints with events, and with requests to give benefits.

All calls of a batch are made at the same time, so none waits for another; those of one endpoint are in one partition
of the messages, so a stream brings them to one function at a time, ten at most.
"""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec import Struct, structs

from chalicelib.events.table import EventRow
from chalicelib.events.view import view_event
from chalicelib.kit import config, instants
from chalicelib.kit.dynamo import rows
from chalicelib.kit.memory import Memory
from chalicelib.outbox.queue import Answer, DeliveryOutcome, failed, sent, skipped
from chalicelib.outbox.table import Message
from chalicelib.programs.table import WebhookEndpoint
from chalicelib.webhooks import benefits, credentials
from chalicelib.webhooks.bodies import event_body
from chalicelib.webhooks.crm import CRMS, CrmRecord, call_of
from chalicelib.webhooks.endpoints import ACTIVE, read_endpoints, recall_endpoints
from chalicelib.webhooks.health import note_health
from chalicelib.webhooks.post import FIRST_BYTES, MOST_BYTES, Answered, Request, post_all
from chalicelib.webhooks.secrets import secrets_of
from chalicelib.webhooks.signature import headers
from chalicelib.webhooks.triggers import TYPES

log = logging.getLogger(__name__)

_UNAUTHORIZED, _NOT_FOUND, _GONE = 401, 404, 410
_TRIES = 4
# How long a call that failed waits before it is made again; then it needs a person.
BACK_OFF = (
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=4),
    timedelta(hours=12),
    timedelta(hours=24),
    timedelta(hours=24),
)
_MOST_OF_ANSWER = 4_000
_LONGEST_WISH = timedelta(hours=24)
# Slower endpoints are slow. When calls have waited this long, those of slow endpoints are postponed.
_SLOW_MILLISECONDS = 2_000
_MOST_WAIT = timedelta(seconds=30)
_slow: Memory[bool] = Memory(seconds=120.0, most=1000)


class WebhookRefusedCall(Exception):
    """The receiver did not answer with a 2xx; the call comes again."""


class Call(Struct, frozen=True):
    """A message, the endpoint that is called with it, and what is posted."""

    message: Message
    endpoint: WebhookEndpoint
    request: Request

    @property
    def asks_for_benefit(self) -> bool:
        return self.message.template in TYPES

    @property
    def is_of_crm(self) -> bool:
        return self.endpoint.format in CRMS

    def is_fine(self, answered: Answered) -> bool:
        """Return whether the receiver does its part; a CRM does, too, where it has no such record."""
        return answered.is_success or (self.is_of_crm and answered.status == _NOT_FOUND)


def call_all(messages: Sequence[Message], *, at: datetime) -> list[DeliveryOutcome | Exception]:
    """
    Make the calls of these messages, all at the same time; return how each ended, or the error that brings it again.

    Each is made at least once, always under the same `webhook-id`. A redirect is not followed, and is no yes.
    """
    events = _events_of(messages)
    prepared = [_prepare(message, events, at=at) for message in messages]
    calls = [call for call in prepared if isinstance(call, Call)]
    answers = dict(zip((call.message.id for call in calls), post_all([call.request for call in calls]), strict=True))
    _note_health(calls, answers, at=at)
    return [_conclude(one, answers[one.message.id], at=at) if isinstance(one, Call) else one for one in prepared]


def sign(endpoint: WebhookEndpoint, identifier: str, body: bytes, kind: str, *, at: datetime) -> Request:
    """Return a signed call of an endpoint."""
    signed = headers(identifier, instants.milliseconds(at) // 1000, body, secrets_of(endpoint, at=at))
    return Request(endpoint.url, body, {"Content-Type": kind, "User-Agent": "Goodword", **signed})


def _events_of(messages: Sequence[Message]) -> dict[str, EventRow]:
    keys = [(message.subject_id, "event") for message in messages if message.template not in TYPES]
    return {row.id: row for row in rows.find_all(EventRow, keys).values()}


def _prepare(message: Message, events: dict[str, EventRow], *, at: datetime) -> Call | DeliveryOutcome | Exception:
    try:
        if message.template in TYPES:
            question = benefits.ask(message)
            if isinstance(question, DeliveryOutcome):
                return question
            endpoint, body = question
            signed = sign(endpoint, message.id, body, "application/json", at=at)
            # The answer may have a code and instructions.
            return Call(message, endpoint, structs.replace(signed, most_bytes=_MOST_OF_ANSWER))
        return _prepare_event(message, events.get(message.subject_id), at=at)
    except Exception as failure:
        # The others are still called.
        log.exception("%s could not be prepared", message.id)
        return failure


def _prepare_event(message: Message, event: EventRow | None, *, at: datetime) -> Call | DeliveryOutcome:
    endpoint = _endpoint_of(message)
    if endpoint is None:
        return skipped("endpoint_deleted")
    if endpoint.state != ACTIVE:
        return skipped(f"endpoint_{endpoint.state}")
    if event is None:
        return skipped("event_expired")
    waited = at - max(message.created_at, message.requeued_at or message.created_at)
    if waited > _MOST_WAIT and _slow.peek(endpoint.endpoint_id):
        # It was not called, so this is none of the times that it is.
        return DeliveryOutcome("back_off", "endpoint_slow", retry_at=at, retries=message.retries - 1)
    if endpoint.format in CRMS:
        return _prepare_crm(message, endpoint, event, at=at)
    body, kind = event_body(view_event(event), endpoint.format, source=config.public_url(), is_test=event.is_test)
    if len(body) > MOST_BYTES:
        return failed("body_too_large")
    return Call(message, endpoint, sign(endpoint, event.id, body, kind, at=at))


def _prepare_crm(
    message: Message, endpoint: WebhookEndpoint, event: EventRow, *, at: datetime
) -> Call | DeliveryOutcome:
    # Only who has a CRM waits for what finds its records.
    from chalicelib.webhooks.crm_records import find_record

    record = find_record(event, at=at)
    request = crm_request(endpoint, record) if record is not None else None
    return Call(message, endpoint, request) if request is not None else skipped("no_record")


def crm_request(endpoint: WebhookEndpoint, record: CrmRecord) -> Request | None:
    """Return the call of a CRM about a record; None if the record is none of its own."""
    update = call_of(endpoint.format, endpoint.url, record)
    if update is None:
        return None
    kind = {"Content-Type": "application/json", "User-Agent": "Goodword"}
    bearer = credentials.bearer_of(endpoint.endpoint_id, endpoint.url)
    return Request(update.url, update.body, kind, method="PATCH", bearer=bearer)


def _endpoint_of(message: Message) -> WebhookEndpoint | None:
    """Return a message's endpoint; read again if it is not active, since the cached row may be outdated."""
    endpoint = None
    for read in (recall_endpoints, read_endpoints):
        listed = read(message.program_id)
        endpoint = next((one for one in listed if one.endpoint_id == message.endpoint_id), None)
        if endpoint is not None and endpoint.state == ACTIVE:
            break
    return endpoint


def _note_health(calls: list[Call], answers: dict[str, Answered], *, at: datetime) -> None:
    """Note of each endpoint how it did: one that answered any call of a batch has not only failed."""
    by_endpoint: dict[str, list[Call]] = {}
    for call in calls:
        by_endpoint.setdefault(call.endpoint.endpoint_id, []).append(call)
    for identifier, called in by_endpoint.items():
        its = [answers[call.message.id] for call in called]
        if max(answer.milliseconds for answer in its) > _SLOW_MILLISECONDS:
            _slow.keep(identifier, True)
        try:
            note_health(
                called[0].endpoint,
                succeeded=any(call.is_fine(answers[call.message.id]) for call in called),
                gone=any(answer.status == _GONE for answer in its),
                at=at,
            )
        except Exception:
            # It is noted with the next call; what was answered counts.
            log.exception("the health of %s could not be noted", identifier)


def _conclude(call: Call, answered: Answered, *, at: datetime) -> DeliveryOutcome | Exception:
    """Return how a call ended. What asks for a benefit comes again by the stream, a few times, before it waits."""
    message = call.message
    # A CRM answers with the record, which may contain names; who gives a benefit, perhaps with a code.
    is_withheld = (
        answered.text is None
        or (call.is_of_crm and answered.is_success)
        or (call.asks_for_benefit and benefits.may_have_code(answered.text))
    )
    text = None if is_withheld else str(answered.text)[:FIRST_BYTES].replace("\x00", "")
    answer = Answer(call.endpoint.endpoint_id, answered.status, text, answered.milliseconds)
    try:
        if answered.is_success:
            if call.asks_for_benefit:
                benefits.note_given(message, answered.text, at=at)
            return _with(sent(at), answer)
    except Exception as failure:
        log.exception("%s was answered, and that could not be noted", message.id)
        return failure
    if call.is_of_crm and answered.status == _NOT_FOUND:
        return _with(skipped("record_not_found"), answer)
    if call.is_of_crm and answered.status == _UNAUTHORIZED:
        credentials.forget(call.endpoint.endpoint_id)
    if answered.is_forbidden or answered.status == _GONE:
        return _with(failed("gone" if answered.status == _GONE else answered.reason), answer)
    if call.asks_for_benefit and message.attempts < _TRIES:
        return WebhookRefusedCall(f"{message.id}: {answered.reason}")
    log.error("webhook_failed message=%s %s", message.id, answered.reason)
    left = BACK_OFF[message.retries :]
    wait = max(left[0], _wish(answered.retry_after)) if left else None
    return _with(failed(answered.reason, retry_at=at + wait if wait is not None else None), answer)


def _with(outcome: DeliveryOutcome, answer: Answer) -> DeliveryOutcome:
    return DeliveryOutcome(
        outcome.event, outcome.reason, outcome.sent_at, outcome.retry_at, answer=answer, also=outcome.also
    )


def _wish(retry_after: str | None) -> timedelta:
    """Return how long a receiver wants to be left alone, in seconds; a day at most."""
    seconds = int(retry_after) if retry_after is not None and retry_after.isdecimal() and len(retry_after) < 9 else 0
    return min(timedelta(seconds=seconds), _LONGEST_WISH)
