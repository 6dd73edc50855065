"""Lists partners: of all programs or of one, by state, category and how far they have got, by when each was made."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import partial
from typing import Any, Literal, NamedTuple

from chalicelib.kit import bodies, cursors, ids
from chalicelib.kit.cursors import FIRST, LAST, Count, Listing, ListPage, Placed, Stretch
from chalicelib.kit.dynamo import rows
from chalicelib.kit.errors import InvalidValue
from chalicelib.kit.ids import as_test, is_test
from chalicelib.kit.shapes import OrderedQuery
from chalicelib.onboarding.check_ins import read_facts_of_page
from chalicelib.onboarding.progress import StepName, derive_steps
from chalicelib.partners import find as partners
from chalicelib.partners.shapes import PartnersQuery, PartnerSummary
from chalicelib.partners.standing import State
from chalicelib.partners.table import Enrollment, Partner, StoppedPartner, enrollment_key, stopped_key
from chalicelib.programs import find as programs
from chalicelib.search.anything import search_anything
from chalicelib.search.by_id import Index, read_index

Stage = Literal["left", StepName]
# Of a list of which few fit: so often it is read on, and so many are looked at together.
_MOST_ROUNDS, _TOGETHER = 4, 100
# Finding a partner's stage takes two calls, so few are looked at for a page.
_TOGETHER_BY_STAGE = 8
_STATES: tuple[State, ...] = ("suspended", "banned")


class PartnerFilters(PartnersQuery, forbid_unknown_fields=True, kw_only=True):
    """The filters of the page of partners: also typed text, and a stage."""

    q: str | None = None
    stage: Stage | None = None


class ListedPartner(NamedTuple):
    """A partner of a list, with their part in the program that it is of, their state, and how far they have got."""

    partner: Partner
    state: Literal["active", State]
    enrollment: Enrollment | None
    stage: Stage | None


class _Selection(NamedTuple):
    """The list that is read, what it is called, and which of its partners are meant."""

    index: Any
    sort: Any
    name: str
    program_id: str | None
    filters: PartnerFilters


def list_partners(query: PartnersQuery, *, at: datetime) -> ListPage[PartnerSummary]:
    """Return a page of partners as the API lists them."""
    fields = {name: getattr(query, name) for name in query.__struct_fields__}
    page = find_partners(PartnerFilters(**fields), at=at)
    data = [PartnerSummary.of(one.partner) for one in page.data]
    return ListPage(data, page.has_more, page.next_cursor, page.previous_cursor, page.count)


def find_partners(filters: PartnerFilters, *, at: datetime) -> ListPage[ListedPartner]:
    """
    Return a page of partners in their order; of what was typed, all that are found, on one page.

    Refuses a stage without a program.
    """
    selection = _selected(filters)
    if filters.q is not None:
        answer = search_anything(filters.q)
        identifiers = [one.id for one in answer.data if one.type == "partner"]
        placed = _expand(sorted(identifiers, reverse=filters.order == "newest"), selection, at=at)
        found_rows = [one.row for one in placed]
        return ListPage(found_rows, False, None, None, Count(len(found_rows), exact=not answer.has_more))
    listing = _listing(selection, at=at)
    return cursors.page(
        listing.read, list, limit=filters.limit, cursor=filters.cursor, order=filters.order, of=listing.name
    )


def find_enrollments(program_id: str, query: OrderedQuery) -> ListPage[Enrollment]:
    """Return a page of a program's enrollments, by their partners' ids, also of those who left."""
    return cursors.page(
        partial(
            read_index, Index(Enrollment.enrolled, Enrollment.id, [program_id], "ptr"), (None, None), lambda _: True
        ),
        list,
        limit=query.limit,
        cursor=query.cursor,
        order=query.order,
        of=f"enrollments of {program_id}, both ways",
    )


def partners_of(query: PartnersQuery, *, at: datetime) -> Listing[ListedPartner]:
    """Return the list of the requested partners."""
    fields = {name: getattr(query, name) for name in query.__struct_fields__}
    return _listing(_selected(PartnerFilters(**fields)), at=at)


def _selected(filters: PartnerFilters) -> _Selection:
    program_id = programs.find(filters.program).program.id if filters.program is not None else None
    if filters.stage is not None and program_id is None:
        raise InvalidValue("Choose a program, too: a partner has a stage in each program.", pointer="/stage")
    return _select(filters, program_id)


def _listing(selection: _Selection, *, at: datetime) -> Listing[ListedPartner]:
    filters = selection.filters
    described = f"{selection.name} {selection.program_id} {filters.state} {filters.category} {filters.stage}"
    return Listing(
        f"partners, newest first {described} {filters.from_} {filters.to}",
        partial(_read, selection, *bodies.read_span(filters), at=at),
    )


def _select(filters: PartnerFilters, program_id: str | None) -> _Selection:
    """Return the shortest list in which all are that are meant."""
    if filters.state in _STATES:
        name = stopped_key(str(filters.state), program_id)
        return _Selection(StoppedPartner, StoppedPartner.sort, name, program_id, filters)
    if program_id is not None:
        return _Selection(Enrollment.enrolled, Enrollment.id, program_id, program_id, filters)
    return _Selection(Partner.listed, Partner.id, "partner", None, filters)


def _read(
    selection: _Selection,
    begin: datetime | None,
    end: datetime | None,
    *,
    after: str,
    before: str,
    newest_first: bool,
    limit: int,
    at: datetime,
) -> Stretch[ListedPartner]:
    """Return the partners that are meant, between two ids: as many as *limit*, or what a few calls find."""
    low = max(after, _first_of(begin, selection) if begin is not None else FIRST)
    high = min(before, _first_of(end, selection) if end is not None else LAST)
    by_stage = selection.filters.stage is not None
    size = _TOGETHER_BY_STAGE if by_stage else min(limit, _TOGETHER)
    place = selection.sort.python_name
    placed: list[Placed[ListedPartner]] = []
    looked_to: str | None = None
    for _ in range(1 if by_stage else _MOST_ROUNDS):
        page = rows.between(
            selection.index,
            selection.sort,
            selection.name,
            after=low,
            before=high,
            newest_first=newest_first,
            limit=size,
        )
        placed += _expand([str(getattr(row, place)) for row in page], selection, at=at)
        if len(placed) >= limit or len(page) < size:
            return Stretch(placed[:limit])
        looked_to = str(getattr(page[-1], place))
        low, high = (low, looked_to) if newest_first else (looked_to, high)
        size = _TOGETHER
    return Stretch(placed, looked_to)


def _expand(identifiers: Sequence[str], selection: _Selection, *, at: datetime) -> list[Placed[ListedPartner]]:
    """Return those of some partners that are meant, in their order, with what a list says of them."""
    filters, program_id = selection.filters, selection.program_id
    stored = partners.find_rows(identifiers)
    states = _states_of(stored)
    enrollments = _enrollments_of(stored, program_id) if program_id is not None else {}
    stages = _stages_of(list(enrollments.values()), at=at) if filters.stage is not None else {}
    tests: list[Callable[[ListedPartner], bool]] = [
        lambda one: filters.state in (None, one.state),
        lambda one: filters.category in (None, category_of(one.partner)),
        lambda one: program_id is None or one.enrollment is not None,
        lambda one: filters.stage in (None, one.stage),
    ]
    listed = [
        ListedPartner(stored[one], states.get(one, "active"), enrollments.get(one), stages.get(one))
        for one in identifiers
        if one in stored
    ]
    return [Placed(one.partner.id, one) for one in listed if all(test(one) for test in tests)]


def category_of(partner: Partner) -> str:
    """Return a partner's category, as it will be once their latest change of it has begun."""
    return partner.latest_category or partner.category


