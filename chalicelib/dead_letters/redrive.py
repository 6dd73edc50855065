"""Delivers a dead letter again, to the function that gave up on it."""

import functools
import json
import logging
from datetime import datetime
from typing import Any, Literal, NamedTuple

from chalicelib.audit.actor import Actor
from chalicelib.dead_letters.bucket import Gone, get_bucket
from chalicelib.dead_letters.dead_letter import Content
from chalicelib.dead_letters.find import DeadLetterNotFound, Opened, find, open_dead_letter
from chalicelib.kit import config
from chalicelib.kit.errors import Refused

log = logging.getLogger(__name__)

# The API's own function times out after twenty seconds.
_PATIENCE_SECONDS = 14


class RedriveIncomplete(Refused):
    """The function did not process all records of the dead letter; it is kept and can be redriven again."""

    STATUS_CODE = 409


class DeadLetterUnreadable(Refused):
    """The dead letter cannot be read, so it cannot be delivered; it is kept."""

    STATUS_CODE = 409


class Failure(NamedTuple):
    """Why a function did not process all records, and how many it left; *message* is for readers of its logs."""

    reason: Literal["failed_again", "raised", "not_called", "no_answer"]
    left: int
    # Without the exception's message, which may hold personal data.
    kind: str
    message: str


_WORDS = {
    "failed_again": "{left} of {records} records failed again",
    "raised": "the function raised {kind}",
    "not_called": "the function cannot be called ({kind})",
    "no_answer": "the function did not answer in time and may still be running",
}


def redrive(identifier: str, *, actor: Actor, at: datetime) -> Opened:
    """
    Deliver a dead letter to the function that gave up on it, and archive it if that processed all its records.

    Refused, with the reason and how many are left, if it did not. Idempotent: processed records change nothing. The
    audit entry is written first, because the effects are not in one transaction.
    """
    dead_letter = find(identifier)
    try:
        opened = open_dead_letter(dead_letter)
    except Gone:
        raise DeadLetterNotFound(f"The dead letter {identifier!r} no longer exists.") from None
    if opened.content is None:
        raise DeadLetterUnreadable(f"This dead letter cannot be delivered: {opened.unreadable}.")
    content = opened.content
    actor.commit(action="dead_letter.redriven", subject=identifier, part=content.reaction, at=at)
    failure = deliver(_lambda(), content)
    if failure is not None:
        log.warning("dead letter %s of %s is left: %s %s", identifier, content.reaction, failure.reason, failure.kind)
        words = _WORDS[failure.reason].format(left=failure.left, records=len(content.records), kind=failure.kind)
        fields = {"function": content.reaction, "records": len(content.records)}
        raise RedriveIncomplete(
            f"{content.reaction}: {words}. The dead letter stays.",
            details={**fields, "left": failure.left, "reason": failure.reason},
        )
    get_bucket().put_away(dead_letter)
    return opened


def deliver(lambda_: Any, content: Content) -> Failure | None:
    """Call the function with the records, by botocore's client for Lambda. Returns None if it took them all."""
    from botocore import exceptions

    everything = len(content.records)
    event = json.dumps({"Records": content.records}).encode()
    try:
        answer = lambda_.invoke(FunctionName=content.function_arn, InvocationType="RequestResponse", Payload=event)
        payload = answer["Payload"].read()
    except (exceptions.ReadTimeoutError, exceptions.ConnectionClosedError, exceptions.ResponseStreamingError) as error:
        return Failure("no_answer", everything, type(error).__name__, f"it did not answer: {error}")
    except exceptions.ClientError as error:
        return Failure("not_called", everything, error.response["Error"]["Code"], f"it cannot be called: {error}")
    except exceptions.BotoCoreError as error:
        return Failure("not_called", everything, type(error).__name__, f"it cannot be called: {error}")
    if answer.get("FunctionError"):
        kind, message = _parse_error(payload)
        return Failure("raised", everything, kind, f"it raised an error: {message}")
    left = _left(json.loads(payload or b"null"), content.records)
    return Failure("failed_again", left, "", f"{left} of its records failed again") if left else None


def _left(answer: Any, records: list[dict[str, Any]]) -> int:
    """Return how many records an answer names as failed; as for Lambda, all if it names one that was not sent."""
    reported = answer.get("batchItemFailures", []) if isinstance(answer, dict) else []
    failed = {one.get("itemIdentifier") for one in reported}
    sent = {record["dynamodb"]["SequenceNumber"] for record in records}
    return len(failed) if failed <= sent else len(records)


def _parse_error(payload: bytes) -> tuple[str, str]:
    try:
        error = json.loads(payload)
        return str(error.get("errorType", "an error"))[:100], str(error.get("errorMessage", ""))[:200]
    except (ValueError, AttributeError):
        return "an error", payload.decode(errors="replace")[:200]


@functools.cache
def _lambda() -> Any:
    import botocore.session
    from botocore.config import Config

    # Called once: whether to call again is up to the caller.
    bounds = Config(connect_timeout=2, read_timeout=_PATIENCE_SECONDS, retries={"total_max_attempts": 1})
    return botocore.session.get_session().create_client("lambda", region_name=config.region(), config=bounds)
