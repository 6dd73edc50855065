"""What a payout would pay, before there is one."""

from datetime import datetime

from msgspec import Struct

from chalicelib.kit.walk import Deadline
from chalicelib.ledger import find as ledger
from chalicelib.ledger.find import account_states
from chalicelib.ledger.find_owner import find_owner, is_withheld, minimum_payout, owed_elsewhere
from chalicelib.ledger.table import SHARDS

_PAGE = 100


class PayoutPreview(Struct):
    """
    How much a payout would pay to how many accounts, and how much stays due to those below their minimum.

    What is *withheld* is of partners who are suspended or banned, and whose earnings are held; and of those who took an
    account over, and have not confirmed their payee.

    If it is not *complete*, there was no time to look at all accounts, and it is at least so much.
    """

    accounts: int = 0
    total: int = 0
    accounts_below: int = 0
    total_below: int = 0
    accounts_withheld: int = 0
    total_withheld: int = 0
    complete: bool = False


def preview(currency: str, *, at: datetime, most_seconds: float, most_calls: int) -> PayoutPreview:
    """Add up what accounts are due as `prepare` would take it; writes nothing. Bounded by time and calls."""
    result, deadline = PayoutPreview(), Deadline(most_seconds, most_calls)
    for shard in range(SHARDS):
        last, more = None, True
        while more:
            accounts, more = ledger.accounts(shard, after=last, limit=_PAGE)
            last = accounts[-1] if accounts else None
            states = account_states([one for one in accounts if one.endswith(f"#{currency}")])
            for account, state in states.items():
                if deadline.passed:
                    return result
                if not state.payout and state.due > 0:
                    _add(result, account.partition("#")[0], currency, state.due, at=at)
    result.complete = True
    return result


def _add(result: PayoutPreview, owner_id: str, currency: str, due: int, *, at: datetime) -> None:
    owner = find_owner(owner_id)
    due -= owed_elsewhere(owner, currency, due)
    if due <= 0:
        return
    if is_withheld(owner):
        result.accounts_withheld += 1
        result.total_withheld += due
    elif due < minimum_payout(owner, currency, at=at):
        result.accounts_below += 1
        result.total_below += due
    else:
        result.accounts += 1
        result.total += due
