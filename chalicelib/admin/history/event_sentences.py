"""Events in sentences, for support."""

from collections.abc import Callable, Mapping
from datetime import tzinfo

import msgspec

from chalicelib.admin import codes
from chalicelib.admin.english import money
from chalicelib.admin.history.event_context import Context, people, spell_money
from chalicelib.admin.history.introduction_sentences import SENTENCES as OF_INTRODUCTIONS
from chalicelib.events.catalog import CATALOG
from chalicelib.events.data import (
    AccountData,
    AdjustmentData,
    AmendmentData,
    BenefitData,
    ConversionData,
    CorrectionData,
    Data,
    EmailData,
    EnrollmentData,
    MaterialData,
    PayoutData,
    ReferralData,
    RefundData,
    RestoreData,
    RewardData,
    StandingData,
)
from chalicelib.events.shapes import EventView

_BY = {"rules": "by the tier rules", "admin": "by an admin"}


def sentence(event: EventView, names: Mapping[str, str], zone: tzinfo) -> str:
    """Return what happened, in a sentence; *names* are those of partners and customers, by id."""
    data: Data = msgspec.convert(event.data, CATALOG[event.type].data)
    return _SENTENCES[event.type](Context(event, data, names, zone))


def _applied(context: Context) -> str:
    return f"Someone applied to join{_agreed(context.data.agreed_version)}."


def _agreed(version: int | None) -> str:
    return f" and agreed to version {version} of the terms" if version is not None else ""


def _enrolled(context: Context) -> str:
    data: EnrollmentData = context.data
    how = " by invitation" if data.invited else " after an application" if data.applied else ""
    return f"{context.partner} joined the program{how}{_agreed(data.agreed_version)}."


def _standing(kind: str) -> Callable[[Context], str]:
    def spell(context: Context) -> str:
        data: StandingData = context.data
        to = f"the {kind} “{codes.name_of(data.to)}”" if data.to else f"no {kind}"
        pinned = f" It is pinned until {context.day(data.pinned_until)}." if data.pinned_until else ""
        since = context.day(data.effective_from)
        return f"{context.partner} has {to} from {since} on, {_BY.get(data.by, data.by)}.{pinned}"

    return spell


def _published(context: Context) -> str:
    data: MaterialData = context.data
    must = ": partners must read it" if data.must_read else ""
    return f"Version {data.version} of “{data.title}” was published{must}."


def _read(context: Context) -> str:
    data: MaterialData = context.data
    what = "accepted" if data.kind == "agreement" else "has read"
    return f"{context.partner} {what} version {data.version} of “{data.title}”."


def _state(what: str) -> Callable[[Context], str]:
    def spell(context: Context) -> str:
        why = f" ({codes.name_of_stop(context.data.reason).lower()})" if context.data.reason else ""
        held = " What was earned before is held." if context.data.earned == "hold" else ""
        return f"{context.partner} {what}{why}.{held}"

    return spell


def _link(what: str) -> Callable[[Context], str]:
    def spell(context: Context) -> str:
        channel = f" for “{context.data.channel}”" if context.data.channel else ""
        return f"The link {context.data.code}{channel} of {context.partner} {what}."

    return spell


def _referral(context: Context) -> str:
    data: ReferralData = context.data
    by = f" by the link {data.code}" if data.code else ""
    return f"{context.customer} was referred by {context.partner}{by}, on version {data.terms_version} of the terms."


def _recorded(context: Context) -> str:
    data: ConversionData = context.data
    amount = f" of {spell_money(data.amount)}" if data.amount else ""
    reported = (
        f"The {codes.name_of_conversion(data.type)} {data.external_id}{amount} by {context.customer} was reported"
    )
    why = codes.name_of(data.attribution)
    if context.event.partner is None:
        return f"{reported}, and credited to no one: {why}."
    return f"{reported}, and credited to {context.partner}: {why}."


def _credited(context: Context) -> str:
    data: ConversionData = context.data
    return (
        f"The {codes.name_of_conversion(data.type)} {data.external_id} is now credited to {context.partner}: "
        "the referral was reported later."
    )


def _refunded(context: Context) -> str:
    data: RefundData = context.data
    return (
        f"{spell_money(data.amount)} was refunded (refund {data.external_id}); {spell_money(data.remaining)} remains."
    )


def _restored(context: Context) -> str:
    data: RestoreData = context.data
    amount, remaining = spell_money(data.amount), spell_money(data.remaining)
    return f"The refund {data.external_id} of {amount} was undone; {remaining} counts again."


def _amended(context: Context) -> str:
    data: AmendmentData = context.data
    changed = f"{spell_money(data.before)} to {spell_money(data.amount)}"
    return f"The amount was amended from {changed} (amendment {data.external_id})."


def _moved(context: Context) -> str:
    data: CorrectionData = context.data
    to = context.partner if context.event.partner else "no one"
    before = f" instead of {context.name(data.partner_before)}" if data.partner_before else ""
    bound = f" From now on, {to} is their referrer." if data.binds else ""
    return f"An admin credited the conversion to {to}{before}: {codes.name_of(data.reason)}.{bound}"


def _reward(context: Context) -> tuple[str, str]:
    """Return how much of a reward was moved, and what it is and whose."""
    data: RewardData = context.data
    rule = f" ({codes.name_of_rule(data.rule)})" if data.rule else ""
    return money(data.amount, data.currency), f"the reward{rule} of {context.name(data.owner)}"


def _held(context: Context) -> str:
    amount, reward = _reward(context)
    data: RewardData = context.data
    if data.kind == "hold":
        return f"An admin put {reward} on hold: {amount} that was due is held for review."
    until = f" until {context.day(data.due_at)}" if data.due_at else ""
    return f"{context.name(data.owner)} earned {amount}{_for_rule(data)}, held{until}."


