"""Sums what partners were thanked with in a year, for taxes: each sum has the whole year in it, or none is given."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, TypeVar

from chalicelib.introductions.thanks_shapes import ThanksSum, ThanksSumsQuery, ThanksSumsView, ThanksTotal
from chalicelib.introductions.thanks_table import Thanks, list_of
from chalicelib.kit import cursors
from chalicelib.kit.errors import Refused
from chalicelib.kit.walk import Deadline, until
from chalicelib.partners import find as partners
from chalicelib.partners.duplicates import every_id, families_of
from chalicelib.programs import find as programs

# What is read of a year in one call: about two thousand thanks a call of the database, within the time of a request.
_MOST_CALLS, _MOST_SECONDS = 12, 15.0
_A_READ = 100
T = TypeVar("T")
# By our id; without whose duplicate somebody is.
Sums = Mapping[str, ThanksTotal]


class TooManyThanks(Refused):
    """
    The year has more thanks than one call reads, some twenty thousand, or more partners than one file.

    Request the sum of each partner instead.
    """


def sum_thanks(query: ThanksSumsQuery) -> ThanksSumsView:
    """
    Return a page of what each partner of a program was thanked with in a year, by the days on which it was done.

    Thanks to a duplicate count for the partner it was merged into, whichever of their ids is named. A partner stands
    where the largest of their ids' sums does.
    """
    program = programs.find(query.program).program
    family = every_id(partners.find_survivor(query.partner).partner) if query.partner is not None else None
    sums = sum_by_id(program.id, query.year, of=family)
    if family is not None:
        whole = _added(sums, family)
        data = [_sum_of(family[0], whole)] if whole.number else []
        return ThanksSumsView("thanks_sums", program.id, query.year, program.currency, whole, data, False, None)
    name = f"sums of thanks of {program.id} in {query.year}"
    position = cursors.read(query.cursor, of=name)
    listed = [one for one in _in_order(sums) if position is None or _place(sums, one) > tuple(position["after"])]
    page, more = listed[: query.limit], len(listed) > query.limit
    rest = {"after": _place(sums, page[-1])} if more else None
    return ThanksSumsView(
        "thanks_sums",
        program.id,
        query.year,
        program.currency,
        _added(sums, sums),
        _by_person(sums, page),
        more,
        cursors.write(rest, of=name),
    )


def sum_all(program_id: str, year: int) -> Iterator[list[ThanksSum]]:
    """
    Yield the sums of all partners, the highest cost first, a hundred at a time: one or two reads for each hundred.

    Refused, if need be after some were yielded: what takes longer than a request may, with what is done between.
    """
    deadline = Deadline(_MOST_SECONDS, calls=_MOST_CALLS)
    sums = sum_by_id(program_id, year, deadline=deadline)
    people = list[ThanksSum]()
    for some in _hundreds(_in_order(sums), deadline):
        people += _by_person(sums, some)
    people.sort(key=_rank)
    yield from _hundreds(people, deadline)


def sum_by_id(program_id: str, year: int, *, of: Sequence[str] | None = None, deadline: Deadline | None = None) -> Sums:
    """Return what each of a program's partners was thanked with in a year, by our id; or some ids. Refuses a part."""
    deadline = deadline or Deadline(_MOST_SECONDS, calls=_MOST_CALLS)
    first, last = date(year, 1, 1).isoformat(), date(year, 12, 31).isoformat()
    between = Thanks.thanks_day.between(first, last)
    if of is None:
        queries = [Thanks.in_state.query(list_of("done", program_id), between)]
    else:
        done = Thanks.thanks_in == list_of("done", program_id)
        queries = [Thanks.of_partner.query(one, between, filter_condition=done) for one in of]
    numbers: dict[str, list[int]] = {}
    for query in queries:
        for row in until(deadline, query):
            _count(numbers.setdefault(row.partner_id, [0, 0, 0, 0]), row)
        if query.last_evaluated_key is not None:
            raise TooManyThanks(
                "This year has more thanks than can be summed at once: name a partner."
                if of is None
                else "This partner has more thanks in this year than can be summed at once."
            )
    return {one: ThanksTotal(*four) for one, four in numbers.items()}


def _hundreds(listed: list[T], deadline: Deadline) -> Iterator[list[T]]:
    # Only the time counts here: the calls are limited by how many thanks a year may have.
    for first in range(0, len(listed), _A_READ):
        if deadline.left <= 0:
            raise TooManyThanks("This year has more partners than fit into one file: request the sum of each partner.")
        yield listed[first : first + _A_READ]


def _count(numbers: list[int], row: Thanks) -> None:
    numbers[0] += 1
    numbers[1] += row.cost
    if row.means == "gift":
        numbers[2] += row.cost
    elif row.means == "donation":
        numbers[3] += row.cost


def _place(sums: Sums, identifier: str) -> tuple[Any, ...]:
    return (-sums[identifier].cost, identifier)


def _in_order(sums: Sums) -> list[str]:
    return sorted(sums, key=lambda one: _place(sums, one))


def _by_person(sums: Sums, page: Sequence[str]) -> list[ThanksSum]:
    """Return the sums of the people that some ids are of, each at the first place that one of their ids has."""
    families = families_of(page)
    people = []
    for identifier in page:
        family = families.get(identifier, [identifier])
        if identifier == min((one for one in family if one in sums), key=lambda one: _place(sums, one)):
            people.append(_sum_of(family[0], _added(sums, family)))
    return sorted(people, key=_rank)


def _rank(one: ThanksSum) -> tuple[int, str]:
    return (-one.cost, one.partner)


def _added(sums: Sums, identifiers: Iterable[str]) -> ThanksTotal:
    several = [sums[one] for one in identifiers if one in sums]
    return ThanksTotal(
        number=sum(one.number for one in several),
        cost=sum(one.cost for one in several),
        gifts=sum(one.gifts for one in several),
        donations=sum(one.donations for one in several),
    )


def _sum_of(partner: str, whole: ThanksTotal) -> ThanksSum:
    return ThanksSum(partner, whole.number, whole.cost, whole.gifts, whole.donations)
