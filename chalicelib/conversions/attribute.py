"""Attributes what is reported to the partner who sent the customer: by an earlier referral or a touch of the report."""

from datetime import datetime

from msgspec import Struct

from chalicelib.conversions import attribution
from chalicelib.conversions.attribution import CLOCKS, EvaluatedTouch
from chalicelib.conversions.shapes import NewConversion
from chalicelib.conversions.table import Conversion
from chalicelib.conversions.trace import trace
from chalicelib.kit import ids
from chalicelib.kit.dynamo import rows, writes
from chalicelib.kit.dynamo.writes import Write
from chalicelib.programs.find import ProgramTerms
from chalicelib.referrals.find import CustomerProfile
from chalicelib.referrals.table import Referral, referral_key


class Reported(Struct, frozen=True):
    """What was reported of whom: its report, its program, the ids of conversion and customer, and its moments."""

    report: NewConversion
    program_terms: ProgramTerms
    conversion_id: str
    customer_id: str
    occurred_at: datetime
    at: datetime


class Attribution(Struct, frozen=True):
    """
    Who a conversion is credited to, on which terms, and *why*; nobody, if there is no *referral*.

    *number* is its place among the customer's conversions of its type since they were referred. One that *binds* makes
    the referral; *newcomer* says of that one whether the customer was unknown before.
    """

    why: str
    terms_version: int
    referral: Referral | None = None
    number: int = 0
    binds: bool = False
    newcomer: bool | None = None
    touches: list[EvaluatedTouch] = []

    def writes(self, type_: str) -> list[Write]:
        """Return what is written with the conversion: its new referral, or its number in the one there is."""
        if self.referral is None:
            return []
        return [writes.insert(self.referral) if self.binds else count(self.referral, type_, self.number)]


def attribute(reported: Reported, customer: CustomerProfile | None, *, reaches_back: bool) -> Attribution:
    """
    Return who a conversion is credited to; *customer* is None if they are new.

    Unless it *reaches_back*, a referral that it makes credits nothing a known customer did before.
    """
    referral = customer.referral(reported.program_terms.program.id) if customer else None
    if referral is None:
        return _attribute_to_touch(reported, newcomer=customer is None, reaches_back=reaches_back)
    if not covers(referral, reported.occurred_at):
        # It happened before the customer was sent: in whatever order it is reported, nobody is credited.
        return Attribution("before_referral", reported.program_terms.in_force(reported.at).version)
    number = next_number(referral, reported.report.type)
    return Attribution("already_referred", referral.terms_version, referral, number)


def _attribute_to_touch(reported: Reported, *, newcomer: bool, reaches_back: bool) -> Attribution:
    terms = reported.program_terms.in_force(reported.at)
    traced = trace(reported.report, reported.program_terms, occurred_at=reported.occurred_at, at=reported.at)
    winner = attribution.choose(traced, touch=terms.touch, occurred_at=reported.occurred_at)
    touches = attribution.evaluate(traced, winner, occurred_at=reported.occurred_at)
    if winner is None:
        return Attribution(touches[-1].eligibility if touches else "no_touch", terms.version, touches=touches)
    sent_at = attribution.sent_at(winner, occurred_at=reported.occurred_at)
    type_ = reported.report.type
    referral = Referral(
        reported.customer_id,
        referral_key(reported.program_terms.program.id),
        id=ids.new("ref", reported.at),
        program_id=reported.program_terms.program.id,
        partner_id=winner.partner_id,
        code_key=winner.code_key,
        terms_version=winner.terms_version,
        touched_at=sent_at if newcomer or reaches_back else reported.at,
        bound_at=reported.at,
        conversion_id=reported.conversion_id,
        leads=int(type_ == "lead"),
        sales=int(type_ == "sale"),
        others={} if type_ in ("lead", "sale") else {type_: 1},
    )
    return Attribution(
        why=f"{terms.touch}_touch",
        terms_version=referral.terms_version,
        referral=referral,
        number=1,
        binds=True,
        newcomer=newcomer,
        touches=touches,
    )


def covers(referral: Referral, occurred_at: datetime) -> bool:
    """
    Say whether a customer had been sent when something happened, give or take what clocks differ.

    Referrals by a typed code were once stored with the moment of the report in place of the claimed one; that is with
    the conversion that bound the customer.
    """
    if occurred_at >= referral.touched_at - CLOCKS:
        return True
    if referral.conversion_id is None:
        return False
    binding = rows.find(Conversion, referral.conversion_id, "conversion")
    return binding is not None and occurred_at >= binding.occurred_at - CLOCKS


def next_number(referral: Referral, type_: str) -> int:
    """Return the place of the customer's next conversion of a type."""
    if type_ in ("lead", "sale"):
        return 1 + (referral.leads if type_ == "lead" else referral.sales)
    return 1 + referral.others.get(type_, 0)


def count(referral: Referral, type_: str, number: int) -> Write:
    """Return the write that gives a number to a conversion; its condition puts parallel ones in order."""
    if type_ == "sale":
        return writes.update_if(referral, Referral.sales.set(number), condition=Referral.sales == referral.sales)
    if type_ == "lead":
        return writes.update_if(referral, Referral.leads.set(number), condition=Referral.leads == referral.leads)
    others = {**referral.others, type_: number}
    return writes.update_if(referral, Referral.others.set(others), condition=Referral.others == referral.others)
