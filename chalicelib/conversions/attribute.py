"""Attributes what is reported to the partner who sent the customer: by an earlier referral or a touch of the report."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct

from chalicelib.conversions import attribution
from chalicelib.conversions.attribution import CLOCKS, EvaluatedTouch, SelfReferral, Touch
from chalicelib.conversions.reported import Reported
from chalicelib.conversions.table import Conversion
from chalicelib.conversions.trace import has_touches, identify, self_referral, trace
from chalicelib.kit import ids
from chalicelib.kit.dynamo import rows, writes
from chalicelib.kit.dynamo.writes import Write
from chalicelib.partners import find as partners
from chalicelib.partners.duplicates import recall_survivor_id
from chalicelib.referrals.find import CustomerProfile
from chalicelib.referrals.table import Referral, referral_key


class Attribution(Struct, frozen=True):
    """
    The partner a conversion is credited to, the terms, and *why*; no partner, if there is no *referral*.

    *number* is its place among the customer's conversions of its type since the referral; a sale of nothing has
    none, and takes none. One that *binds* creates the referral; for it, *newcomer* says whether the customer was
    unknown before, and *supersedes* is the referral that it replaces. *self_referral* is what the partner and the
    customer have in common: then its rewards are held. *winner* is the touch that binds.
    """

    why: str
    terms_version: int
    referral: Referral | None = None
    number: int = 0
    binds: bool = False
    newcomer: bool | None = None
    supersedes: Referral | None = None
    self_referral: str | None = None
    touches: list[EvaluatedTouch] = []
    winner: Touch | None = None

    @property
    def introduction_id(self) -> str | None:
        """Return the introduction that brought the customer, if one did."""
        return self.referral.introduction_id if self.referral is not None else None

    @property
    def partner_id(self) -> str | None:
        """Return who is credited: who sent the customer, or the partner they were merged into since."""
        return recall_survivor_id(self.referral.partner_id) if self.referral is not None else None

    def writes(self, reported: Reported, *, confirms: bool = False) -> list[Write]:
        """
        Return the writes that belong to the conversion: its new referral, or its number in the existing one.

        One that *confirms* a page's lead has that lead's number.
        """
        if self.referral is None:
            return []
        if self.supersedes is not None:
            return [writes.put_if(self.referral, _stands(self.supersedes))]
        if self.binds:
            return [writes.insert(self.referral)]
        if self.number and not confirms:
            return [count(self.referral, reported.report.type, self.number, confirmed=not reported.by_page)]
        if not self.referral.by_page:
            return []
        return [writes.update_if(self.referral, Referral.by_page.remove(), condition=_stands(self.referral))]


def attribute(reported: Reported, customer: CustomerProfile | None) -> Attribution:
    """
    Return the partner a conversion is credited to; *customer* is None if they are new.

    A page's report is valid until the server's first report of the customer in the program: if that has a touch that
    counts, it decides; if not, it confirms the page's. A customer who referred themselves can still be referred. An
    introduction that the report does not name takes a page's customer only if it is accepted, and counts before.
    """
    referral = customer.referral(reported.program_terms.program.id) if customer else None
    if referral is None:
        return _attribute_to_touch(reported, customer)
    if (referral.by_page or referral.self_referral) and not reported.by_page:
        own = _attribute_to_touch(reported, customer)
        if (
            own.referral is not None
            and own.partner_id != recall_survivor_id(referral.partner_id)
            and _prevails(own, referral, reported)
        ):
            return msgspec.structs.replace(own, supersedes=referral)
    if not covers(referral, reported.occurred_at):
        # It happened before the referral: no partner is credited, in whatever order the reports arrive.
        return Attribution("before_referral", reported.program_terms.in_force(reported.at).version)
    number = next_number(referral, reported.report.type) if _counts(reported) else 0
    evidence = referral.self_referral or _self_referral(referral.partner_id, reported, customer)
    return Attribution("already_referred", referral.terms_version, referral, number, self_referral=evidence)


def _prevails(own: Attribution, referral: Referral, reported: Reported) -> bool:
    """Return whether what a report would bind a customer by counts before the referral that a page's lead made."""
    winner = own.winner
    if not referral.by_page or referral.self_referral or winner is None or winner.by != "introduction":
        return True
    if winner.token in {touch.introduction for touch in reported.report.touches}:
        return True
    first_counts = reported.program_terms.in_force(reported.at).touch == "first"
    return not winner.yields and first_counts == (winner.at < referral.touched_at)


def _self_referral(partner_id: str, reported: Reported, customer: CustomerProfile | None) -> SelfReferral | None:
    """Say by what the partner who sent a customer is that customer, if by anything that this report adds."""
    survivor_id = recall_survivor_id(partner_id)
    profile = partners.recall_all([survivor_id]).get(survivor_id)
    if profile is None:
        return None
    return self_referral(profile.partner, identify(reported.report.customer, customer, account=False))


