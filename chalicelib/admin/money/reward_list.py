"""Lists rewards: all of them by filters, those that wait for review, and benefits that are to be given."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any, get_args

from chalicelib.admin import codes
from chalicelib.admin.english import day, moment, money
from chalicelib.admin.lists import ListOf, Row, readable_programs, zone_of
from chalicelib.admin.names import names_of
from chalicelib.admin.page import AdminVisit
from chalicelib.kit import instants
from chalicelib.kit.csv_text import Cell
from chalicelib.kit.shapes import fold
from chalicelib.notes.note import find_all as find_notes
from chalicelib.notes.note import view_notes
from chalicelib.programs import find as programs
from chalicelib.programs.terms import Side
from chalicelib.rewards.find import RewardState
from chalicelib.rewards.shapes import RewardKind, RewardsQuery, RewardView, State
from chalicelib.rewards.table import GIVE, REVIEW
from chalicelib.search.rewards import find_rewards

_HEADER = (
    *("Earned", "For", "Name", "To", "Program", "Rule", "Amount", "Currency", "Benefit", "State", "Due"),
    *("Conversion", "Link", "ID"),
)
# Who has a page, by how their id begins.
_PAGES = {"ptr_": "/admin/partners/", "cus_": "/admin/customers/"}


def rewards(visit: AdminVisit) -> ListOf:
    """Return the list of rewards: by when they were earned; or of those that wait for review."""
    waits = visit.query.get("waits") == REVIEW
    return _list(
        visit,
        name="rewards",
        title="Rewards to review" if waits else "Rewards",
        path="rewards",
        own=("waits",),
        newest="" if waits else "at",
        columns=(*(("at", "since") if waits else ()), "what", "owner", "program", "rule", "state"),
    )


def benefits(visit: AdminVisit) -> ListOf:
    """Return the list of benefits that are due and not given yet."""
    return _list(
        visit,
        name="benefits",
        title="Benefits to give",
        path="benefits",
        newest="",
        columns=("since", "what", "owner", "program", "rule"),
        defaults={"waits": GIVE},
    )


def _list(visit: AdminVisit, *, name: str, title: str, path: str, **more: Any) -> ListOf:
    within = readable_programs(visit.rights)
    return ListOf(
        name=name,
        section="rewards",
        title=title,
        path=path,
        query=RewardsQuery,
        read=partial(find_rewards, within=within, at=visit.at),
        rows=partial(_rows, at=visit.at),
        header=_HEADER,
        lines=_lines,
        within=within,
        more={
            "sides": [(one, codes.name_of(one)) for one in get_args(Side)],
            "kinds": [(one, codes.name_of(one)) for one in get_args(RewardKind)],
            "states": [(one, codes.name_of(one)) for one in get_args(State)],
        },
        **more,
    )


def _rows(states: list[RewardState], *, at: datetime) -> list[Row]:
    names, notes = names_of({one.reward.owner_id for one in states}), find_notes([one.reward for one in states])
    views = view_notes([one.reward for one in states], new=notes.values())
    return [
        _row(one, RewardView.of(one, note=view, now=instants.text(at)), names, _since(one, notes), at=at)
        for one, view in zip(states, views, strict=True)
    ]


def _since(state: RewardState, notes: dict[str, Any]) -> datetime:
    """Return since when a reward waits: an admin who holds one says why, and a benefit is asked for."""
    note = notes.get(state.reward.note or "")
    if state.fulfillment is not None:
        return state.fulfillment.created_at
    return note.created_at if note is not None else state.reward.created_at


def _row(state: RewardState, view: RewardView, names: dict[str, str], since: datetime, *, at: datetime) -> Row:
    owner, program = names.get(view.owner, view.owner), programs.find(view.program).program.name
    zone, amount = zone_of(view.program, at=at), view.remaining
    return {
        "view": view,
        "what": view.benefit.spelled if view.benefit else money(amount.amount, amount.currency) if amount else "",
        "owner": owner,
        "page": f"{_PAGES[view.owner[:4]]}{view.owner}" if view.owner in names and view.owner[:4] in _PAGES else "",
        "program": program,
        "at": moment(view.created_at, zone),
        "since": day(since.astimezone(zone)),
        "due": day(state.reward.due_at.astimezone(zone)) if view.state == "held" and not view.for_review else "",
        "can_select": view.state in ("held", "due"),
        "sort": {
            "at": view.created_at,
            "since": since,
            # Amounts of one currency are compared, and benefits are behind them.
            "what": (amount.currency, amount.amount, "")
            if amount
            else ("~", 0, fold(view.benefit.name if view.benefit else "")),
            "owner": fold(owner),
            "program": fold(program),
            "rule": codes.name_of_rule(view.rule),
            "state": view.state,
        },
    }


def _lines(states: list[RewardState]) -> list[Sequence[Cell]]:
    names = names_of({one.reward.owner_id for one in states})
    return [_line(one.reward, one, names) for one in states]


def _line(reward: Any, state: RewardState, names: dict[str, str]) -> Sequence[Cell]:
    is_money = reward.benefit is None
    return (
        *(instants.text(reward.created_at), reward.owner_id, names.get(reward.owner_id, ""), reward.to),
        *(reward.program_id, reward.rule, reward.remaining if is_money else "", reward.currency if is_money else ""),
        *("" if is_money else reward.benefit.spelled, state.state, instants.text(reward.due_at), reward.decision_id),
        *(reward.code_key or "", reward.pk),
    )
