"""All or nothing: several rows in one transaction, and the one refusal that is expected."""

import logging
import random
import time
from collections.abc import Iterable
from dataclasses import dataclass

from pynamodb.connection import Connection
from pynamodb.exceptions import PutError, TransactWriteError, UpdateError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.operand import Path
from pynamodb.expressions.update import Action
from pynamodb.models import Model
from pynamodb.transactions import TransactWrite

from chalicelib.kit.rows import Table, find, key_of

log = logging.getLogger(__name__)

MOST_WRITES = 100
_ATTEMPTS = 6
_PASSING = {
    "TransactionConflict",
    "ThrottlingError",
    "ProvisionedThroughputExceeded",
    "TransactionConflictException",
    "TransactionInProgressException",
}
_CONDITION = "ConditionalCheckFailed"
_connection: Connection | None = None


@dataclass(frozen=True, eq=False)
class Write:
    """One row's part in a transaction: put if absent, or change under a condition."""

    row: Model
    condition: Condition
    actions: tuple[Action, ...] = ()


def put_new(row: Model) -> Write:
    """Put the row, if nothing stands under its key."""
    return Write(row, Path("pk").does_not_exist())


def change(row: Model, *actions: Action, condition: Condition) -> Write:
    """Change the row, if the condition holds; a row that is not there fails any condition."""
    return Write(row, Path("pk").exists() & condition, actions)


def commit(*writes: Write) -> list[Write]:
    """
    Write everything or nothing.

    Returns: the writes whose conditions did not hold; an empty list says that all is written.
    Conflicts with a parallel transaction and throttling are tried again, with jitter, a few times.
    """
    # PynamoDB sends puts before updates; the order here lets its reasons be matched to our writes.
    ordered = sorted(writes, key=lambda write: bool(write.actions))
    if len(ordered) == 1:
        return [] if _single(ordered[0]) else ordered
    for attempt in range(_ATTEMPTS):
        try:
            _transact(ordered)
        except TransactWriteError as error:
            codes = [reason.code if reason else None for reason in error.cancellation_reasons]
            if _CONDITION in codes:
                return [write for write, code in zip(ordered, codes, strict=True) if code == _CONDITION]
            passing = _PASSING & {error.cause_response_code, *codes}
            if not passing or attempt == _ATTEMPTS - 1:
                raise
            log.info("transaction tried again: %s", sorted(passing))
            pause(attempt)
        else:
            return []
    raise AssertionError("unreachable")


def pause(attempt: int) -> None:
    """Wait a moment, by chance and longer each time, so that those who collided do not again."""
    time.sleep(random.uniform(0, min(0.02 * 2**attempt, 1.0)))  # noqa: S311


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


def _transact(writes: Iterable[Write]) -> None:
    global _connection
    if _connection is None:
        _connection = Connection(
            region=Table.region,
            connect_timeout_seconds=Table.connect_timeout_seconds,
            read_timeout_seconds=Table.read_timeout_seconds,
            max_retry_attempts=Table.max_retry_attempts,
            max_pool_connections=Table.max_pool_connections,
        )
    with TransactWrite(connection=_connection) as transaction:
        for write in writes:
            if write.actions:
                transaction.update(write.row, list(write.actions), condition=write.condition)
            else:
                transaction.save(write.row, condition=write.condition)