def _states_of(identifiers: Iterable[str]) -> dict[str, State]:
    keys = {(stopped_key(state, one), one): (one, state) for one in identifiers for state in _STATES}
    return dict(keys[key] for key in rows.find_all(StoppedPartner, list(keys)))


def _enrollments_of(identifiers: Iterable[str], program_id: str) -> dict[str, Enrollment]:
    keys = [(one, enrollment_key(program_id)) for one in identifiers]
    return {identifier: row for (identifier, _), row in rows.find_all(Enrollment, keys).items()}


def _stages_of(enrollments: Sequence[Enrollment], *, at: datetime) -> dict[str, Stage]:
    """Return how far some partners have got in a program: the last step that each has taken, or that they have left."""
    facts_of = read_facts_of_page([one for one in enrollments if one.left_at is None], at=at)
    stages: dict[str, Stage] = {one.id: "left" for one in enrollments if one.left_at is not None}
    for identifier, facts in facts_of.items():
        taken = [step.name for step in derive_steps(facts, at=at) if step.at]
        stages[identifier] = taken[-1]
    return stages


def _first_of(at: datetime, selection: _Selection) -> str:
    """Return what sorts before the ids of all partners of that moment and after, in the selection's mode."""
    first = f"ptr_{ids.first_of(at)}"
    return as_test(first) if is_test(selection.program_id) else first
