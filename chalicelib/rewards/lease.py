"""Leases a program's budget to its partners in slices, so that one row does not put all of them in a line."""

from chalicelib.kit.dynamo import rows, writes
from chalicelib.kit.dynamo.writes import Write
from chalicelib.rewards.caps import Key, Use
from chalicelib.rewards.table import Budget, CapUse

_BUDGET = "budget"
_SLICES = 50


def lease(use: Use, wanted: int) -> None:
    """
    See that a partner's lease has room for *wanted*, as far as the budget goes.

    A slice comes from what is not leased yet; once all is, from what others lease and do not use: no
    reward is cut while any of the budget is free. What is leased and never used stays free for all.
    """
    for _ in writes.attempts():
        if not _shrunk(use):
            continue
        own = _read(use.key)
        short = own.used + wanted - own.leased
        if short <= 0 or _sliced(use, own, short) or _reclaimed(use, own, short):
            return
    # Nobody is cut because many ask at once: the record comes again.
    raise RuntimeError(f"{use.key[0]}: its leases change too fast")


def over(use: Use) -> bool:
    """Say whether more of a budget is leased than there is by now: other terms limit it to less."""
    budget = rows.find(Budget, use.key[0], _BUDGET)
    return budget is not None and budget.leased > use.limit


def _shrunk(use: Use) -> bool:
    """Take back leases that are not used, as far as more is leased than there is; say whether that is done."""
    budget = rows.find(Budget, use.key[0], _BUDGET)
    excess = budget.leased - use.limit if budget else 0
    if excess <= 0:
        return True
    for lease in _leases(use):
        size = min(excess, lease.leased - lease.used)
        if size > 0:
            budget = rows.find(Budget, use.key[0], _BUDGET)
            assert budget is not None, "a lease is of a budget"
            if writes.commit(_raise_budget(use.key[0], budget.leased, -size), _move_lease(lease, -size)):
                return False
            excess -= size
    return True


def _leases(use: Use) -> list[CapUse]:
    return list(CapUse.query(use.key[0], CapUse.sk.startswith("lease#"), consistent_read=True))


def _sliced(use: Use, own: CapUse, short: int) -> bool:
    """Lease from what is not leased; say whether that is enough, or nothing can be had from anywhere."""
    budget = rows.find(Budget, use.key[0], _BUDGET)
    leased = budget.leased if budget else 0
    free = use.limit - leased
    size = min(free, max(short, use.limit // _SLICES))
    if size <= 0:
        return False
    raised = _raise_budget(use.key[0], leased, size)
    done = not writes.commit(raised, _move_lease(own, size))
    return done and size >= short


def _reclaimed(use: Use, own: CapUse, short: int) -> bool:
    """Take over what others lease and do not use; say whether there is nothing more to be done."""
    others = [row for row in _leases(use) if row.sk != own.sk and row.leased > row.used]
    for other in sorted(others, key=lambda row: row.used - row.leased):
        size = min(short, other.leased - other.used)
        if writes.commit(_move_lease(other, -size), _move_lease(own, size)):
            return False
        own = _read(use.key)
        short -= size
        if short <= 0:
            break
    return short <= 0 or not others


def _read(key: Key) -> CapUse:
    return rows.find(CapUse, *key) or CapUse(*key, used=0, leased=0)


def _move_lease(seen: CapUse, size: int) -> Write:
    if seen.leased == 0 and seen.used == 0:
        fresh = CapUse.leased.does_not_exist() | ((CapUse.leased == 0) & (CapUse.used == 0))
        return writes.put_if(CapUse(seen.pk, seen.sk, used=0, leased=size), fresh)
    unmoved = (CapUse.leased == seen.leased) & (CapUse.used == seen.used)
    return writes.update_if(seen, CapUse.leased.set(seen.leased + size), condition=unmoved)


def _raise_budget(key: str, leased: int, size: int) -> Write:
    row = Budget(key, _BUDGET, leased=leased + size)
    unmoved = Budget.leased == leased
    return writes.put_if(row, unmoved | Budget.leased.does_not_exist() if leased == 0 else unmoved)
