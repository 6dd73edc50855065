"""Reads how much of each cap is used, and returns the writes that consume and restore headroom."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from chalicelib.kit.dynamo import rows, writes
from chalicelib.kit.dynamo.writes import Write
from chalicelib.programs.terms import Side
from chalicelib.rewards.caps import AppliedCap, Consumption, Headroom, Key
from chalicelib.rewards.lease import is_lease, lease, over_leased, overdraw
from chalicelib.rewards.table import CapUsage, Reward


def read_usage(caps: Mapping[Key, AppliedCap], amounts: Mapping[Key, int]) -> dict[Key, CapUsage]:
    """Return the usage of caps; first, extend a partner's lease of a budget to an amount, as far as possible."""
    usage = rows.find_all(CapUsage, list(caps))
    budgets = [cap for cap in caps.values() if cap.budget]
    short = [cap for cap in budgets if _free(usage.get(cap.key)) < amounts[cap.key] or over_leased(cap)]
    for cap in short:
        lease(cap, amounts[cap.key])
    return rows.find_all(CapUsage, list(caps)) if short else usage


def headroom_of(caps: Mapping[Key, AppliedCap], usage: Mapping[Key, CapUsage]) -> Headroom:
    """Return the headroom that usage leaves of caps."""
    leased = {key: usage[key].leased if key in usage else 0 for key, cap in caps.items() if cap.budget}
    return Headroom({key: row.used for key, row in usage.items()}, leased)


def consume(consumption: Consumption, usage: CapUsage | None) -> Write:
    """Return the write of what was consumed; *usage* is the row as it was read."""
    cap, amount = consumption.cap, consumption.amount
    if usage is None:
        return writes.insert(CapUsage(*cap.key, used=amount))
    same_lease = CapUsage.leased == usage.leased
    condition = CapUsage.used <= consumption.most_used_before
    if consumption.exhausted:
        condition = (CapUsage.used == usage.used) & same_lease
    elif cap.budget:
        condition &= same_lease
    return writes.update_if(usage, CapUsage.used.add(amount), condition=condition)


def restore(reversals: Iterable[tuple[Reward, int]]) -> list[Write]:
    """Return the writes that restore headroom for amounts taken back from rewards, where the terms say so."""
    amounts: dict[Key, int] = defaultdict(int)
    for reward, amount in reversals:
        for key in reward.restored_caps:
            amounts[key] += amount
    return [
        writes.update_if(CapUsage(*key), CapUsage.used.add(-amount), condition=CapUsage.used >= amount)
        for key, amount in amounts.items()
        if amount
    ]


def retake(moved: Iterable[tuple[Reward, int]]) -> list[Write]:
    """
    Return the writes that use headroom again that a refund restored, for amounts (negative) given back to rewards.

    Even above the limit: an undone refund freed nothing, and rewards that used its headroom since keep it, too. A
    budget's lease, and its leased amount, grow by the missing part.
    """
    amounts: dict[Key, int] = defaultdict(int)
    for reward, amount in moved:
        for key in reward.restored_caps:
            amounts[key] -= amount
    return [write for key, amount in amounts.items() if amount for write in _use_again(key, amount)]


def _use_again(key: Key, amount: int) -> list[Write]:
    usage = rows.find(CapUsage, *key)
    if usage is None:
        return []
    if is_lease(key):
        return overdraw(usage, amount)
    return [writes.update_if(usage, CapUsage.used.add(amount), condition=CapUsage.used >= 0)]


def hand_over(
    before: Iterable[AppliedCap], after: Iterable[AppliedCap], *, taken: Mapping[Side, int], carried: int
) -> list[Write]:
    """
    Return the writes that free, in all caps of a credit, what is *taken* back of each side, and hand over *carried*.

    From then on, *carried* uses the same caps of another credit, even above their limits; a budget, with its part of
    a lease.
    """
    pairs = [(old, new) for old, new in zip(before, after, strict=True) if old.stored]
    usage = rows.find_all(CapUsage, list({cap.key for pair in pairs for cap in pair}))
    changed: list[Write] = []
    for old, new in pairs:
        freed = sum(taken[side] for side in old.sides)
        along = carried if "referee" in old.sides and old.key != new.key else 0
        own, other = usage.get(old.key), usage.get(new.key)
        if own is not None and freed + along:
            leased = own.leased - (along if old.budget else 0)
            changed.append(_set(own, used=max(0, own.used - freed - along), leased=max(0, leased)))
        if along:
            leased = along if old.budget else 0
            changed.append(
                writes.insert(CapUsage(*new.key, used=along, leased=leased))
                if other is None
                else _set(other, used=other.used + along, leased=other.leased + leased)
            )
    return changed


def _set(usage: CapUsage, *, used: int, leased: int) -> Write:
    same = (CapUsage.used == usage.used) & (CapUsage.leased == usage.leased)
    return writes.update_if(usage, CapUsage.used.set(used), CapUsage.leased.set(leased), condition=same)


def change(cap: AppliedCap, amount: int, usage: CapUsage | None) -> Write | None:
    """Return the write that uses so much more of a cap, or less; *usage* is the row as it was read."""
    if not amount:
        return None
    if usage is None:
        return writes.insert(CapUsage(*cap.key, used=amount))
    same = (CapUsage.used == usage.used) & (CapUsage.leased == usage.leased)
    return writes.update_if(usage, CapUsage.used.add(amount), condition=same)


def _free(usage: CapUsage | None) -> int:
    return usage.leased - usage.used if usage else 0
