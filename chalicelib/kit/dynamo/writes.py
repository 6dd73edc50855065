"""All or nothing: several rows in one transaction, and the one refusal that is expected."""

import logging
import time
from collections.abc import Iterator
from typing import Any

from msgspec import Struct
from pynamodb.exceptions import PutError, UpdateError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.operand import Path
from pynamodb.expressions.update import Action
from pynamodb.models import Model

from chalicelib.kit.dynamo import wire
from chalicelib.kit.dynamo.rows import find, key_of

log = logging.getLogger(__name__)

MOST_WRITES = 100
_ATTEMPTS = 6
_PASSING = wire.PASSING_REASONS | {"TransactionConflictException", "TransactionInProgressException"}
_CONDITION = "ConditionalCheckFailed"
_ABSENT: Condition = Path("pk").does_not_exist()


class Write(Struct, frozen=True, eq=False):
    """One row's part in a transaction: put if absent, or change under a condition."""

    row: Model
    condition: Condition
    actions: tuple[Action, ...] = ()


def put_new(row: Model) -> Write:
    """Put the row, if nothing stands under its key."""
    return Write(row, _ABSENT)


def change(row: Model, *actions: Action, condition: Condition) -> Write:
    """Change the row, if the condition holds; a row that is not there fails any condition."""
    return Write(row, Path("pk").exists() & condition, actions)


def commit(*writes: Write) -> list[Write]:
    """
    Write everything or nothing.

    Returns: the writes whose conditions did not hold; an empty list says that all is written.
    Conflicts with a parallel transaction and throttling are tried again, with jitter, a few times.
    """
    if len(writes) == 1:
        return [] if _single(writes[0]) else list(writes)
    parts = [_part(write) for write in writes]
    for attempt in attempts(_ATTEMPTS):
        try:
            wire.dynamodb().call("TransactWriteItems", {"TransactItems": parts})
        except wire.Declined as declined:
            codes = [reason.get("Code") for reason in declined.response.get("CancellationReasons", ())]
            if _CONDITION in codes:
                return [write for write, code in zip(writes, codes, strict=True) if code == _CONDITION]
            passing = _PASSING & {declined.code, *codes}
            if not passing or attempt == _ATTEMPTS - 1:
                raise
            log.info("transaction tried again: %s", sorted(passing))
        else:
            return []
    raise AssertionError("unreachable")


def attempts(most: int = 8) -> Iterator[int]:
    """
    Count the attempts of who reads, builds, commits and begins again if somebody else was faster: 0, 1, ...

    Between two of them it waits a moment, at random and longer each time, so that those who collided do not again.
    Whoever falls out of the loop has failed *most* times.
    """
    for attempt in range(most):
        if attempt:
            time.sleep(wire.backoff(attempt - 1, first=0.02))
        yield attempt


def add_once(*rows: Model) -> bool:
    """Put all rows or none. Returns False when one of them was there before."""
    return not commit(*map(put_new, rows))


def raise_to(row: Model, *actions: Action, condition: Condition) -> bool:
    """Change or create one row if the condition holds. Returns whether it did."""
    return _single(Write(row, condition, actions))


def _single(write: Write) -> bool:
    try:
        if write.actions:
            write.row.update(actions=list(write.actions), condition=write.condition)
        else:
            write.row.save(condition=write.condition)
    except (PutError, UpdateError) as error:
        if error.cause_response_code != "ConditionalCheckFailedException":
            raise
        return not write.actions and _is_there(write.row)
    return True


def _is_there(row: Model) -> bool:
    """Say whether what stands under a row's key is this very row: then it was written, and the answer was lost."""
    stored = find(type(row), *key_of(row))
    return stored is not None and stored.serialize() == row.serialize()


def _part(write: Write) -> dict[str, Any]:
    """Return a write as a transaction takes it; the conditions and changes are PynamoDB's."""
    if write.actions:
        return {
            "Update": write.row.get_update_kwargs_from_instance(actions=[*write.actions], condition=write.condition)
        }
    if write.condition is _ABSENT:
        # Most rows are new ones; this says the same in a fraction of the time.
        table, item = write.row.Meta.table_name, write.row.serialize()
        return {"Put": {"TableName": table, "Item": item, "ConditionExpression": "attribute_not_exists(pk)"}}
    return {"Put": write.row.get_save_kwargs_from_instance(condition=write.condition)}
