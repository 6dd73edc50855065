"""Takes a sign-up from a website's page, where anybody could have sent it."""

from datetime import datetime

from chalicelib.conversions.accept import ConversionConflict, accept
from chalicelib.conversions.shapes import NewConversion, NewLead
from chalicelib.referrals import find as referrals
from chalicelib.referrals.shapes import CustomerReport


def take_lead(lead: NewLead, program_id: str, *, at: datetime) -> None:
    """
    Accept a sign-up as far as a page may say so: it tells of new customers, and changes nothing of known ones.

    Reported again, with the same words or others, nothing happens, and the page is not told.
    """
    customer = lead.customer
    if referrals.by_external_id(customer.external_id) is not None:
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
        accept(report, at=at)
    except ConversionConflict:
        return
