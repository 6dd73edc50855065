"""
The catalog of events: every type there is, with a sample. Closed: nothing else is ever written.

A type's name and the fields that its data has never change; fields may be added, and its version says so.

Pure: no I/O, no clock.
"""

from collections.abc import Mapping

from msgspec import Struct

from chalicelib.events.data import (
    AccountData,
    AdjustmentData,
    AmendmentData,
    ApplicationData,
    BenefitData,
    ChangeData,
    ConversionData,
    CorrectionData,
    Data,
    EmailData,
    EnrollmentData,
    ErasedData,
    HandOverData,
    IntroductionData,
    LinkChangeData,
    LinkData,
    MaterialData,
    MergeData,
    PayoutData,
    ReferralData,
    RefundData,
    RestoreData,
    RewardData,
    StandingData,
    StateData,
)
from chalicelib.kit.money import Money
from chalicelib.programs.terms import Benefit


class EventType(Struct, frozen=True):
    """A type of event: what happened, and the shape of its data with a sample."""

    summary: str
    sample: Data
    version: int = 1

    @property
    def data(self) -> type[Data]:
        """Return the shape of its data."""
        return type(self.sample)


_AT, _LATER = "2026-11-28T12:00:00.000Z", "2026-12-12T12:00:00.000Z"
_CHARACTERS = "01KB4Z8V3HMXQ2T7N5R9C6J0FD"
_CUSTOMER, _PARTNER = f"cus_{_CHARACTERS}", f"ptr_{_CHARACTERS}"
_CONVERSION, _ENTRY, _PAYOUT = f"cnv_{_CHARACTERS}", f"led_{_CHARACTERS}", f"pay_{_CHARACTERS}"
_DIGEST = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0bb822"
_LINK, _COUPON = LinkData("tea-with-ada", "newsletter"), Benefit("coupon", "5 off")
_ENROLLED = EnrollmentData(_AT, invited=True, agreed_version=1)
_CONVERTED = ConversionData(
    "sale", "order-1001", "last_touch", _AT, Money(1999, "USD"), 1, "tea-with-ada", f"ref_{_CHARACTERS}", 1
)


def _introduction(number: int, was: str, state: str, by: str = "business", **more: str) -> IntroductionData:
    return IntroductionData(number, state, by, was, **more)


def _reward(kind: str, **moved: int) -> RewardData:
    due_at = _LATER if "held" in moved else _AT
    return RewardData(
        _PARTNER, _ENTRY, 7, kind, 300, "USD", moved, _CONVERSION, "sale_referrer", to="referrer", due_at=due_at
    )


def _account(kind: str, **moved: int) -> AccountData:
    return AccountData(_ENTRY, 8, kind, 300, "USD", moved, _PAYOUT)


