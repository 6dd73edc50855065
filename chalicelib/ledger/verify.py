"""Walks the ledger and says whether every row follows from the ones before it; names the first that does not."""

import time
from dataclasses import dataclass
from typing import Any

from msgspec import Struct, structs

from chalicelib.ledger.entries import Broken, Standing, follow
from chalicelib.ledger.table import Entry, entry_of, head_of, raw_entries, raw_head, raw_keys

MOST_SECONDS = 8.0
_PAGE = 500
_TRIES = 5


class BadRow(Struct, frozen=True):
    """A row that is not what it must be: which, and what is wrong with it."""

    account: str
    row: str
    what: str


class Progress(Struct):
    """How far a walk has got: what it has seen, and where it goes on, in an account or between two."""

    accounts: int = 0
    entries: int = 0
    position: dict[str, Any] | None = None
    last: str | None = None
    standing: dict[str, Any] | None = None
    waiting: list[str] = []


@dataclass(frozen=True)
class Walked:
    """What a walk came to."""

    progress: Progress
    bad: BadRow | None
    done: bool


def verify(progress: Progress, *, most_seconds: float = MOST_SECONDS) -> Walked:
    """
    Walk on for some seconds: every row of the ledger is read, whatever index or head says of it.

    Each entry must follow from the one before it, be spelled as we spell it, and lead to its head.
    """
    until = time.monotonic() + most_seconds
    begun = progress.position is not None or progress.last is not None
    # However late it is, a call does not end where it began.
    read = False
    while True:
        while progress.waiting:
            bad, whole = _account(progress.waiting[0], progress, until=until)
            if bad is not None or not whole:
                return Walked(progress, bad, done=False)
            progress.last = progress.waiting.pop(0)
            progress.accounts += 1
        if begun and progress.position is None:
            return Walked(progress, None, done=True)
        if read and time.monotonic() > until:
            return Walked(progress, None, done=False)
        read = True
        names, progress.position = raw_keys(progress.position, limit=_PAGE)
        begun = True
        progress.waiting = [name for name in dict.fromkeys(names) if name != progress.last]
        if not progress.waiting and progress.position is None:
            return Walked(progress, None, done=True)


def _account(account: str, progress: Progress, *, until: float) -> tuple[BadRow | None, bool]:
    """Walk one account, from where it was left. Returns what is bad, and whether it was walked to its end."""
    standing = Standing(**progress.standing) if progress.standing else Standing()
    for _ in range(_TRIES):
        for raw in raw_entries(account, after=standing.seq):
            try:
                standing = _followed(standing, raw)
            except Broken as broken:
                return BadRow(account, _named(raw), str(broken)), True
            progress.entries += 1
            if time.monotonic() > until:
                progress.standing = structs.asdict(standing)
                return None, False
        head = raw_head(account)
        if head is not None and head == head_of(account, standing).serialize():
            progress.standing = None
            return None, True
        # Perhaps an entry was added meanwhile: what came after the last one is looked at, and the head again.
    return BadRow(account, "head", _wrong(standing, account, head)), True


def _followed(standing: Standing, raw: dict[str, Any]) -> Standing:
    try:
        entry = Entry.from_raw_data(raw)
        line = entry.line
        spelled = entry_of(line).serialize()
    except Exception as unreadable:
        raise Broken(f"it cannot be read: {type(unreadable).__name__}") from unreadable
    after = follow(standing, line)
    for name in sorted(set(spelled) | set(raw)):
        if spelled.get(name) != raw.get(name):
            raise Broken(f"its {name} is not what follows from the rest of it")
    return after


def _wrong(standing: Standing, account: str, head: dict[str, Any] | None) -> str:
    if head is None:
        return "it is missing"
    expected = head_of(account, standing).serialize()
    names = [name for name in sorted(set(expected) | set(head)) if expected.get(name) != head.get(name)]
    return f"its {', '.join(names)} is not what follows from the entries"


def _named(raw: dict[str, Any]) -> str:
    return f"entry {raw['sk'].get('S', '?')}"
