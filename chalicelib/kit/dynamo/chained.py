"""
Chains as they are stored, and their verification.

A partition is a chain: its entries by number, and a head with the state that follows from them.
"""

from collections.abc import Callable, Collection, Iterator
from functools import partial
from typing import Any, Generic, Protocol, TypeVar

from msgspec import Struct, structs
from pynamodb.expressions.operand import Path
from pynamodb.models import Model

from chalicelib.kit import config, walk
from chalicelib.kit.chains import HEAD, BadRow, InvalidEntry, sort_of
from chalicelib.kit.dynamo import items, writes
from chalicelib.kit.walk import Deadline

MOST_SECONDS = 8.0
_PAGE = 500

# A row as it is stored, not parsed: it may be damaged.
Raw = dict[str, Any]


class State(Protocol):
    """A chain after its entries so far."""

    @property
    def seq(self) -> int: ...


S = TypeVar("S", bound=State)


class Chains(Struct, Generic[S], frozen=True):
    """
    The chains of a table.

    *begin* makes a state of its fields, that of a chain without entries of none. *follow* returns the state after an
    entry as it is stored, or raises InvalidEntry. *head* returns the one row that stores a chain's state.
    """

    table: type[Model]
    begin: Callable[..., S]
    follow: Callable[[S, Raw], S]
    head: Callable[[str, S], Model]
    # Which of them are verified.
    includes: Callable[[str], bool] = lambda _chain: True


class ChainProgress(Struct):
    """How far a verification is: what it has read, the last chain it finished, and where it is in the next one."""

    chains: int = 0
    entries: int = 0
    last: str | None = None
    chain: str | None = None
    state: dict[str, Any] | None = None


class Verified(Struct, frozen=True):
    """The first invalid row, if there is one, and whether the verification is complete."""

    bad: BadRow | None
    done: bool


def verify(chains: Chains[S], progress: ChainProgress, *, most_seconds: float = MOST_SECONDS) -> Verified:
    """
    Verify all chains of a table for some seconds, starting at *progress*, which is updated.

    Every row is read, whether or not an index or a head refers to it. Each entry must follow from the previous one,
    and the last one must match its head.
    """
    deadline = Deadline(most_seconds)
    for chain in _names(chains, progress):
        bad, whole = _verify_chain(chains, chain, progress, deadline=deadline)
        if bad is not None or not whole:
            return Verified(bad, done=False)
        progress.last, progress.chain, progress.state = chain, None, None
        progress.chains += 1
        if deadline.passed:
            return Verified(None, done=False)
    return Verified(None, done=True)


def _names(chains: Chains[S], progress: ChainProgress) -> Iterator[str]:
    """Yield the chains that have any rows, in the order of the table, from where the last call ended."""
    if progress.chain is not None:
        yield progress.chain
    # A chain that is finished has a head, or it would have ended there.
    position = {"pk": {"S": progress.last}, "sk": {"S": HEAD}} if progress.last is not None else None
    for names in walk.pages(partial(_raw_keys, chains.table), position=position):
        for name in dict.fromkeys(names):
            if name != progress.last and chains.includes(name):
                yield name


def _verify_chain(
    chains: Chains[S], chain: str, progress: ChainProgress, *, deadline: Deadline
) -> tuple[BadRow | None, bool]:
    """Verify one chain, from where the last call ended. Returns what is invalid, and whether its end was reached."""
    begun = progress.state if chain == progress.chain else None
    state = chains.begin(**begun) if begun else chains.begin()
    head_matches = False
    for _ in writes.attempts(5):
        head = raw_head(chains.table, chain)
        for raw in _raw_entries(chains.table, chain, after=state.seq):
            # Entries may be added while we read: the head was read first, and is of those up to its own.
            head_matches = head_matches or head == chains.head(chain, state).serialize()
            try:
                state = chains.follow(state, raw)
            except InvalidEntry as invalid:
                return BadRow(chain, f"entry {raw['sk'].get('S', '?')}", str(invalid)), True
            progress.entries += 1
            if deadline.passed:
                progress.chain, progress.state = chain, structs.asdict(state)  # type: ignore[arg-type]
                return None, False
        if head is not None and head == chains.head(chain, state).serialize():
            return None, True
    if head_matches and raw_head(chains.table, chain) != head:
        # It is written to so often that we never saw its last entry; but each head we saw was of its entries.
        return None, True
    return BadRow(chain, HEAD, _invalid_head(head, chains.head(chain, state).serialize())), True


