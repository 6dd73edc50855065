"""Sums what partners were thanked with in a year, for taxes."""

from collections import defaultdict
from datetime import date

from chalicelib.introductions.thanks import done_between
from chalicelib.introductions.thanks_shapes import ThanksSum, ThanksSumsQuery, ThanksSumsView
from chalicelib.introductions.thanks_table import Thanks
from chalicelib.partners import find as partners
from chalicelib.programs import find as programs


def sum_thanks(query: ThanksSumsQuery) -> ThanksSumsView:
    """
    Return what each partner of a program was thanked with in a year, by the days on which it was done.

    Reads the year's thanks, some thousand of them a call.
    """
    program = programs.find(query.program).program
    partner_id = partners.find(query.partner).partner.id if query.partner is not None else None
    rows_of: dict[str, list[Thanks]] = defaultdict(list)
    for row in done_between(program.id, date(query.year, 1, 1), date(query.year, 12, 31)):
        if partner_id is None or row.partner_id == partner_id:
            rows_of[row.partner_id].append(row)
    sums = [
        ThanksSum(
            partner=one,
            number=len(several),
            cost=sum(row.cost for row in several),
            gifts=sum(row.cost for row in several if row.means == "gift"),
            donations=sum(row.cost for row in several if row.means == "donation"),
        )
        for one, several in rows_of.items()
    ]
    sums.sort(key=lambda one: (-one.cost, one.partner))
    return ThanksSumsView("thanks_sums", program.id, query.year, program.currency, sums)
