"""
All or nothing: several rows in one transaction, and one expected refusal.

What the result of `commit` means:

- No write is refused: all are written, once, even if a response was lost. A single row that is put may
  have existed before, if it is identical.
- Some writes are refused: nothing is written, and the conditions of these failed; the others are unknown.
  Another writer was faster, or it was done before: read again to find out. A single change may have been refused by its
  own first attempt, if that response was lost; in a transaction it cannot be.
- It raises: it is unknown whether anything is written. Everything can be retried where the conditions tell done from
  not done, as the one of `insert` does.
"""

import logging
import time
from collections.abc import Iterator
from typing import Any

from msgspec import Struct
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.operand import Path
from pynamodb.expressions.update import Action, RemoveAction, SetAction, Update
from pynamodb.models import Model

from chalicelib.kit.dynamo import items, wire
from chalicelib.kit.dynamo.rows import find, key_of

log = logging.getLogger(__name__)

MOST_WRITES = 100
# Of one decision: the rest is for its entries of the audit trail.
MOST_OF_A_DECISION = 90
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
    # None: no row has this key.
    condition: Condition | None
    actions: tuple[Action, ...] = ()
    deletes: bool = False
    checks: bool = False


def insert(row: Model) -> Write:
    """Put the row, if its key is free."""
    return Write(row, None)


def put_if(row: Model, condition: Condition) -> Write:
    """Put the row, and replace any row with its key, if the condition holds for the old row or its absence."""
    return Write(row, condition)


def update_if(row: Model, *actions: Action, condition: Condition) -> Write:
    """Change the row, if the condition holds; a row that is not there fails any condition."""
    return Write(row, Path("pk").exists() & condition, actions)


def update(row: Model, *actions: Action) -> Write:
    """Change the row if it exists, whatever it contains."""
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
    """Make a transaction hold only if no row has this key; never written alone."""
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
    Return a write's row as it was read, and as it will be; None where there is none.

    *replaced* is the row that a put replaces. Raises TypeError for a change whose result only the table
    knows.
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
    Count the attempts of an optimistic transaction: read, build, commit, and retry on a conflict: 0, 1, ...

    Waits between two attempts, randomly and longer each time, so that colliding writers do not collide again.
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
    [(kind, parameters)] = _part(write).items()
    if kind == "Update":
        parameters["ReturnValues"] = "ALL_NEW"
    try:
        answer = wire.dynamodb().call(f"{kind}Item", parameters)
    except wire.Declined as declined:
        if declined.code != "ConditionalCheckFailedException":
            raise
        return kind == "Put" and _is_there(write.row)
    if kind == "Update":
        # The row is then as it is stored.
        write.row.attribute_values = type(write.row).from_raw_data(answer["Attributes"]).attribute_values
    return True


def _is_there(row: Model) -> bool:
    """Return whether the stored row equals this one: then it was written, and the response was lost."""
    stored = find(type(row), *key_of(row))
    return stored is not None and stored.serialize() == row.serialize()


def _part(write: Write) -> dict[str, dict[str, Any]]:
    """
    Return a write as a transaction takes it: its kind, and all that says what it does.

    PynamoDB's own way there takes as long again: it looks up and checks what its expressions know.
    """
    parameters: dict[str, Any] = {"TableName": write.row.Meta.table_name}
    is_put = not (write.actions or write.deletes or write.checks)
    parameters |= {"Item": write.row.serialize()} if is_put else {"Key": items.key(*key_of(write.row))}
    names: dict[str, str] = {}
    values: dict[str, Any] = {}
    if write.condition is None:
        # Most rows are new ones; this says the same in a fraction of the time.
        parameters["ConditionExpression"] = "attribute_not_exists(pk)"
    else:
        parameters["ConditionExpression"] = write.condition.serialize(names, values)
    if write.actions:
        parameters["UpdateExpression"] = Update(*write.actions).serialize(names, values)
    if names:
        parameters["ExpressionAttributeNames"] = {placeholder: name for name, placeholder in names.items()}
    if values:
        parameters["ExpressionAttributeValues"] = values
    if is_put:
        return {"Put": parameters}
    return {"ConditionCheck" if write.checks else "Delete" if write.deletes else "Update": parameters}