CATALOG: Mapping[str, EventType] = {
    "partner.applied": EventType("Someone applied to join a program.", ApplicationData(1)),
    "partner.refused": EventType("An application was refused.", ApplicationData(1)),
    "partner.enrolled": EventType("A partner joined a program.", _ENROLLED),
    "partner.left": EventType("A partner left a program; what they earned will still be paid.", _ENROLLED),
    "partner.returned": EventType("A partner who had left a program rejoined it.", _ENROLLED),
    "partner.tier_changed": EventType("A partner's tier in a program changed.", StandingData(2, "gold", _AT, "rules")),
    "partner.category_changed": EventType("A partner's category changed.", StandingData(3, "influencer", _AT, "admin")),
    "partner.suspended": EventType(
        "A partner was suspended and earns nothing until reactivated.", StateData(4, _AT, "under_review", "hold")
    ),
    "partner.banned": EventType(
        "A partner was banned: they earn nothing and cannot join again.", StateData(5, _AT, "fraud", "hold")
    ),
    "partner.reactivated": EventType("A suspended or banned partner earns again.", StateData(6, _AT)),
    "partner.payee_changed": EventType("A partner's payout details changed.", ChangeData(_CHARACTERS)),
    "partner.email_changed": EventType("A partner's email address changed.", ChangeData(f"change#{_CHARACTERS}")),
    "partner.merged": EventType("A duplicate was merged into another partner.", MergeData(_PARTNER)),
    "partner.handed_over": EventType(
        "A partner's account was handed over to another person.", HandOverData(_CHARACTERS, "inheritance")
    ),
    "partner.erased": EventType("A partner's personal data were erased.", ErasedData(_AT)),
    "customer.erased": EventType("A customer's personal data were erased.", ErasedData(_AT)),
    "link.created": EventType("A link was created.", _LINK),
    "link.changed": EventType(
        "A link's destination, channel or expiry changed.",
        LinkChangeData("tea-with-ada", "newsletter", destination="https://tea.example/spring", expires_at=_LATER),
    ),
    "link.ended": EventType("A link ended and no longer works.", _LINK),
    "link.restored": EventType("A link that ended when its partner left works again, because they rejoined.", _LINK),
    "referral.created": EventType(
        "A customer was bound to the partner who referred them.",
        ReferralData(_CONVERSION, 1, "tea-with-ada"),
        version=2,
    ),
    "conversion.recorded": EventType("A sign-up, a sale or a custom event was reported.", _CONVERTED),
    "conversion.credited": EventType(
        "A conversion without a partner was credited to one, because the referral was reported later.", _CONVERTED
    ),
    "conversion.refunded": EventType(
        "A refund was reported.", RefundData(f"rfd_{_CHARACTERS}", "refund-1", Money(999, "USD"), Money(1000, "USD"))
    ),
    "conversion.restored": EventType(
        "A refund was undone: it failed, or its dispute was won.",
        RestoreData(f"rst_{_CHARACTERS}", f"rfd_{_CHARACTERS}", "refund-1", Money(999, "USD"), Money(1999, "USD")),
    ),
    "conversion.amended": EventType(
        "The amount of a sale changed before any refund.",
        AmendmentData(f"amd_{_CHARACTERS}", "amendment-1", Money(2999, "USD"), Money(1999, "USD")),
    ),
    "conversion.moved": EventType(
        "An admin credited a conversion to another partner, or to none.",
        CorrectionData(f"crc_{_CHARACTERS}", "named_later", f"ptr_{_CHARACTERS}", binds=True),
    ),
    "conversion.voided": EventType(
        "An admin voided a conversion: it was a test, or a mistake.",
        CorrectionData(f"crc_{_CHARACTERS}", "test", f"ptr_{_CHARACTERS}"),
    ),
    "reward.held": EventType(
        "A reward was granted but is not due yet, or was put on hold.", _reward("reward", held=300, expense=-300)
    ),
    "reward.due": EventType(
        "A reward is due: it was granted, or its hold ended.", _reward("matured", held=-300, due=300)
    ),
    "reward.released": EventType(
        "An admin released a held reward, which is now due.", _reward("release", held=-300, due=300)
    ),
    "reward.refused": EventType("An admin refused a reward.", _reward("refusal", due=-300, expense=300)),
    "reward.reversed": EventType(
        "A reward was reversed, in part or in full, after a refund.", _reward("reversal", due=-300, expense=300)
    ),
    "reward.restored": EventType(
        "What a refund had reversed of a reward was restored.", _reward("restore", due=300, expense=-300)
    ),
    "reward.amended": EventType(
        "A reward changed because the amount of its sale did.", _reward("amendment", due=300, expense=-300)
    ),
    "reward.moved": EventType(
        "A reward was reversed, because its conversion was credited to someone else.",
        _reward("credit_moved", due=-300, expense=300),
    ),
    "reward.voided": EventType(
        "A reward was reversed, because its conversion was voided.",
        _reward("voided", due=-300, expense=300),
    ),
    "account.frozen": EventType(
        "What is due to an account was put in a payout.", _account("payout_prepared", due=-300, frozen=300)
    ),
    "account.paid": EventType("An account was paid.", _account("payout_paid", frozen=-300, paid=300)),
    "account.unfrozen": EventType(
        "A payment to an account failed; the money is due again.", _account("payout_failed", frozen=-300, due=300)
    ),
    "account.returned": EventType(
        "A payment to an account was returned; the money is due again.", _account("payout_returned", paid=-300, due=300)
    ),
    "account.adjusted": EventType(
        "A person gave a partner a bonus, or made a deduction.",
        AdjustmentData(
            *(_ENTRY, 9, "adjustment", 2500, "USD", {"due": 2500, "expense": -2500}),
            adjustment=f"adj_{_CHARACTERS}",
            type="bonus",
            reason="campaign",
        ),
    ),
    "benefit.due": EventType("A benefit is due.", BenefitData(_CUSTOMER, _COUPON, _CONVERSION)),
    "benefit.given": EventType("A benefit was given.", BenefitData(_CUSTOMER, _COUPON, _CONVERSION, reference="c-17")),
    "benefit.code_given": EventType(
        "Its owner was given a code to use a benefit by.", BenefitData(_CUSTOMER, _COUPON, _CONVERSION)
    ),
    "benefit.taken_back": EventType("A benefit should be taken back.", BenefitData(_CUSTOMER, _COUPON, _CONVERSION)),
    "payout.prepared": EventType("A payout's list is final and can be exported.", PayoutData(Money(300, "USD"), 1)),
    "payout.settled": EventType(
        "Every item of a payout was paid, failed or was returned.", PayoutData(Money(300, "USD"), 1, Money(300, "USD"))
    ),
    "introduction.received": EventType(
        "A person was introduced, and is to hear from the business; or the next in line moved up.",
        IntroductionData(1, "received", "partner", until=_LATER),
    ),
    "introduction.accepted": EventType(
        "An introduction was accepted and is protected.", _introduction(2, "received", "accepted", until=_LATER)
    ),
    "introduction.declined": EventType(
        "An introduction was declined.", _introduction(2, "received", "declined", reason="no_fit")
    ),
    "introduction.second_in_line": EventType(
        "A person was introduced whom another partner introduced before.",
        IntroductionData(1, "second_in_line", "partner", reason="introduced_before", until=_LATER),
    ),
    "introduction.needs_more": EventType(
        "The business asked the partner for what is missing.", _introduction(2, "received", "needs_more")
    ),
    "introduction.moved": EventType(
        "An introduction moved to another stage, or its partner heard something about it.",
        _introduction(3, "accepted", "meeting", until=_LATER),
    ),
    "introduction.won": EventType(
        "An introduced person bought.", _introduction(4, "meeting", "won", "sale", conversion=_CONVERSION)
    ),
    "introduction.lost": EventType(
        "An accepted introduction led to nothing, or its sale was refunded.",
        _introduction(4, "meeting", "lost", reason="no_budget"),
    ),
    "introduction.lapsed": EventType(
        "An introduction ended because of time, or its partner withdrew it.",
        _introduction(4, "meeting", "lapsed", "time", reason="protection_over"),
    ),
    "material.published": EventType(
        "A version of a material was published.", MaterialData(2, "agreement", "How we work together", _DIGEST, True)
    ),
    "material.read": EventType(
        "A partner said that they have read a version of a material; of an agreement, that they accept it.",
        MaterialData(2, "agreement", "How we work together", _DIGEST),
    ),
    "material.withdrawn": EventType(
        "A material was withdrawn: partners no longer see it.", MaterialData(2, "guide", "Your first week")
    ),
    "email.failed": EventType("An email failed and needs a person.", EmailData("earned", _PARTNER, "Rejected")),
}
FAMILIES = sorted({name.partition(".")[0] for name in CATALOG})


def is_type(text: str) -> bool:
    """Return whether this is a type, or all types of a family, such as `reward.*`."""
    family, _, rest = text.partition(".")
    return text in CATALOG or (rest == "*" and family in FAMILIES)


def fits(name: str, pattern: str) -> bool:
    """Return whether a type is this one, or of this family."""
    return name.startswith(pattern.removesuffix("*")) if pattern.endswith(".*") else name == pattern
