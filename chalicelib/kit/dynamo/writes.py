"""
All or nothing: several rows in one transaction, and the one refusal that is expected.

What a caller may conclude from `commit`:

- Nothing is refused: all is written, and once, even if an answer was lost on the way. A single row that is put may have
  stood there before, if it is the very same.
- Writes are refused: nothing is written, and of these the conditions did not hold; of the others nothing is known.
  Somebody else was faster, or it was done before: a new read tells which. A single change may have been refused by what
  it did itself, if that answer was lost; in a transaction it cannot be.
- It raises: nobody knows whether it is written. All of it may be done again where the conditions tell what was done
  from what was not, as that of `insert` does.
"""

import logging
import time
from collections.abc import Iterator
from typing import Any

from msgspec import Struct
from pynamodb.exceptions import DeleteError, PutError, UpdateError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.operand import Path
from pynamodb.expressions.update import Action, RemoveAction, SetAction
from pynamodb.models import Model

from chalicelib.kit.dynamo import wire
from chalicelib.kit.dynamo.rows import find, key_of

log = logging.getLogger(__name__)

MOST_WRITES = 100
_ATTEMPTS = 6
_PASSING = wire.PASSING_REASONS | {"TransactionConflictException", "TransactionInProgressException"}
_CONDITION = "ConditionalCheckFailed"
_ABSENT: Condition = Path("pk").does_not_exist()


# A row of any table, what is done to its attributes, and on which condition; and a row as it is stored.
AnyRow = Model
RowAction = Action
RowCondition = Condition
Image = dict[str, Any]


class Write(Struct, frozen=True, eq=False):
    """One row's part in a transaction; made by one of the functions below."""

    row: Model
    # None: nothing stands under the row's key.
    condition: Condition | None
    actions: tuple[Action, ...] = ()
    deletes: bool = False
    checks: bool = False


def insert(row: Model) -> Write:
    """Put the row, if nothing stands under its key."""
    return Write(row, None)


def put_if(row: Model, condition: Condition) -> Write:
    """Put the row in the place of what stands under its key, or of nothing, if the condition holds of that."""
    return Write(row, condition)


def update_if(row: Model, *actions: Action, condition: Condition) -> Write:
    """Change the row, if the condition holds; a row that is not there fails any condition."""
    return Write(row, Path("pk").exists() & condition, actions)


def update(row: Model, *actions: Action) -> Write:
    """Change the row, whatever it says, if it is there."""
    return Write(row, Path("pk").exists(), actions)


def upsert_if(row: Model, *actions: Action, condition: Condition) -> Write:
    """Change the row, or make it if it is not there, if the condition holds."""
    return Write(row, condition, actions)


def delete(row: Model) -> Write:
    """Delete the row; one that is not there fails the condition."""
    return Write(row, Path("pk").exists(), deletes=True)


def check(row: Model, condition: Condition) -> Write:
    """Change nothing of the row, but let a transaction hold only if the condition does; it is never written alone."""
    return Write(row, Path("pk").exists() & condition, checks=True)


def check_absent(row: Model) -> Write:
    """Let a transaction hold only if nothing stands under the row's key; it is never written alone."""
    return Write(row, _ABSENT, checks=True)


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


def images(write: Write, replaced: Model | None = None) -> tuple[Image | None, Image | None]:
    """
    Return what a write's row is as it was read, and as it will be; None for what is not there.

    *replaced* is the row that one which is put takes the place of. Raises TypeError for a change that only the table
    knows the outcome of.
    """
    image: Image = write.row.serialize()
    if write.deletes:
        return image, None
    if not write.actions:
        return replaced.serialize() if replaced is not None else None, image
    after = dict(image)
    for action in write.actions:
        path, *values = action.values
        [name] = path.path  # type: ignore[attr-defined]
        if isinstance(action, SetAction):
            after[name] = values[0].value  # type: ignore[attr-defined]
        elif isinstance(action, RemoveAction):
            after.pop(name, None)
        else:
            raise TypeError(f"what {type(action).__name__} makes of {name} is known only by the table")
    return image, after


def attempts(most: int = 8) -> Iterator[int]:
    """
    Count the attempts of who reads, builds, commits and begins again if somebody else was faster: 0, 1, ...

    Between two of them it waits a moment, at random and longer each time, so that those who collided do not again.
    Leaving the loop means that *most* attempts failed.
    """
    for attempt in range(most):
        if attempt:
            time.sleep(wire.backoff(attempt - 1, first=0.02))
        yield attempt


def add_once(*rows: Model) -> bool:
    """Put all rows or none. Returns False when one of them was there before."""
    return not commit(*map(insert, rows))


def _single(write: Write) -> bool:
    try:
        if write.deletes:
            write.row.delete(condition=write.condition)
        elif write.actions:
            write.row.update(actions=list(write.actions), condition=write.condition)
        else:
            write.row.save(condition=_ABSENT if write.condition is None else write.condition)
    except (DeleteError, PutError, UpdateError) as error:
        if error.cause_response_code != "ConditionalCheckFailedException":
            raise
        return not write.actions and not write.deletes and _is_there(write.row)
    return True


def _is_there(row: Model) -> bool:
    """Return whether what stands under a row's key is this very row: then it was written, and the answer was lost."""
    stored = find(type(row), *key_of(row))
    return stored is not None and stored.serialize() == row.serialize()


def _part(write: Write) -> dict[str, Any]:
    """Return a write as a transaction takes it; the conditions and changes are PynamoDB's."""
    if write.checks:
        # What a deletion on a condition says is all that a check takes.
        return {"ConditionCheck": write.row.get_delete_kwargs_from_instance(condition=write.condition)}
    if write.deletes:
        return {"Delete": write.row.get_delete_kwargs_from_instance(condition=write.condition)}
    if write.actions:
        return {
            "Update": write.row.get_update_kwargs_from_instance(actions=[*write.actions], condition=write.condition)
        }
    if write.condition is None:
        # Most rows are new ones; this says the same in a fraction of the time.
        table, item = write.row.Meta.table_name, write.row.serialize()
        return {"Put": {"TableName": table, "Item": item, "ConditionExpression": "attribute_not_exists(pk)"}}
    return {"Put": write.row.get_save_kwargs_from_instance(condition=write.condition)}
