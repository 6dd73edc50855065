"""
Approval: a payout above an amount needs a second person before its list is exported or it is confirmed.

The amounts are of the deployment, by currency: a payout is of what all programs owe. Adjustments have amounts of their
own, set in the same way.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from chalicelib.audit.actor import Actor
from chalicelib.audit.entries import Action
from chalicelib.kit import bodies
from chalicelib.kit.dynamo import rows, writes
from chalicelib.kit.errors import Busy, InvalidValue, Refused
from chalicelib.kit.money import Money
from chalicelib.payouts.find import PayoutConflict, find
from chalicelib.payouts.table import PREPARED, ApprovalSettings, Payout

# What a second person approves; each has a row of amounts, under this name.
ApprovalOf = Literal["approval", "adjustment_approval"]
_SET: dict[ApprovalOf, tuple[Action, str]] = {
    "approval": ("payout.approval_set", "payouts"),
    "adjustment_approval": ("adjustment.approval_set", "adjustments"),
}


class PayoutNeedsApproval(Refused):
    """The payout is above the amount from which a second person has to approve it, and no one has approved it yet."""

    STATUS_CODE = 409


class SecondPersonNeeded(Refused):
    """A second person has to approve: the one who prepared, requested or confirms this cannot."""

    STATUS_CODE = 409


def read_settings(of: ApprovalOf = "approval") -> ApprovalSettings:
    """Return the amounts above which a second person has to approve; none by default."""
    return rows.find(ApprovalSettings, "settings", of) or ApprovalSettings()


def set_amounts(amounts: list[Money], *, of: ApprovalOf = "approval", actor: Actor, at: datetime) -> ApprovalSettings:
    """Have what is above these amounts need a second person from now on, and nothing else. One amount a currency."""
    above = {one.currency: one.amount for one in amounts}
    if len(above) < len(amounts):
        raise InvalidValue("Say one amount a currency.", pointer="/approval_above")
    for currency in above:
        bodies.check_currency(currency)
    for _ in writes.attempts():
        before, (action, subject) = read_settings(of), _SET[of]
        changed = ApprovalSettings("settings", of, above=above, version=before.version + 1)
        unchanged = ApprovalSettings.version == before.version
        condition = unchanged if before.version else ApprovalSettings.version.does_not_exist()
        write = writes.put_if(changed, condition)
        replaced = before if before.version else None
        if not actor.commit(write, action=action, subject=subject, before=replaced, at=at):
            return changed
    raise Busy("This setting is being changed too often right now; send the same call again.")


def needs_approval(payout: Payout, above: Mapping[str, int]) -> bool:
    """Return whether a second person has to approve a payout, and none has."""
    return payout.approved_by is None and payout.total > above.get(payout.currency, payout.total)


def check_approved(payout: Payout, actor: Actor | None = None) -> None:
    """
    Refuse a payout that a second person has to approve, and none has; or, by an *actor* who confirms it, their own.

    What was approved is asked no setting.
    """
    if actor is not None and actor.id == payout.approved_by:
        raise SecondPersonNeeded("You approved this payout; another person must confirm it.")
    if payout.approved_by is None and needs_approval(payout, read_settings().above):
        raise PayoutNeedsApproval("A second person must approve this payout on its page first.")


def may_approve(payout: Payout, actor: Actor) -> bool:
    """Return whether an actor is another person than who prepared a payout."""
    return _is_person(actor) and actor.id not in (payout.created_by, payout.prepared_by)


def approve(identifier: str, *, actor: Actor, at: datetime) -> Payout:
    """Approve a sealed payout as the second person. Idempotent; refused to keys, and to the person who prepared it."""
    payout = find(identifier)
    if payout.status != PREPARED:
        raise PayoutConflict(f"Only a prepared payout can be approved; this one is {payout.status}.")
    if not may_approve(payout, actor):
        raise SecondPersonNeeded(
            "A person other than the one who prepared this payout must approve it, signed in by email."
        )
    if payout.approved_by is None:
        unapproved = Payout.approved_by.does_not_exist() & (Payout.status == PREPARED)
        actions = [Payout.approved_by.set(actor.id), Payout.approved_at.set(at)]
        approved = writes.update_if(payout, *actions, condition=unapproved)
        actor.commit(approved, action="payout.approved", subject=payout.id, at=at)
    return find(identifier)


def _is_person(actor: Actor) -> bool:
    return actor.kind == "session" and actor.id.startswith("usr_")