def _due(context: Context) -> str:
    amount, reward = _reward(context)
    data: RewardData = context.data
    if data.kind == "matured":
        return f"The hold on {reward} ended: {amount} is due."
    return f"{context.name(data.owner)} earned {amount}{_for_rule(data)}, due immediately."


def _for_rule(data: RewardData) -> str:
    return f" ({codes.name_of_rule(data.rule)})" if data.rule else ""


def _reward_changed(what: str) -> Callable[[Context], str]:
    def spell(context: Context) -> str:
        amount, reward = _reward(context)
        return what.format(amount=amount, reward=reward)

    return spell


def _reward_amended(context: Context) -> str:
    amount, reward = _reward(context)
    more = context.data.moved.get("expense", 0) < 0
    return f"The sale was amended, so {reward} is {amount} {'more' if more else 'less'}."


def _account(what: str) -> Callable[[Context], str]:
    def spell(context: Context) -> str:
        data: AccountData = context.data
        return what.format(amount=money(data.amount, data.currency), owner=context.name(context.event.subject))

    return spell


def _adjusted(context: Context) -> str:
    data: AdjustmentData = context.data
    return f"{context.partner} got a {data.type} of {money(data.amount, data.currency)}: {codes.name_of(data.reason)}."


def _benefit(what: str) -> Callable[[Context], str]:
    def spell(context: Context) -> str:
        data: BenefitData = context.data
        reference = f" (reference {data.reference})" if data.reference else ""
        return f"{data.benefit.spelled} {what} {context.name(data.owner)}{reference}."

    return spell


def _prepared(context: Context) -> str:
    data: PayoutData = context.data
    return f"A payout of {spell_money(data.total)} to {people(data.accounts)} was prepared."


def _settled(context: Context) -> str:
    data: PayoutData = context.data
    parts = [
        f"{spell_money(amount)} {what}"
        for amount, what in ((data.paid, "was paid"), (data.returned, "was returned"))
        if amount
    ]
    return f"The payout of {spell_money(data.total)} to {people(data.accounts)} was settled: {', '.join(parts)}."


def _email_failed(context: Context) -> str:
    data: EmailData = context.data
    email = f"The email “{codes.name_of(data.template)}” to {context.name(data.recipient)}"
    return f"{email} failed and will not be retried automatically: {data.reason}."


_SENTENCES: dict[str, Callable[[Context], str]] = {
    "partner.applied": _applied,
    "partner.refused": lambda _: "An application to join was refused.",
    "partner.enrolled": _enrolled,
    "partner.left": lambda context: f"{context.partner} left the program and will still be paid what they earned.",
    "partner.returned": lambda context: f"{context.partner} rejoined the program.",
    "partner.tier_changed": _standing("tier"),
    "partner.category_changed": _standing("category"),
    "partner.suspended": _state("was suspended"),
    "partner.banned": _state("was banned"),
    "partner.reactivated": _state("was reactivated"),
    "partner.payee_changed": lambda context: f"The payout details of {context.partner} were changed.",
    "partner.email_changed": lambda context: f"The email address of {context.partner} was changed.",
    "partner.merged": lambda context: f"{context.partner} was merged into another partner.",
    "partner.handed_over": lambda context: f"The account was handed over to {context.partner}.",
    "partner.erased": lambda context: f"The personal data of {context.partner} were erased.",
    "customer.erased": lambda context: f"The personal data of {context.customer} were erased.",
    "link.created": _link("was created"),
    "link.changed": _link("was changed"),
    "link.ended": _link("ended and no longer works"),
    "link.restored": _link("works again, because its partner rejoined"),
    "referral.created": _referral,
    "conversion.recorded": _recorded,
    "conversion.credited": _credited,
    "conversion.refunded": _refunded,
    "conversion.restored": _restored,
    "conversion.amended": _amended,
    "conversion.moved": _moved,
    "conversion.voided": lambda context: f"An admin voided the conversion: {codes.name_of(context.data.reason)}.",
    "reward.held": _held,
    "reward.due": _due,
    "reward.released": _reward_changed("An admin released {reward}: {amount} is due."),
    "reward.refused": _reward_changed("An admin refused {reward}: {amount} is not paid."),
    "reward.reversed": _reward_changed("{amount} of {reward} was reversed after a refund."),
    "reward.restored": _reward_changed("{amount} of {reward} was restored, because a refund was undone."),
    "reward.amended": _reward_amended,
    "reward.moved": _reward_changed("{amount} of {reward} was reversed: its conversion is credited to someone else."),
    "reward.voided": _reward_changed("{amount} of {reward} was reversed: its conversion was voided."),
    "account.frozen": _account("{amount} due to {owner} was put in a payout."),
    "account.paid": _account("{owner} was paid {amount}."),
    "account.unfrozen": _account("{amount} could not be paid to {owner}; it is due again."),
    "account.returned": _account("{amount} paid to {owner} was returned; it is due again."),
    "account.adjusted": _adjusted,
    "benefit.due": _benefit("is due to"),
    "benefit.given": _benefit("was given to"),
    "benefit.code_given": _benefit("now has a code for"),
    "benefit.taken_back": _benefit("should be taken back from"),
    "payout.prepared": _prepared,
    "payout.settled": _settled,
    **OF_INTRODUCTIONS,
    "material.published": _published,
    "material.read": _read,
    "material.withdrawn": lambda context: f"“{context.data.title}” was withdrawn: partners no longer see it.",
    "email.failed": _email_failed,
}