def check_stored(raw: Raw, expected: Raw) -> None:
    """Raise InvalidEntry unless an entry is stored as it would be written from what it says."""
    for name in sorted(set(expected) | set(raw)):
        if expected.get(name) != raw.get(name):
            raise InvalidEntry(f"its {name} is not what follows from the rest of it")


def _invalid_head(head: Raw | None, expected: Raw) -> str:
    if head is None:
        return "it is missing"
    names = [name for name in sorted(set(expected) | set(head)) if expected.get(name) != head.get(name)]
    return f"its {', '.join(names)} is not what follows from the entries"


def stored_hashes(keys: Collection[tuple[str, str, str]]) -> dict[tuple[str, str, str], str]:
    """Return the hashes that entries are stored with, of those that are there: by table, chain and sort key."""
    hashes: dict[tuple[str, str, str], str] = {}
    projection = {"ProjectionExpression": "pk, sk, #hash", "ExpressionAttributeNames": {"#hash": "hash"}}
    for name in dict.fromkeys(table for table, _, _ in keys):
        keys_of_table = [items.key(pk, sk) for table, pk, sk in keys if table == name]
        for _, item in items.batch({config.table(name): {"Keys": keys_of_table, "ConsistentRead": True, **projection}}):
            hashes[name, item["pk"]["S"], item["sk"]["S"]] = item.get("hash", {}).get("S", "")
    return hashes


def raw_head(table: type[Model], chain: str) -> Raw | None:
    """Return a chain's head as it is stored."""
    answer = table._get_connection().get_item(chain, HEAD, consistent_read=True)
    item: Raw | None = answer.get("Item")
    return item


def raw_page(
    table: type[Model], chain: str | None, *, position: dict[str, Any] | None, limit: int
) -> tuple[list[Raw], dict[str, Any] | None]:
    """
    Return a page of the rows of one chain, or of the table, as they are stored, and where the next page begins.

    The rows of a chain come one after the other: its entries in order, and then its head.
    """
    connection = table._get_connection()
    if chain is None:
        page = connection.scan(exclusive_start_key=position, limit=limit, consistent_read=True)  # type: ignore[arg-type]
    else:
        page = connection.query(chain, exclusive_start_key=position, limit=limit, consistent_read=True)
    return page["Items"], page.get("LastEvaluatedKey")


def _raw_keys(
    table: type[Model], position: dict[str, Any] | None, *, limit: int = _PAGE
) -> tuple[list[str], dict[str, Any] | None]:
    """Return the partitions of one page of all rows, of any kind, and where the next page begins."""
    page = table._get_connection().scan(
        attributes_to_get=["pk", "sk"],
        exclusive_start_key=position,  # type: ignore[arg-type]
        limit=limit,
        consistent_read=True,
    )
    return [str(item["pk"]["S"]) for item in page["Items"]], page.get("LastEvaluatedKey")


def _raw_entries(table: type[Model], chain: str, *, after: int) -> Iterator[Raw]:
    """Return a chain's entries as they are stored, in order."""
    position = None
    while True:
        page = table._get_connection().query(
            chain,
            # All rows, also those that should not be there.
            range_key_condition=Path("sk") > (sort_of(after) if after else "\x01"),
            exclusive_start_key=position,
            consistent_read=True,
        )
        for item in page["Items"]:
            if item["sk"] != {"S": HEAD}:
                yield item
        position = page.get("LastEvaluatedKey")
        if position is None:
            return
