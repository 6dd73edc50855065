"""Lists rewards: by program, partner, customer, link, side, kind and state; and those that wait."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial

from chalicelib.conversions.table import credited_as, credited_late_as
from chalicelib.events.table import EventRow
from chalicelib.kit import bodies, cursors, instants
from chalicelib.kit.cursors import Listing, ListPage, Placed, ReadStretch, Stretch, merge
from chalicelib.kit.dynamo import rows
from chalicelib.kit.errors import InvalidValue
from chalicelib.kit.ids import Mode, mode_of
from chalicelib.notes.note import view_notes
from chalicelib.rewards.find import RewardState, decisions_of, hold_queue_parts, states_of
from chalicelib.rewards.shapes import RewardsQuery, RewardView
from chalicelib.rewards.table import AMENDMENT, DUE, GIVE, HELD, RESTORE, REWARD, Decision, Reward, RewardRow
from chalicelib.search.by_event import About, Expansion, about, read, select

# Per page: decisions, their rewards, a few of each, the accounts of money, and whether benefits were given.
_CALLS = 2 + 3 + 2 + 2
# Each takes four reads of the queue and at most five of its rows.
_MOST_ROUNDS = 2


def list_rewards(query: RewardsQuery, *, at: datetime) -> ListPage[RewardView]:
    """Return a page of the requested rewards, as they are now."""
    page = find_rewards(query, at=at)
    notes, now = view_notes([one.reward for one in page.data]), instants.text(at)
    views = [RewardView.of(one, note=note, now=now) for one, note in zip(page.data, notes, strict=True)]
    return ListPage(views, page.has_more, page.next_cursor, page.previous_cursor, page.count)


def find_rewards(query: RewardsQuery, *, within: frozenset[str] | None = None, at: datetime) -> ListPage[RewardState]:
    """Return a page of the requested rewards with their states; *within* are the only programs that count, if given."""
    listing = rewards_of(query, within=within, at=at)
    return cursors.page(listing.read, list, limit=query.limit, cursor=query.cursor, order=query.order, of=listing.name)


def rewards_of(query: RewardsQuery, *, within: frozenset[str] | None = None, at: datetime) -> Listing[RewardState]:
    """Return the list of the requested rewards; or of those that wait."""
    if query.waits is not None and query.due_on is not None:
        raise InvalidValue("Ask for one of the lists of what waits.", pointer="/due_on")
    focus = about(program=query.program, partner=query.partner, customer=query.customer, link=query.link)

    def fits(state: RewardState) -> bool:
        reward = state.reward
        kind = reward.benefit.kind if reward.benefit is not None else "money"
        pairs = (
            *((query.state, state.state), (query.side, reward.to)),
            *((query.kind, kind), (focus.code_key, reward.code_key)),
        )
        if within is not None and reward.program_id not in within:
            return False
        return all(one is None or one == there for one, there in pairs)

    span, waiting = bodies.read_span(query), query.waits or query.due_on
    if waiting is None:
        # The events of an amendment do not have the link that referred the customer.
        selection = select(focus._replace(code_key=None), span, _may_earn, at=at)
        read_rewards: ReadStretch[RewardState] = partial(read, selection, Expansion(partial(_rewards_of, fits), _CALLS))
    elif span != (None, None):
        raise InvalidValue("What waits is in no order of time.", pointer="/from")
    elif query.order != "newest":
        raise InvalidValue("What waits is in no order of time.", pointer="/order")
    else:
        read_rewards = partial(_read_waiting, waiting, focus, fits)
    name = f"rewards {focus} {query.side} {query.kind} {query.state} {waiting} {query.from_} {query.to}"
    name += f" {sorted(within)}" if within is not None else ""
    return Listing(name, read_rewards)


def _may_earn(event: EventRow) -> bool:
    """Return whether a decision about it may have given rewards."""
    return event.type in _DECISIONS and event.partner_id is not None


# Under which id a decision is about what an event tells of.
_DECISIONS: dict[str, Callable[[EventRow], str]] = {
    "conversion.recorded": lambda event: event.subject_id,
    "conversion.credited": lambda event: credited_late_as(event.subject_id),
    "conversion.moved": lambda event: credited_as(str(event.data["correction"])),
    "conversion.amended": lambda event: str(event.data["amendment"]),
    "conversion.restored": lambda event: str(event.data["restore"]),
}


def _rewards_of(fits: Callable[[RewardState], bool], events: Sequence[EventRow]) -> list[list[RewardState]]:
    """Return the rewards that the decision about each event made, and that fit."""
    made = rewards_made([_DECISIONS[event.type](event) for event in events])
    return [[state for state in several if fits(state)] for several in made]


def rewards_made(identifiers: Sequence[str]) -> list[list[RewardState]]:
    """Return the rewards that each decision made, not those that it changed; none for a decision that is not there."""
    grants = {one: _given_by(decision) for one, decision in decisions_of(identifiers).items()}
    stored = rows.find_all(Reward, [(grant, REWARD) for several in grants.values() for grant in several])
    made = {
        one: [reward for grant in several if (reward := stored.get((grant, REWARD))) is not None]
        for one, several in grants.items()
    }
    states = {one.reward.pk: one for one in states_of([reward for several in made.values() for reward in several])}
    return [[states[reward.pk] for reward in made.get(one, ())] for one in identifiers]


def _given_by(decision: Decision) -> list[str]:
    """Return the ids of the rewards that a decision gave, and that no other decision about the conversion had given."""
    if decision.what in (AMENDMENT, RESTORE):
        # What it moved of others has no day on which it is due.
        return [grant.id for grant in decision.rewards if grant.due_at is not None]
    return [grant.id for grant in decision.rewards if grant.amount or grant.benefit is not None]


def _read_waiting(
    queue: str,
    focus: About,
    fits: Callable[[RewardState], bool],
    *,
    after: str,
    before: str,
    newest_first: bool,
    limit: int,
) -> Stretch[RewardState]:
    """Return rewards that wait, by id."""
    placed: list[Placed[RewardState]] = []
    looked_to: str | None = None
    # Without any of them, it is a list of everything.
    mode = mode_of(focus.program or focus.partner or focus.customer or queue)
    for _ in range(_MOST_ROUNDS):
        waiting, looked_to = _held_between(
            queue, mode, after=after, before=before, newest_first=newest_first, limit=limit
        )
        states = states_of([reward for reward in waiting if _is_about(reward, focus)])
        placed += [Placed(one.reward.pk, one) for one in states if fits(one)]
        if len(placed) >= limit or looked_to is None:
            return Stretch(placed[:limit])
        after, before = (after, looked_to) if newest_first else (looked_to, before)
    return Stretch(placed, looked_to)


def _held_between(
    queue: str, mode: Mode, *, after: str, before: str, newest_first: bool, limit: int
) -> tuple[list[Reward], str | None]:
    """
    Return the rewards in all parts of a hold queue, by id, between two ids; and the last id read, if more may follow.

    Reads *limit* of them in each part.
    """
    parts = [
        [
            Placed(row.pk, part)
            for row in rows.between(
                RewardRow.held, RewardRow.pk, part, after=after, before=before, newest_first=newest_first, limit=limit
            )
        ]
        for part in hold_queue_parts(queue, mode)
    ]
    entries, looked_to = merge(parts, newest_first=newest_first, limit=limit)
    stored = rows.find_all(Reward, [(entry.place, REWARD) for entry in entries])
    state = DUE if queue == GIVE else HELD
    rewards = ((entry.row, stored.get((entry.place, REWARD))) for entry in entries)
    waiting = [one for part, one in rewards if one is not None and one.hold_queue == part and one.state == state]
    return waiting, looked_to


def _is_about(reward: Reward, focus: About) -> bool:
    customer = focus.customer if reward.customer_id in focus.guests else reward.customer_id
    there = About(reward.program_id, reward.partner_id, customer, reward.code_key, focus.guests)
    return all(one is None or one == other for one, other in zip(focus, there, strict=True))
