"""Accepts a sign-up from a website's page, which anyone could have sent."""

from datetime import datetime

from chalicelib.access.rate_limit import count, limit
from chalicelib.conversions.accept import ConversionConflict, accept
from chalicelib.conversions.shapes import NewConversion, NewLead
from chalicelib.referrals import find as referrals
from chalicelib.referrals.shapes import CustomerReport

# An hour, from one address, which an office or a mobile network may share; and for one program.
MOST_OF_A_VISITOR = 120
MOST_OF_A_PROGRAM = 10_000


def take_lead(lead: NewLead, program_id: str, *, visitor: str, at: datetime) -> None:
    """
    Accept a sign-up with the rights of a page: it may report new customers, and changes nothing of known ones.

    A repeat changes nothing, with the same body or another, and is answered alike. Refused: too many in an hour,
    from one visitor or for the program.
    """
    count(
        limit("leads from", visitor, most=MOST_OF_A_VISITOR, at=at),
        limit("leads", program_id, most=MOST_OF_A_PROGRAM, at=at),
        at=at,
    )
    customer = lead.customer
    if referrals.find_by_external_id(customer.external_id) is not None:
        customer = CustomerReport(external_id=customer.external_id)
    report = NewConversion(
        program=program_id,
        type="lead",
        external_id=lead.external_id,
        customer=customer,
        touches=lead.touches,
        metadata=lead.metadata,
    )
    try:
        # A page cannot claim what a known customer has bought.
        accept(report, at=at, reaches_back=False)
    except ConversionConflict:
        return
