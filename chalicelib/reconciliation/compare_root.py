"""Compares the chains as they are stored with the last root: whether each is still what it was then, and as long."""

from datetime import date, datetime

from msgspec import Struct

from chalicelib.kit.chains import BadRow, sort_of
from chalicelib.kit.dynamo.chained import MOST_SECONDS, stored_hashes
from chalicelib.kit.walk import Deadline
from chalicelib.reconciliation.roots import Head, Root, get_roots

_A_CALL = 100


class RootProgress(Struct):
    """The progress of a comparison: the day of the root, the number of parts done, and the heads of the next part."""

    day: str | None = None
    parts: int = 0
    heads: int = 0
    compared: int = 0


class RootComparison(Struct, frozen=True):
    """The root compared with, if there is one; the first chain that is not as it was; and whether all were compared."""

    root: Root | None
    bad: BadRow | None
    done: bool


def compare_root(progress: RootProgress, *, at: datetime, most_seconds: float = MOST_SECONDS) -> RootComparison:
    """
    Compare for some seconds, from where *progress* is; it is moved on.

    What was appended since does not matter: each chain must have the entry that was its last one, under the same hash.
    """
    roots, deadline = get_roots(), Deadline(most_seconds)
    root = roots.last(until=at.date()) if progress.day is None else roots.find(progress.day)
    if root is None:
        missing = BadRow(f"root {progress.day}", "root", "it is missing") if progress.day else None
        return RootComparison(None, missing, done=missing is None)
    progress.day, before = root.day, progress.compared
    bad = _check_previous(root) if progress.compared == 0 else None
    while bad is None and progress.parts < len(root.parts):
        part = root.parts[progress.parts]
        heads = roots.heads(part)
        if heads is None:
            return RootComparison(root, BadRow(part.key, "heads", "it is not what the root is over"), done=False)
        while bad is None and progress.heads < len(heads):
            # Each call compares some, however little time it has.
            if deadline.passed and progress.compared > before:
                return RootComparison(root, None, done=False)
            some = heads[progress.heads : progress.heads + _A_CALL]
            bad = _compare(some, root)
            progress.heads += len(some)
            progress.compared += len(some)
        progress.parts, progress.heads = progress.parts + 1, 0
    return RootComparison(root, bad, done=bad is None)


def _compare(heads: list[Head], root: Root) -> BadRow | None:
    """Return the first of these chains that has not the entry it had."""
    stored = stored_hashes([(head.table, head.chain, sort_of(head.seq)) for head in heads])
    for head in heads:
        hash_ = stored.get((head.table, head.chain, sort_of(head.seq)))
        if hash_ != head.hash:
            what = "is gone" if hash_ is None else "is another one"
            detail = f"it was the last one in the root of {root.day}, and {what}"
            return BadRow(f"{head.table} {head.chain}", f"entry {sort_of(head.seq)}", detail)
    return None


def _check_previous(root: Root) -> BadRow | None:
    """Return what is wrong with the previous root, if anything is."""
    if root.previous is None:
        return None
    day, _, hash_ = root.previous.partition(" ")
    before = get_roots().find(day)
    if before is None or before.hash != hash_:
        return BadRow(f"root {date.fromisoformat(day)}", "root", f"it is not the one that the root of {root.day} names")
    return None
