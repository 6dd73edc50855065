"""
What followed an ask: the friends who were brought within a time, and what their sales and rewards come to.

Of those who were asked and of those who were held out, friends are found in the same way: by the person who brought
them, however they became a partner. Idempotent: each fact is read again as it is now, so that order and repeats do not
matter.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial

from msgspec import Struct

from chalicelib.conversions.credits import credited
from chalicelib.conversions.table import Conversion
from chalicelib.kit.dynamo import rows, writes
from chalicelib.kit.errors import Busy
from chalicelib.kit.instants import parse
from chalicelib.kit.revisions import change
from chalicelib.moments.counts import counted
from chalicelib.moments.facts import Fact
from chalicelib.moments.move import find_or_none, moved
from chalicelib.moments.people import customers_of, find_asks
from chalicelib.moments.states import moves_on
from chalicelib.moments.table import Ask, Moment, Result
from chalicelib.partners.duplicates import find_survivors
from chalicelib.programs import find as programs
from chalicelib.programs.table import Program
from chalicelib.referrals.find import find_rows
from chalicelib.referrals.table import Customer, Referral, referral_key
from chalicelib.rewards.table import REFUSED, REVERSED, REWARD, Reward

# For how long after an ask a friend counts as brought by it.
COMPARED_FOR = timedelta(days=90)
_MOST_FRIENDS = 100
_KEPT_FOR = timedelta(days=400)
_CONVERSIONS = frozenset(
    f"conversion.{what}" for what in ("recorded", "credited", "refunded", "restored", "amended", "moved", "voided")
)


def follow(facts: Sequence[Fact], reports: Mapping[str, Conversion], *, at: datetime) -> None:
    """
    Note what facts say of friends who were brought after an ask; *reports* are the conversions that they are about.

    Reads: rewards, friends and who brought these, each a hundred a call; and a call for the address of each of these.
    """
    for program_id in dict.fromkeys(fact.program_id for fact in facts):
        program = programs.find(program_id).program
        _follow(program, [fact for fact in facts if fact.program_id == program_id], reports, at=at)


class _Brought(Struct, frozen=True):
    """The referral of a friend, and the last moment by which the partner was asked before, or would have been."""

    referral: Referral
    moment_id: str

    @property
    def moment(self) -> Moment | None:
        """Return the moment as it is now; None if it was deleted meanwhile."""
        return find_or_none(self.moment_id)


def _follow(program: Program, facts: Sequence[Fact], reports: Mapping[str, Conversion], *, at: datetime) -> None:
    keys = [(fact.subject_id, REWARD) for fact in facts if fact.type.startswith("reward.")]
    rewards = {key: row for (key, _), row in rows.find_all(Reward, list(dict.fromkeys(keys))).items()}
    friends: dict[str, str] = {}
    for fact in facts:
        row = fact if fact.type == "referral.created" else reports.get(fact.subject_id) or rewards.get(fact.subject_id)
        if row is not None and row.customer_id is not None:
            friends[fact.id] = row.customer_id
    brought = _find_brought(program, friends.values())
    for fact in facts:
        one = brought.get(friends.get(fact.id, ""))
        if one is None:
            continue
        if fact.type == "referral.created":
            _friend(one)
        elif fact.type in _CONVERSIONS:
            _note(one, f"sale#{fact.subject_id}", partial(_revenue_of, fact.subject_id), at=at)
        elif fact.type.startswith("reward."):
            _note(one, f"reward#{fact.subject_id}", partial(_cost_of, fact.subject_id), at=at)


def _find_brought(program: Program, friends: Iterable[str]) -> dict[str, _Brought]:
    """Return by whom, and after which moment, friends were brought: of those who were at all, by their ids."""
    keys = [(friend, referral_key(program.id)) for friend in dict.fromkeys(friends)]
    referrals = rows.find_all(Referral, keys)
    asks = _asks_of({row.partner_id for row in referrals.values()}, program)
    brought: dict[str, _Brought] = {}
    for (friend, _), referral in referrals.items():
        before = [
            ask
            for ask in asks.get(referral.partner_id, ())
            if parse(ask.at) <= referral.bound_at < parse(ask.at) + COMPARED_FOR
        ]
        if before:
            brought[friend] = _Brought(referral, max(before, key=lambda ask: ask.at).moment)
    return brought


def _asks_of(partner_ids: Collection[str], program: Program) -> dict[str, list[Ask]]:
    """Return when partners were asked as customers, or would have been; of a duplicate, when their survivor was."""
    people = find_survivors(sorted(partner_ids))
    customers = customers_of(list({row.id: row for row in people.values()}.values()), program)
    accounts = find_rows(dict.fromkeys(one for own in customers.values() for one in own))
    every = {one: _every_id(row) for one, row in accounts.items()}
    stored = find_asks(list(dict.fromkeys(one for own in every.values() for one in own)), program.id)
    asks: dict[str, list[Ask]] = {}
    for identifier, person in people.items():
        own = dict.fromkeys(one for account in customers[person.id] for one in every.get(account, ()))
        asks[identifier] = [ask for one in own if one in stored for ask in stored[one].asks]
    return asks


def _every_id(customer: Customer) -> list[str]:
    """Return our ids of a customer and their guests; of a guest who was merged, of the account, too."""
    return [*customer.every_id, *([customer.merged_into] if customer.merged_into is not None else [])]


def _friend(brought: _Brought) -> None:
    referral = brought.referral
    friend = referral.customer_id
    for _ in writes.attempts():
        moment = brought.moment
        if moment is None or friend in moment.friends or len(moment.friends) >= _MOST_FRIENDS:
            return
        is_first = not moment.friends
        friends = [Moment.friends.set([*moment.friends, friend]), Moment.partner_id.set(referral.partner_id)]
        if not moment.is_asked:
            amounts = {"compared_brought": int(is_first)}
            changes = [change(moment, *friends), *([counted(moment, amounts)] if is_first else [])]
        elif moves_on(moment.state, "brought"):
            changes = moved(moment, "brought", *friends, also={"friends": 1})
        else:
            changes = [change(moment, *friends), counted(moment, {"friends": 1})]
        if not writes.commit(*changes):
            return
    raise Busy("Too many friends of one person at once; the event is delivered again.")


def _revenue_of(conversion_id: str) -> dict[str, int] | None:
    """Return what a friend's sale comes to now, for the partner it is credited to."""
    conversion = rows.find(Conversion, conversion_id, "conversion")
    if conversion is None or not conversion.priced:
        return None
    counts = conversion.voided_at is None and credited(conversion).partner_id is not None
    return {"revenue": conversion.state.left if counts else 0, "reward_cost": 0}


