"""
Leases a program's budget to its partners in slices, so that not every decision writes the budget's one row.

A move of money between the budget and leases is one transaction, which holds only if both rows are as they were read:

    extend      some of the budget is not leased    the budget's `leased` and the lease grow
    take over   all of it is                        another lease shrinks to what it uses, ours grows by that
    shrink      newer terms limit it to less        a lease shrinks to what it uses, the budget's `leased` by as much
    overdraw    a refund was undone                 a lease grows to what it uses again, and `leased` by as much
"""

from chalicelib.kit.dynamo import rows, writes
from chalicelib.kit.dynamo.writes import Write
from chalicelib.rewards.caps import AppliedCap, Key
from chalicelib.rewards.table import Budget, CapUsage

_BUDGET, _LEASE = "budget", "lease#"
# A lease grows by at least this part of the budget.
_SLICES = 50


def lease(cap: AppliedCap, amount: int) -> None:
    """
    Extend a partner's lease so that it leaves *amount*, as far as the budget allows.

    First with unleased budget, then with what others lease and do not use: no reward is cut while any of
    the budget is free. What is leased and never used stays free for all.
    """
    for _ in writes.attempts():
        if not _shrink_others(cap):
            continue
        own = _read(cap.key)
        missing = own.used + amount - own.leased
        if missing <= 0 or _extend(cap, own, missing) or _take_over(cap, own, missing):
            return
    # No reward is cut because of contention: the record is delivered again.
    raise RuntimeError(f"{cap.key[0]}: its leases change too fast")


def peek(cap: AppliedCap, *, freed: int = 0) -> CapUsage:
    """
    Return a partner's lease of a budget as it could be extended now; nothing is written.

    *freed* is what another lease of the budget would have unused by then.
    """
    leases = _leases(cap)
    used = next((row.used for row in leases if row.sk == cap.key[1]), 0)
    rest = max(0, cap.limit - sum(row.used for row in leases) + freed)
    return CapUsage(*cap.key, used=used, leased=used + rest)


def over_leased(cap: AppliedCap) -> bool:
    """Return whether more of a budget is leased than there is: newer terms limit it to less."""
    budget = rows.find(Budget, cap.key[0], _BUDGET)
    return budget is not None and budget.leased > cap.limit


def is_lease(key: Key) -> bool:
    """Return whether a cap's usage is a partner's lease of a budget."""
    return key[1].startswith(_LEASE)


def overdraw(own: CapUsage, amount: int) -> list[Write]:
    """Return the writes by which a lease uses an amount even above its limit; both hold if the rows are as read."""
    missing = max(0, own.used + amount - own.leased)
    same = (CapUsage.used == own.used) & (CapUsage.leased == own.leased)
    actions = [CapUsage.used.set(own.used + amount), CapUsage.leased.set(own.leased + missing)]
    grown = [writes.update_if(own, *actions, condition=same)]
    if missing:
        budget = rows.find(Budget, own.pk, _BUDGET)
        grown.append(_change_budget(own.pk, budget.leased if budget else 0, missing))
    return grown


def _shrink_others(cap: AppliedCap) -> bool:
    """Take back unused leases, as long as more is leased than the budget has; return whether that is done."""
    budget = rows.find(Budget, cap.key[0], _BUDGET)
    excess = budget.leased - cap.limit if budget else 0
    if excess <= 0:
        return True
    for lease in _leases(cap):
        size = min(excess, lease.leased - lease.used)
        if size > 0:
            budget = rows.find(Budget, cap.key[0], _BUDGET)
            assert budget is not None, "a lease is of a budget"
            if writes.commit(_change_budget(cap.key[0], budget.leased, -size), _change_lease(lease, -size)):
                return False
            excess -= size
    return True


def _extend(cap: AppliedCap, own: CapUsage, missing: int) -> bool:
    """Lease unleased budget; return whether nothing is missing."""
    budget = rows.find(Budget, cap.key[0], _BUDGET)
    leased = budget.leased if budget else 0
    size = min(cap.limit - leased, max(missing, cap.limit // _SLICES))
    if size <= 0:
        return False
    extended = not writes.commit(_change_budget(cap.key[0], leased, size), _change_lease(own, size))
    return extended and size >= missing


def _take_over(cap: AppliedCap, own: CapUsage, missing: int) -> bool:
    """Take over unused leases of others; return whether nothing is missing, or nothing is left."""
    others = [row for row in _leases(cap) if row.sk != own.sk and row.leased > row.used]
    for other in sorted(others, key=lambda row: row.used - row.leased):
        size = min(missing, other.leased - other.used)
        if writes.commit(_change_lease(other, -size), _change_lease(own, size)):
            return False
        own = _read(cap.key)
        missing -= size
        if missing <= 0:
            break
    return missing <= 0 or not others


def _leases(cap: AppliedCap) -> list[CapUsage]:
    return list(CapUsage.query(cap.key[0], CapUsage.sk.startswith(_LEASE), consistent_read=True))


def _read(key: Key) -> CapUsage:
    return rows.find(CapUsage, *key) or CapUsage(*key, used=0, leased=0)


def _change_lease(lease: CapUsage, size: int) -> Write:
    if lease.leased == 0 and lease.used == 0:
        fresh = CapUsage.leased.does_not_exist() | ((CapUsage.leased == 0) & (CapUsage.used == 0))
        return writes.put_if(CapUsage(lease.pk, lease.sk, used=0, leased=size), fresh)
    same = (CapUsage.leased == lease.leased) & (CapUsage.used == lease.used)
    return writes.update_if(lease, CapUsage.leased.set(lease.leased + size), condition=same)


def _change_budget(key: str, leased: int, size: int) -> Write:
    row = Budget(key, _BUDGET, leased=leased + size)
    same = Budget.leased == leased
    return writes.put_if(row, same | Budget.leased.does_not_exist() if leased == 0 else same)