def _attribute_to_touch(reported: Reported, customer: CustomerProfile | None) -> Attribution:
    terms = reported.program_terms.in_force(reported.at)
    report = reported.report
    person = identify(report.customer, customer, account=has_touches(report), same_id=reported.same_id)
    if reported.partner is not None:
        return _bound(
            reported,
            customer,
            why="credited_by_hand",
            partner_id=reported.partner.id,
            terms_version=terms.version,
            touched_at=reported.occurred_at,
            self_referral=self_referral(reported.partner, person),
        )
    emails = _emails(reported, customer) if not reported.by_page else None
    traced = trace(
        reported.report, reported.program_terms, person, emails, occurred_at=reported.occurred_at, at=reported.at
    )
    winner = attribution.choose(traced, touch=terms.touch, occurred_at=reported.occurred_at)
    touches = attribution.evaluate(traced, winner, occurred_at=reported.occurred_at)
    if winner is None:
        return Attribution(_uncredited_because(touches), terms.version, touches=touches)
    return _bound(
        reported,
        customer,
        why=f"{terms.touch}_touch",
        partner_id=winner.partner_id,
        code_key=winner.code_key or None,
        introduction_id=attribution.introduction_of(traced, winner, occurred_at=reported.occurred_at),
        terms_version=winner.terms_version,
        touched_at=attribution.sent_at(winner, occurred_at=reported.occurred_at),
        self_referral=winner.self_referral,
        touches=touches,
        winner=winner,
    )


def _uncredited_because(touches: Sequence[EvaluatedTouch]) -> str:
    """Return why no touch counts; who sent a customer may still be claimed, whatever came later."""
    if any(touch.eligibility == "unclaimed" for touch in touches):
        return "unclaimed"
    return touches[-1].eligibility if touches else "no_touch"


def _emails(reported: Reported, customer: CustomerProfile | None) -> list[str]:
    """Return the customer's addresses as the server knows them, by which they may have been introduced."""
    stored = customer.customer.email if customer is not None else None
    return list(dict.fromkeys(email for email in (reported.report.customer.email, stored) if email))


def _bound(
    reported: Reported,
    customer: CustomerProfile | None,
    *,
    why: str,
    partner_id: str,
    code_key: str | None = None,
    introduction_id: str | None = None,
    terms_version: int,
    touched_at: datetime,
    self_referral: SelfReferral | None,
    touches: Sequence[EvaluatedTouch] = (),
    winner: Touch | None = None,
) -> Attribution:
    """Return the attribution that binds a customer to a partner, by a referral that counts this conversion."""
    type_ = reported.report.type
    referral = Referral(
        reported.customer_id,
        referral_key(reported.program_terms.program.id),
        id=ids.new("ref", reported.at),
        program_id=reported.program_terms.program.id,
        partner_id=partner_id,
        code_key=code_key,
        introduction_id=introduction_id,
        terms_version=terms_version,
        touched_at=touched_at,
        bound_at=reported.at,
        began_at=reported.occurred_at,
        conversion_id=reported.conversion_id,
        by_page=reported.by_page or None,
        self_referral=self_referral,
        leads=int(type_ == "lead"),
        sales=int(type_ == "sale" and _counts(reported)),
        others={} if type_ in ("lead", "sale") else {type_: 1},
    )
    return Attribution(
        why=why,
        terms_version=terms_version,
        referral=referral,
        number=int(_counts(reported)),
        binds=True,
        newcomer=customer is None,
        touches=list(touches),
        self_referral=self_referral,
        winner=winner,
    )


def _stands(referral: Referral) -> Any:
    """Return the condition that a referral was neither superseded nor merged into another since it was read."""
    return (Referral.id == referral.id) & Referral.merged_into.does_not_exist()


def _counts(reported: Reported) -> bool:
    """Return whether a conversion has a place among those of its type: a sale of nothing, such as a trial, has none."""
    amount = reported.report.amount
    return reported.report.type != "sale" or (amount is not None and amount.amount > 0)


def covers(referral: Referral, occurred_at: datetime) -> bool:
    """
    Return whether a customer had been sent when something happened, give or take what clocks differ.

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


def count(referral: Referral, type_: str, number: int, *, confirmed: bool = True) -> Write:
    """
    Return the write that gives a number to a conversion; its condition puts parallel ones in order.

    If it is *confirmed* by the server, the page's report of the referral is final.
    """
    if type_ == "sale":
        counted, same = Referral.sales.set(number), Referral.sales == referral.sales
    elif type_ == "lead":
        counted, same = Referral.leads.set(number), Referral.leads == referral.leads
    else:
        counted = Referral.others.set({**referral.others, type_: number})
        same = Referral.others == referral.others
    # A guest's counts in another's place once they are merged.
    same &= Referral.merged_into.does_not_exist()
    if not referral.by_page:
        return writes.update_if(referral, counted, condition=same)
    # Until it is confirmed, another may take its place.
    same &= Referral.id == referral.id
    return writes.update_if(referral, counted, *([Referral.by_page.remove()] if confirmed else []), condition=same)
