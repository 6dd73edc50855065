"""Lists introductions: of a partner, a customer, a program, or a program's in one state; by when each was created."""

from functools import partial
from typing import Any

from chalicelib.introductions.shapes import IntroductionsQuery, IntroductionView
from chalicelib.introductions.table import Introduction, list_in_state
from chalicelib.kit import bodies, cursors
from chalicelib.kit.cursors import ListPage
from chalicelib.partners import find as partners
from chalicelib.partners.duplicates import every_id
from chalicelib.programs import find as programs
from chalicelib.referrals import find as referrals
from chalicelib.search.by_id import Index, every_program, read_index


def list_introductions(query: IntroductionsQuery) -> ListPage[IntroductionView]:
    """Return a page of the requested introductions."""
    page = find_introductions(query)
    data = [IntroductionView.of(one) for one in page.data]
    return ListPage(data, page.has_more, page.next_cursor, page.previous_cursor, page.count)


def find_introductions(query: IntroductionsQuery) -> ListPage[Introduction]:
    """
    Return a page of the requested introductions, from the shortest list there is.

    Of a partner into whom others were merged, theirs are among them.
    """
    profile = partners.find(query.partner) if query.partner is not None else None
    program_id = programs.find(query.program).program.id if query.program is not None else None
    customer = referrals.find(query.customer).customer if query.customer is not None else None

    partner_ids = every_id(profile.partner) if profile is not None else None

    def fits(row: Introduction) -> bool:
        return (
            (partner_ids is None or row.partner_id in partner_ids)
            and program_id in (None, row.program_id)
            and query.state in (None, row.state)
            and (customer is None or row.customer_id in customer.every_id)
        )

    index: Any = Index(Introduction.by_program, Introduction.id, [], "itr")
    if customer is not None:
        index = Index(Introduction.by_customer, Introduction.id, customer.every_id, "itr")
    elif partner_ids is not None:
        index = Index(Introduction.by_partner, Introduction.id, partner_ids, "itr")
    else:
        programs_ids = [program_id] if program_id is not None else every_program()
        if query.state is not None:
            names = [list_in_state(one, query.state) for one in programs_ids]
            index = Index(Introduction.by_state, Introduction.id, names, "itr")
        else:
            index = index._replace(names=programs_ids)
    return cursors.page(
        partial(read_index, index, bodies.read_span(query), fits),
        list,
        limit=query.limit,
        cursor=query.cursor,
        order=query.order,
        of=f"introductions of {profile and profile.partner.id} {program_id} {customer and customer.customer_id} "
        f"{query.state} {query.from_} {query.to}",
    )
