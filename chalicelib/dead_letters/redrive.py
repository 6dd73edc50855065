"""Delivers a dead letter again, to the function that gave up on it."""

import functools
import json
import logging
from typing import Any, Literal, NamedTuple

from chalicelib.dead_letters.bucket import Gone, own
from chalicelib.dead_letters.dead_letter import Content
from chalicelib.dead_letters.find import DeadLetterNotFound, Opened, find, open_
from chalicelib.kit import config
from chalicelib.kit.errors import Refused

log = logging.getLogger(__name__)

# The API's own function ends after twenty seconds; a dead letter is mostly one record, and takes a moment.
_PATIENCE_SECONDS = 14


class RedriveIncomplete(Refused):
    """The function did not take all records of the dead letter; it stays, and may be delivered again."""

    STATUS_CODE = 409


class DeadLetterUnreadable(Refused):
    """The dead letter cannot be delivered as it is; it stays."""

    STATUS_CODE = 409


class Failure(NamedTuple):
    """Why a function did not take all records, and how many are left; *said* is for whoever may read its logs, too."""

    reason: Literal["failed_again", "raised", "not_called", "no_answer"]
    left: int
    # Without what an exception was about, which may be anybody's.
    kind: str
    said: str


_WORDS = {
    "failed_again": "{left} of {records} records failed again",
    "raised": "the function raised {kind}",
    "not_called": "the function cannot be called ({kind})",
    "no_answer": "the function has not answered in time, and may still be at work",
}


def redrive(identifier: str) -> Opened:
    """
    Deliver a dead letter to the function that gave up on it, and put it away if that took all its records.

    Refuses with how many are left, and why; what was taken, was, and is not done twice if it comes again.
    """
    dead_letter = find(identifier)
    try:
        opened = open_(dead_letter)
    except Gone:
        raise DeadLetterNotFound(f"There is no dead letter {identifier!r} any more.") from None
    if opened.content is None:
        raise DeadLetterUnreadable(f"This dead letter cannot be delivered: {opened.unreadable}.")
    content = opened.content
    failure = deliver(_lambda(), content)
    if failure is not None:
        log.warning("dead letter %s of %s is left: %s %s", identifier, content.reaction, failure.reason, failure.kind)
        words = _WORDS[failure.reason].format(left=failure.left, records=len(content.records), kind=failure.kind)
        shown = {"function": content.reaction, "records": len(content.records)}
        raise RedriveIncomplete(
            f"{content.reaction}: {words}. The dead letter stays.",
            shown={**shown, "left": failure.left, "reason": failure.reason},
        )
    own().put_away(dead_letter)
    return opened


def deliver(lambda_: Any, content: Content) -> Failure | None:
    """Call the function with the records, by botocore's client for Lambda. Returns None if it took them all."""
    from botocore import exceptions

    everything = len(content.records)
    payload = json.dumps({"Records": content.records}).encode()
    try:
        answer = lambda_.invoke(FunctionName=content.function_arn, InvocationType="RequestResponse", Payload=payload)
        told = answer["Payload"].read()
    except (exceptions.ReadTimeoutError, exceptions.ConnectionClosedError, exceptions.ResponseStreamingError) as error:
        return Failure("no_answer", everything, type(error).__name__, f"it has not answered: {error}")
    except exceptions.ClientError as error:
        return Failure("not_called", everything, error.response["Error"]["Code"], f"it cannot be called: {error}")
    except exceptions.BotoCoreError as error:
        return Failure("not_called", everything, type(error).__name__, f"it cannot be called: {error}")
    if answer.get("FunctionError"):
        kind, message = _raised(told)
        return Failure("raised", everything, kind, f"it raised: {message}")
    left = _left(json.loads(told or b"null"), content.records)
    return Failure("failed_again", left, "", f"{left} of its records failed again") if left else None


def _left(answer: Any, records: list[dict[str, Any]]) -> int:
    """Return how many records an answer names as failed; as for Lambda, all of them if it names one that was not sent."""
    reported = answer.get("batchItemFailures", []) if isinstance(answer, dict) else []
    failed = {one.get("itemIdentifier") for one in reported}
    sent = {record["dynamodb"]["SequenceNumber"] for record in records}
    return len(failed) if failed <= sent else len(records)


def _raised(told: bytes) -> tuple[str, str]:
    try:
        said = json.loads(told)
        return str(said.get("errorType", "an error"))[:100], str(said.get("errorMessage", ""))[:200]
    except (ValueError, AttributeError):
        return "an error", told.decode(errors="replace")[:200]


@functools.cache
def _lambda() -> Any:
    import botocore.session
    from botocore.config import Config

    # Called once: whether to call again is up to whoever asked.
    bounds = Config(connect_timeout=2, read_timeout=_PATIENCE_SECONDS, retries={"total_max_attempts": 1})
    return botocore.session.get_session().create_client("lambda", region_name=config.region(), config=bounds)