def _cost_of(reward_id: str) -> dict[str, int] | None:
    """Return what is left of a reward for a friend, of either side."""
    reward = rows.find(Reward, reward_id, REWARD)
    if reward is None or reward.benefit is not None:
        return None
    return {"revenue": 0, "reward_cost": 0 if reward.state in (REFUSED, REVERSED) else reward.remaining}


def _note(brought: _Brought, name: str, read: Callable[[], dict[str, int] | None], *, at: datetime) -> None:
    """
    Write what something comes to now, and add the difference to the moment of an ask and its counts, at once.

    What it comes to is read after what was noted before: of two that note it at once, the later one knows all.
    """
    moment = brought.moment
    if moment is None or not moment.is_asked:
        return
    key = (moment.id, name)
    for _ in writes.attempts():
        stored = rows.find(Result, *key)
        before = stored or Result(*key, program_id=moment.program_id)
        now = read()
        if now is None:
            return
        differences = {what: amount - getattr(before, what) for what, amount in now.items()}
        if not any(differences.values()):
            return
        result = Result(*key, program_id=moment.program_id, version=before.version + 1, expires=at + _KEPT_FOR)
        for what, amount in now.items():
            setattr(result, what, amount)
        put = writes.put_if(result, Result.version == before.version) if stored else writes.insert(result)
        added = [getattr(Moment, what).add(amount) for what, amount in differences.items() if amount]
        of_moment = writes.update_if(moment, *added, condition=Moment.state.exists())
        if not writes.commit(put, of_moment, counted(moment, differences)):
            return
    raise Busy("The same sale is noted in parallel; the event is delivered again.")
