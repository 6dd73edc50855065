"""Where the rows of each export come from, oldest first, and how they are shown: as the API's lists show them."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any, NamedTuple

from chalicelib.conversions.shapes import ConversionsQuery, ConversionState
from chalicelib.conversions.table import Received
from chalicelib.events.find import SETTLING
from chalicelib.events.record import RETENTION
from chalicelib.exports.clicks import ClicksOfProgram
from chalicelib.exports.columns import ExportedPartner, ExportedReward, Name
from chalicelib.exports.payments import Payments
from chalicelib.exports.received import ReceivedBetween, conversion_id, decision_id
from chalicelib.exports.shapes import MOST_ROWS, PartQuery
from chalicelib.kit import instants
from chalicelib.kit.cursors import LAST, Listing, Stretch
from chalicelib.kit.errors import InvalidValue
from chalicelib.partners.shapes import PartnersQuery, PartnerSummary
from chalicelib.programs import find as programs
from chalicelib.programs.table import Program
from chalicelib.rewards.find import RewardState, decisions_of
from chalicelib.rewards.shapes import RewardsQuery, RewardView
from chalicelib.search.by_event import MOST_PROGRAMS
from chalicelib.search.conversions import ConversionAndCredit, conversions_of, with_credits
from chalicelib.search.partners import ListedPartner, category_of, partners_of
from chalicelib.search.rewards import rewards_made, rewards_of

# What the API's lists read for a page, and one more.
_A_PAGE = 101
# Counts say where clicks are. They follow in seconds; this is what rollups wait for, too.
_COUNTED = timedelta(minutes=15)


class Source(NamedTuple):
    """
    The rows of an export: how those behind a place are read, how they are shown, and how many are read together.

    What is read is as many rows as there are, or as were asked for; fewer if that took too many calls. It has a place
    in `looked_to` if there may be more.
    """

    read: Callable[..., Stretch[Any]]
    view: Callable[[Sequence[Any]], list[Any]]
    together: int = MOST_ROWS + 1


def complete_until(name: Name, at: datetime) -> datetime:
    """Return until when an export is complete: what comes from now on belongs after that moment."""
    return at - (_COUNTED if name == "clicks" else SETTLING)


def is_listed(name: Name, program: str | None, begin: datetime | None, *, at: datetime) -> bool:
    """Return whether lists have all of an export's rows: those of events go back a time, and are of few programs."""
    if name not in ("conversions", "rewards"):
        return True
    oldest, more = _oldest_programs(check_program(name, program))
    first = min((one.created_at for one in oldest), default=at)
    return not more and max(first, begin or first) >= at - RETENTION


def source_of(
    name: Name, query: PartQuery, *, begin: datetime | None, end: datetime, listed: bool, at: datetime
) -> Source:
    """Return where the rows of an export are that belong between two moments. Refuses a program that is not there."""
    first, last = instants.text(begin) if begin is not None else None, instants.text(end)
    program = query.program
    one = check_program(name, program)
    if not listed:
        return _received(name, one, begin, end, at=at)
    if name == "clicks" and one is not None:
        return Source(ClicksOfProgram(one, begin, end, at=at).read, list)
    if name == "conversions":
        conversions = conversions_of(ConversionsQuery(program=program, from_=first, to=last), at=at)
        return _listed(conversions, _conversions)
    if name == "rewards":
        rewards = rewards_of(RewardsQuery(program=program, from_=first, to=last), at=at)
        return _listed(rewards, partial(_rewards, at=at))
    if name == "partners":
        return _listed(partners_of(PartnersQuery(program=program, from_=first, to=last), at=at), _partners)
    return Source(Payments(begin, end).read, list)


def check_program(name: Name, reference: str | None) -> Program | None:
    """Return the program an export is of. Refuses none for clicks, any for payouts, and one that is not there."""
    if name == "clicks" and reference is None:
        raise InvalidValue("Clicks are exported program by program; name one.", pointer="/program")
    if name == "payouts" and reference is not None:
        raise InvalidValue("A payout is of all programs; leave the program out.", pointer="/program")
    return programs.find(reference).program if reference is not None else None


def _listed(listing: Listing[Any], view: Callable[[Sequence[Any]], list[Any]]) -> Source:
    """Return a list, to be read from its oldest row on."""

    def read(*, after: str, limit: int) -> Stretch[Any]:
        rows, looked_to = listing.read(after=after, before=LAST, newest_first=False, limit=limit)
        return Stretch(rows, rows[-1].place if len(rows) == limit else looked_to)

    return Source(read, view, _A_PAGE)


def _received(name: Name, program: Program | None, begin: datetime | None, end: datetime, *, at: datetime) -> Source:
    """Return all conversions or rewards, in the order in which what they follow from was received."""
    if begin is None:
        oldest, _ = _oldest_programs(program)
        begin = min((one.created_at for one in oldest), default=end)
    span = (program.id if program is not None else None, begin, end)
    if name == "conversions":
        conversions = ReceivedBetween(*span, rows_of=partial(_expand, conversion_id, with_credits))
        return Source(conversions.read, _conversions, _A_PAGE)
    rewards = ReceivedBetween(*span, rows_of=partial(_expand, decision_id, rewards_made))
    return Source(rewards.read, partial(_rewards, at=at), _A_PAGE)


def _oldest_programs(program: Program | None) -> tuple[Sequence[Program], bool]:
    """Return a program, or the oldest live ones; and whether there are more than a list is made of."""
    if program is not None:
        return [program], False
    page, position = programs.walk_page(limit=MOST_PROGRAMS, position=None)
    return page, position is not None


def _expand(
    key_of: Callable[[Received], str | None],
    rows_of: Callable[[Sequence[str]], list[list[Any]]],
    received: Sequence[Received],
) -> list[list[Any]]:
    """Return the rows that follow from each fact: by its key, if it has one, all read together."""
    keys = [key_of(one) for one in received]
    rows = iter(rows_of([key for key in keys if key is not None]))
    return [next(rows) if key is not None else [] for key in keys]


def _conversions(listed: Sequence[ConversionAndCredit]) -> list[ConversionState]:
    return [ConversionState.of(*one) for one in listed]


def _rewards(listed: Sequence[RewardState], *, at: datetime) -> list[ExportedReward]:
    """Return rewards, each with its conversion: one that was earned by a change of it names that change."""
    decisions, now = decisions_of({one.reward.decision_id for one in listed}), instants.text(at)
    return [
        ExportedReward(
            RewardView.of(one, note=None, now=now),
            decision.conversion_id if (decision := decisions.get(one.reward.decision_id)) is not None else None,
            one.reward.partner_id,
        )
        for one in listed
    ]


def _partners(listed: Sequence[ListedPartner]) -> list[ExportedPartner]:
    return [ExportedPartner(PartnerSummary.of(one.partner), one.state, category_of(one.partner)) for one in listed]
