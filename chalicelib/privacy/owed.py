"""The money a person is owed, before they are erased: without a name and an address, no one could be paid."""

from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from chalicelib.kit import walk
from chalicelib.kit.dynamo import rows
from chalicelib.kit.errors import Busy, Refused
from chalicelib.kit.walk import Deadline
from chalicelib.ledger import find as ledger
from chalicelib.ledger.entries import AccountState, account_of
from chalicelib.ledger.find import account_state, account_states
from chalicelib.notes.table import new_note
from chalicelib.privacy.people import Person
from chalicelib.rewards.find import state_of
from chalicelib.rewards.review import refuse
from chalicelib.rewards.table import DUE, HELD, REWARD, Reward

# No reaction has an actor: only the API and pages have one.
if TYPE_CHECKING:
    from chalicelib.audit.actor import Actor

# The note on the record of each reward a person gave up: it names no one.
GIVEN_UP = "Given up by the person it was for, who asked to be erased."
_PAGE = 100


class MoneyOwed(Refused):
    """Money is owed to the person: pay it first, or ask them to give it up."""

    STATUS_CODE = 409


class PayoutUnderWay(Refused):
    """A payout to this person is under way; settle it first."""

    STATUS_CODE = 409


def owed(person: Person) -> dict[str, AccountState]:
    """Return a person's accounts with money owed to them, by currency; accounts with debts are left out."""
    accounts = {account_of(person.id, currency): currency for currency in person.currencies}
    states = account_states(list(accounts))
    return {accounts[one]: state for one, state in states.items() if max(state.held, state.due, state.frozen) > 0}


def check_owed(person: Person) -> None:
    """Refuse to erase a person who is owed money, and say how much."""
    accounts = owed(person)
    if any(state.frozen for state in accounts.values()):
        raise PayoutUnderWay("A payout to them is under way; confirm it, or fail it, and send the same call again.")
    if accounts:
        amounts = {currency: max(state.held, 0) + max(state.due, 0) for currency, state in accounts.items()}
        spelled = ", ".join(f"{amount} {currency} (minor units)" for currency, amount in amounts.items())
        raise MoneyOwed(f"They are owed {spelled}: pay it, or have them give it up.", details={"owed": amounts})


def give_up(person: Person, *, actor: "Actor", at: datetime, deadline: Deadline) -> None:
    """
    Refuse what a person is owed, at their own wish: reward by reward, each with a ledger entry.

    Idempotent: another call continues. Raises Busy if there is not enough time for all of them. A payment that the bank
    returned is no longer a reward that can be refused: it stays owed, and must be paid.
    """
    for currency, state in owed(person).items():
        if state.frozen:
            raise PayoutUnderWay("A payout to them is under way; confirm it, or fail it, and send the same call again.")
        read = partial(_rewards, person.id, currency)
        for reward in walk.each(read):
            if state_of(reward, account_state(reward.account)).state in (HELD, DUE) and reward.remaining:
                if deadline.passed:
                    raise Busy("There are many rewards to give up; send the same call again for the rest.")
                refuse(reward.pk, new_note(GIVEN_UP, at=at), actor=actor, at=at)


def _rewards(
    owner_id: str, currency: str, *, position: walk.Position | None
) -> tuple[list[Reward], walk.Position | None]:
    entries, following = ledger.page(owner_id, currency, limit=_PAGE, position=position)
    keys = [(entry.reward_id, REWARD) for entry in entries if entry.kind == "reward"]
    return list(rows.find_all(Reward, keys).values()), following
