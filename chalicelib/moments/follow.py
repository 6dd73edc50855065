"""
What followed an ask: the friends who were brought within a time, and what their sales and rewards come to.

Of those who were asked and of those who were held out, friends are found in the same way: by the person who brought
them, however they became a partner. Idempotent: each fact is read again as it is now, so that order and repeats do not
matter.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

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
from chalicelib.moments.table import Moment, Result
from chalicelib.partners import find as partners
from chalicelib.programs import find as programs
from chalicelib.programs.table import Program
from chalicelib.referrals.find import find_rows
from chalicelib.referrals.table import Referral, referral_key
from chalicelib.rewards.table import REFUSED, REVERSED, REWARD, Reward

# For how long after an ask a friend counts as brought by it.
COMPARED_FOR = timedelta(days=90)
_MOST_FRIENDS = 100
_KEPT_FOR = timedelta(days=400)
_CONVERSIONS = frozenset(
    f"conversion.{what}" for what in ("recorded", "credited", "refunded", "restored", "amended", "moved", "voided")
)


def follow(facts: Sequence[Fact], *, at: datetime) -> None:
    """Note what facts say of friends who were brought after an ask."""
    for fact in facts:
        program = programs.find(fact.program_id).program
        if fact.type == "referral.created" and fact.customer_id is not None:
            _friend(program, fact.customer_id)
        elif fact.type in _CONVERSIONS:
            _sale(program, fact.subject_id, at=at)
        elif fact.type.startswith("reward."):
            _reward(program, fact.subject_id, at=at)


def moment_before(program: Program, partner_id: str, bound_at: datetime) -> Moment | None:
    """Return by which moment a partner was asked last, or would have been, before they brought someone."""
    partner = partners.find_rows([partner_id]).get(partner_id)
    if partner is not None and partner.merged_into is not None:
        partner = partners.find_rows([partner.merged_into]).get(partner.merged_into)
    if partner is None:
        return None
    customer_ids = customers_of(partner, program)
    accounts = find_rows(customer_ids).values()
    every = [one for row in accounts for one in (*row.every_id, *([row.merged_into] if row.merged_into else []))]
    stored = find_asks(list(dict.fromkeys(every)), program.id)
    asks = [ask for row in stored.values() for ask in row.asks]
    within = [ask for ask in asks if parse(ask.at) <= bound_at < parse(ask.at) + COMPARED_FOR]
    last = max(within, key=lambda ask: ask.at, default=None)
    return find_or_none(last.moment) if last is not None else None


def _brought_by(program: Program, friend: str, partner_id: str | None = None) -> tuple[Moment | None, Referral | None]:
    """Return by which moment a friend was brought, and their referral; of another partner than theirs, by none."""
    referral = rows.find(Referral, friend, referral_key(program.id))
    if referral is None or (partner_id is not None and referral.partner_id != partner_id):
        return None, None
    return moment_before(program, referral.partner_id, referral.bound_at), referral


def _friend(program: Program, friend: str) -> None:
    for _ in writes.attempts():
        moment, referral = _brought_by(program, friend)
        if moment is None or referral is None or friend in moment.friends or len(moment.friends) >= _MOST_FRIENDS:
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


def _sale(program: Program, conversion_id: str, *, at: datetime) -> None:
    """Note what a friend's sale comes to now, for the partner it is credited to."""
    conversion = rows.find(Conversion, conversion_id, "conversion")
    if conversion is None:
        return
    moment, _ = _brought_by(program, conversion.customer_id)
    if moment is None or not moment.is_asked or not conversion.priced:
        return
    now = credited(conversion)
    counts = conversion.voided_at is None and now.partner_id is not None
    _note(moment, f"sale#{conversion_id}", revenue=conversion.state.left if counts else 0, reward_cost=0, at=at)


def _reward(program: Program, reward_id: str, *, at: datetime) -> None:
    """Note what is left of a reward for a friend, of either side."""
    reward = rows.find(Reward, reward_id, REWARD)
    if reward is None or reward.customer_id is None or reward.benefit is not None:
        return
    moment, _ = _brought_by(program, reward.customer_id)
    if moment is None or not moment.is_asked:
        return
    cost = 0 if reward.state in (REFUSED, REVERSED) else reward.remaining
    _note(moment, f"reward#{reward_id}", revenue=0, reward_cost=cost, at=at)


def _note(moment: Moment, name: str, *, revenue: int, reward_cost: int, at: datetime) -> None:
    """Write what something comes to now, and add the difference to the moment and its counts, at once."""
    for _ in writes.attempts():
        key = (moment.id, name)
        stored = rows.find(Result, *key)
        before = stored or Result(*key, program_id=moment.program_id)
        differences = {"revenue": revenue - before.revenue, "reward_cost": reward_cost - before.reward_cost}
        if not any(differences.values()):
            return
        result = Result(
            *key,
            program_id=moment.program_id,
            revenue=revenue,
            reward_cost=reward_cost,
            version=before.version + 1,
            expires=at + _KEPT_FOR,
        )
        put = writes.put_if(result, Result.version == before.version) if stored else writes.insert(result)
        added = [getattr(Moment, what).add(amount) for what, amount in differences.items() if amount]
        of_moment = writes.update_if(moment, *added, condition=Moment.state.exists())
        if not writes.commit(put, of_moment, counted(moment, differences)):
            return
    raise Busy("The same sale is noted in parallel; the event is delivered again.")
