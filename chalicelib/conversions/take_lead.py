"""Accepts a sign-up from a website's page, which anyone could have sent."""

from contextlib import suppress
from datetime import datetime

from chalicelib.access.rate_limit import count, limit
from chalicelib.conversions.accept import ConversionConflict, CustomerIsKnown, accept
from chalicelib.conversions.shapes import NewConversion, NewLead

# An hour, from one address, which an office or a mobile network may share; and for one program.
MOST_OF_A_VISITOR = 120
MOST_OF_A_PROGRAM = 10_000


def take_lead(lead: NewLead, program_id: str, *, visitor: str, at: datetime) -> None:
    """
    Accept a sign-up with the rights of a page: it may introduce customers that the server has not reported.

    Other customers are not changed. A repeat changes nothing, with the same body or another, and gets the same answer.
    Refused: too many in an hour, from one visitor or for the program.
    """
    count(
        limit("leads from", visitor, most=MOST_OF_A_VISITOR, at=at),
        limit("leads", program_id, most=MOST_OF_A_PROGRAM, at=at),
        at=at,
    )
    report = NewConversion(
        program=program_id,
        type="lead",
        external_id=lead.external_id,
        customer=lead.customer,
        touches=lead.touches,
        metadata=lead.metadata,
    )
    with suppress(ConversionConflict, CustomerIsKnown):
        accept(report, at=at, by_page=True)
