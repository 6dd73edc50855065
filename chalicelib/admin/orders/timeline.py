"""Says in sentences what came of a conversion, from the click to the last email, in the order in which it happened."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

from chalicelib.admin import codes
from chalicelib.admin.codes import name_of_conversion
from chalicelib.admin.english import LOCALE, money
from chalicelib.admin.money import evidence
from chalicelib.admin.orders.conversion_course import Course
from chalicelib.conversions.table import Amendment, Change, Conversion, Correction, Refund, Restore
from chalicelib.language.texts import texts
from chalicelib.ledger.entries import PARTS
from chalicelib.ledger.sentences import why
from chalicelib.ledger.table import Entry
from chalicelib.notes.note import NoteView
from chalicelib.outbox.table import Message
from chalicelib.rewards.table import Decision, Grant

# Of what has the same moment, the cause comes first.
_CLICK, _REFERRAL, _FACT, _DECISION, _ENTRY, _EMAIL = range(6)


class Step(NamedTuple):
    """Something that happened: when, what it was, in a sentence, who did it, and the pages it is about."""

    at: datetime
    rank: int
    what: str
    sentence: str
    by: str = ""
    note: NoteView | None = None
    links: tuple[tuple[str, str], ...] = ()


def steps(course: Course) -> list[Step]:
    """Return what happened, in order."""
    each = [
        *_touched(course),
        *_referred(course),
        *_reported(course),
        *(_change(course, one) for one in course.evidence.changes),
        *_decided(course),
        *(_entry(course, one) for one in (*course.entries, *course.payments)),
        *(_email(course, one) for one in course.emails),
    ]
    return sorted(each, key=lambda step: (step.at, step.rank))


def _touched(course: Course) -> Iterator[Step]:
    reported, binding = course.evidence.reported, course.evidence.binding
    touches = [*reported.considered, *(binding.considered if binding and binding.id != reported.id else [])]
    for touch in touches:
        whose = f" of {course.name(touch.partner_id)}" if touch.partner_id else ""
        result = "" if touch.won else f" {codes.name_of(touch.eligibility)}: it does not count."
        if touch.eligibility == "eligible" and not touch.won:
            result = " Another one counts."
        if touch.by == "code":
            at = touch.claimed_at or touch.at
            yield Step(at, _CLICK, "Code", f"The code “{touch.token}”{whose} was used.{result}")
            continue
        if touch.by == "friend_name":
            friend = course.name(touch.partner_id) if touch.partner_id else "a friend"
            yield Step(touch.at, _CLICK, "Name", f"The customer named {friend} as who sent them.{result}")
            continue
        if touch.by == "introduction":
            page = f"/admin/introductions/{touch.token}"
            links = (("Introduction", page),) if touch.partner_id else ()
            yield Step(touch.at, _CLICK, "Introduction", f"The introduction{whose} was received.{result}", links=links)
            continue
        click = course.click if touch.won else None
        device = (
            ", ".join(one for one in (codes.name_of(click.device), click.browser, click.country) if one)
            if (click is not None and click.stored)
            else ""
        )
        link = f" {click.code}" if click is not None else ""
        on = f" on {device}" if device else ""
        yield Step(touch.at, _CLICK, "Click", f"The link{link}{whose} was clicked{on}.{result}")


def _referred(course: Course) -> Iterator[Step]:
    referral, binding = course.evidence.referral, course.evidence.binding
    if referral is None:
        return
    customer, partner = course.name(referral.customer_id), course.name(referral.partner_id)
    by = ""
    links: tuple[tuple[str, str], ...] = ()
    if binding is not None and binding.id != course.evidence.reported.id:
        name = f"{name_of_conversion(binding.type)} {binding.external_id}"
        by, links = f" by the {name}", ((name.capitalize(), f"/admin/conversions/{binding.id}"),)
    sentence = f"{customer} became a referral of {partner}{by}, on version {referral.terms_version} of the terms."
    yield Step(referral.bound_at, _REFERRAL, "Referral", sentence, links=links)


def _reported(course: Course) -> Iterator[Step]:
    reported, credit = course.evidence.reported, course.evidence.conversion
    what = name_of_conversion(reported.type)
    amount = f" of {money(reported.amount, reported.currency)}" if reported.priced else ""
    if reported.received_at > reported.occurred_at:
        yield Step(reported.occurred_at, _FACT, what.capitalize(), f"The {what} {reported.external_id} took place.")
    credited = f"credited to {course.name(reported.partner_id)}" if reported.partner_id else "credited to no one"
    by = course.by("conversion.entered")
    source = "entered by hand" if by else "reported by a page" if reported.by_page else "reported"
    note = reported.metadata.get("note", "") if by else ""
    sentence = f"The {what}{amount} was {source} and {credited}: {codes.name_of(reported.attribution)}."
    sentence += f" Note: {note}" if note else ""
    yield Step(reported.received_at, _FACT, "Entered" if by else "Reported", sentence, by=by)
    credited_at: datetime | None = getattr(credit, "credited_at", None)
    if credited_at is not None and credit.attribution == "credited_late":
        sentence = f"It was credited to {course.name(credit.partner_id)}: the referral was reported later."
        yield Step(credited_at, _FACT, "Credited", sentence)


def _decided(course: Course) -> Iterator[Step]:
    evidence_ = course.evidence
    now = evidence_.conversion.decided_as
    conversions = {one.decided_as: one for one in (evidence_.reported, evidence_.conversion)}
    conversions |= {
        (one := change.credit(evidence_.reported)).decided_as: one
        for change in evidence_.changes
        if isinstance(change, Correction)
    }
    of_changes = {change.change_id for change in evidence_.changes}
    # Of what has the same moment, the decision that holds now comes last.
    for identifier, decision in sorted(evidence_.decisions.items(), key=lambda one: one[0] == now):
        if identifier not in of_changes:
            sentence = _decision(course, decision, conversions.get(identifier))
            yield Step(decision.decided_at, _DECISION, "Decision", sentence)


def _decision(course: Course, decision: Decision, conversion: Conversion | None) -> str:
    """Say what a conversion earns, for whom, how that is calculated, and until when it is held."""
    if decision.outcome != "rewarded":
        return f"It earns nothing: {codes.name_of(decision.reason)}."
    how: dict[str, str] = {}
    if conversion is not None and conversion.terms_version == course.evidence.terms.version:
        calculated = evidence.calculation(decision, conversion, course.evidence.terms)
        how = {grant.id: one["how"] for grant, one in zip(decision.rewards, calculated, strict=True)}
    grants = [one for one in decision.rewards if one.amount or one.benefit is not None]
    sentences = [_grant(course, one, decision.currency, how.get(one.id, "")) for one in grants]
    return " ".join([*sentences, *_stopped(course, decision, conversion)])


def _stopped(course: Course, decision: Decision, conversion: Conversion | None) -> list[str]:
    """Say that a partner who was suspended or banned earns nothing of what their friend does."""
    states = {"partner_not_suspended": "suspended", "partner_not_banned": "banned"}
    return [
        f"{course.name(conversion.partner_id)} earns nothing: {states[check.condition]}"
        f" ({codes.name_of_stop(check.detail).lower()})."
        for check in decision.checks
        if check.condition in states and not check.holds and conversion is not None and conversion.partner_id
    ]


def _grant(course: Course, grant: Grant, currency: str, how: str) -> str:
    name = course.name(grant.owner_id)
    if grant.benefit is not None:
        return f"{name} gets {grant.benefit.spelled}."
    return f"{name} earns {money(grant.amount, currency)}{f': {how}' if how else ''}."


def _change(course: Course, change: Change) -> Step:
    sentence, what = _reported_change(course, change)
    decision = course.evidence.decisions.get(change.change_id)
    effect = _effect(course, decision, change) if decision is not None else "Its effect is not decided yet."
    note = course.evidence.notes.get(change.change_id)
    by = course.name(change.by) if isinstance(change, Correction) else course.by(change.change_id)
    return Step(change.received_at, _FACT, what, f"{sentence} {effect}", by=by, note=note)


def _reported_change(course: Course, change: Change) -> tuple[str, str]:
    before, after = change.states(course.evidence.reported)
    currency = course.evidence.reported.currency
    match change:
        case Refund():
            amount, left = money(change.amount, currency), money(after.left, currency)
            return (
                f"{amount} was refunded (refund {change.external_id}{_because(change)}); {left} still counts.",
                "Refund",
            )
        case Restore():
            amount = money(change.amount, currency)
            return f"The refund {change.external_id} of {amount} was undone{_because(change)}.", "Refund undone"
        case Amendment():
            changed = f"{money(before.total, currency)} to {money(after.total, currency)}"
            name = f"amendment {change.external_id}{_because(change)}"
            return f"The amount changed from {changed} ({name}).", "Amount changed"
        case _:
            reason = codes.name_of(change.reason).lower()
            if change.voids:
                return f"It was voided ({reason}) and counts for nothing any more.", "Voided"
            was = f" instead of {course.name(change.partner_before)}" if change.partner_before else ""
            return f"It was credited to {course.name(change.partner_id)}{was} ({reason}).", "Credit corrected"


def _because(change: Refund | Restore | Amendment) -> str:
    return f", {codes.name_of(change.reason).lower()}" if change.reason else ""


def _effect(course: Course, decision: Decision, change: Change) -> str:
    """Say what a change moved of which reward; of an amendment, amounts have their sign."""
    moved = {one.id: one for one in decision.rewards if one.amount or one.benefit is not None}
    if not moved:
        return "No reward changed."
    sign = 1 if isinstance(change, Restore | Amendment) else -1
    parts = []
    for grant in moved.values():
        name = course.name(grant.owner_id)
        if grant.benefit is not None:
            back = isinstance(change, Restore) or (isinstance(change, Amendment) and grant.id in _standing(decision))
            parts.append(f"{name} {'gets' if back else 'should not keep'} {grant.benefit.spelled}.")
            continue
        amount = sign * grant.amount
        parts.append(f"{name}: {money(abs(amount), decision.currency)} {'more' if amount > 0 else 'less'}.")
    return " ".join(parts)


def _standing(decision: Decision) -> set[str]:
    return {one.id for one in decision.stands or []}


def _entry(course: Course, entry: Entry) -> Step:
    gains = [(part, getattr(entry, part)) for part in PARTS if part != "expense" and getattr(entry, part)]
    moved = ", ".join(
        f"{codes.name_of(part).lower()} {'+' if gain > 0 else ''}{money(gain, entry.currency)}" for part, gain in gains
    )
    reason = why(entry.reason if entry.reason is not None else entry.reason_text or "", entry.currency, texts(LOCALE))
    owner = course.name(entry.owner_id)
    kind = codes.KINDS[entry.kind]  # type: ignore[index]
    links: tuple[tuple[str, str], ...] = ()
    if entry.kind.startswith("payout_"):
        links = (("Payout", f"/admin/payouts/{entry.source_id}"),)
        moved += " in total"
    elif entry.reward_id:
        links = (("Reward", f"/admin/rewards/{entry.reward_id}"),)
    sentence = f"{kind}. Account of {owner}, entry {entry.seq}: {moved}. {reason}"
    return Step(entry.at, _ENTRY, "Ledger", sentence, note=course.notes.get(entry.id), links=links)


_STATUSES = {
    "pending": "is about to be sent",
    "sending": "is being sent",
    "sent": "was sent",
    "skipped": "was not sent",
    "failed": "failed",
    "scheduled": "is scheduled",
    "digested": "was part of a digest",
}


def _email(course: Course, message: Message) -> Step:
    to, status = course.name(message.recipient_id), _STATUSES.get(message.status, message.status)
    reason = f": {codes.name_of(message.reason)}" if message.reason else ""
    at = message.sent_at or message.send_at or message.created_at
    sentence = f"The email “{codes.name_of(message.template)}” to {to} {status}{reason}."
    return Step(at, _EMAIL, "Email", sentence)


def view(step: Step, moment: str) -> dict[str, Any]:
    """Return a step as its page's template takes it."""
    return {**step._asdict(), "at": moment}
