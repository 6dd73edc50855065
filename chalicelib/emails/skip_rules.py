"""Why an email is skipped: asked when it is about to be sent, from how things are then, what takes calls last."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from chalicelib.emails.catalog import (
    ABOUT_MONEY,
    ADMIN_SIGN_IN,
    ASK,
    INTRODUCTIONS_OVERDUE,
    SIGN_IN,
    TEMPLATES,
)
from chalicelib.emails.digest import DIGEST, ReadNews
from chalicelib.emails.introduction_names import INTRODUCED
from chalicelib.emails.introduction_triggers import ABOUT_INTRODUCTIONS
from chalicelib.emails.merged import is_of_one_mailbox
from chalicelib.emails.must_read import MUST_READ, why_not_to_read
from chalicelib.emails.program_end import PROGRAM_END
from chalicelib.emails.recipients import Recipient
from chalicelib.emails.rise import brings, has_risen
from chalicelib.emails.suppressions import UNSUBSCRIBED, suppression_reason
from chalicelib.emails.terms_change import TERMS_CHANGE, TERMS_STAY, is_withdrawn, was_announced
from chalicelib.emails.triggers import (
    APPLIED,
    DUE,
    GOODBYE,
    JOINED,
    MERGED,
    PAYOUT_FAILED,
    REMINDERS,
    WHO_SENT_YOU,
    YOURS_CODE,
    YOURS_FAILED,
)
from chalicelib.kit import instants
from chalicelib.kit.dynamo import rows
from chalicelib.language.texts import texts
from chalicelib.ledger import find as ledger
from chalicelib.outbox.table import Message
from chalicelib.partners.joining_table import Application
from chalicelib.partners.tokens import is_open
from chalicelib.payouts.table import PAYOUT, Payout
from chalicelib.programs import find as programs
from chalicelib.rewards.codes import handed_out
from chalicelib.rewards.find import decision_of, reward_of
from chalicelib.rewards.find import find as find_reward
from chalicelib.stats.counts import Counts
from chalicelib.stats.report import partner_totals
from chalicelib.stats.shapes import MOST_DAYS, PartnerStatsQuery

# They ask for new friends, who count no longer once their program has ended.
_ASK_TO_SHARE = frozenset({"invitation", "first_steps", *REMINDERS, "tier"})


def skip_reason(message: Message, recipient: Recipient, address: str, news: ReadNews, *, at: datetime) -> str | None:
    """Return the reason for which an email to an address is skipped, or None: then it is sent."""
    template = TEMPLATES[message.template]
    if message.is_test and not _is_administrators(address):
        return "test_program"
    if template.topics and set(template.topics) <= set(recipient.preferences.off):
        return UNSUBSCRIBED
    reason = _why_pointless(message, recipient, news, at=at)
    reason = reason or suppression_reason(address, invitation=template.unsolicited, essential=template.essential)
    # Last of all, since what is not skipped counts as asked, or as written to, from then on.
    last = _LAST_RULES.get(message.template)
    return last(message, address, at) if reason is None and last is not None else reason


def _why_not_asked(message: Message, _address: str, at: datetime) -> str | None:
    # Few emails ask: no function's start waits for what only they need.
    from chalicelib.emails.asks import why_not

    return why_not(message, at=at)


def _introduced(message: Message, address: str, at: datetime) -> str | None:
    """Skip the email to an introduced person whose mailbox had one of this program, or is to get none."""
    # Few emails are to them.
    from chalicelib.emails.introduced_mailboxes import claim

    return None if claim(message, address, at=at) else "written_before"


def _is_administrators(address: str) -> bool:
    """Return whether somebody who administers has an address: to them, tests send what they cause."""
    # Few programs are tests: no function's start waits for the rows of people.
    from chalicelib.users.find import find_id_by_address

    return find_id_by_address(address) is not None


def _why_pointless(message: Message, recipient: Recipient, news: ReadNews, *, at: datetime) -> str | None:
    if message.template in ABOUT_MONEY and not message.amount and not message.benefit:
        return "nothing_to_tell"
    if TEMPLATES[message.template].topics and recipient.enrollment and recipient.enrollment.left_at:
        return "has_left"
    if _has_expired(message, recipient, at=at):
        return "too_late"
    if message.template in _ASK_TO_SHARE and not programs.find(message.program_id).program.takes_touch(at):
        return "program_ended"
    if message.template == DIGEST and not news():
        return "nothing_to_tell"
    rule = _RULES.get(message.template)
    return rule(message, recipient, at) if rule is not None else None


def _reminder(message: Message, recipient: Recipient, at: datetime) -> str | None:
    return "has_shared" if _was_shared(message, recipient, at=at) else None


def _application(message: Message, _recipient: Recipient, _at: datetime) -> str | None:
    """Skip the confirmation of an application that was answered since: the answer's email says more."""
    application = rows.find(Application, message.recipient_id, "application")
    return "decided" if application is None or application.decided_at is not None else None


def _goodbye(_message: Message, recipient: Recipient, _at: datetime) -> str | None:
    return "is_back" if recipient.enrollment and recipient.enrollment.left_at is None else None


def _merged(message: Message, recipient: Recipient, _at: datetime) -> str | None:
    return "told_at_this_address" if is_of_one_mailbox(message, recipient) else None


def _payout_failed(message: Message, _recipient: Recipient, _at: datetime) -> str | None:
    """Skip the email about a failed batch payout that had paid no one: the partner's account has not changed."""
    payout = rows.find(Payout, message.payout_id, PAYOUT) if message.payout_id else None
    if payout is None or payout.items == 1 or payout.paid_items or payout.ended < payout.items:
        return None
    return "called_off"


def _joined(message: Message, recipient: Recipient, at: datetime) -> str | None:
    """
    Skip the email that a friend joined if the email about the reward for it says so.

    If the reward is not decided yet, the email is sent: a decision after this moment is rare.
    """
    decision = decision_of(message.conversion_id) if message.conversion_id else None
    if decision is None or "rewards" in recipient.preferences.off:
        return None
    earned = [one for one in decision.rewards if one.to == "referrer" and (one.amount or one.benefit)]
    is_told = any(one.benefit is None or str(one.due_at) <= instants.text(at) for one in earned)
    return "told_with_reward" if is_told else None


def _overdue(message: Message, _recipient: Recipient, _at: datetime) -> str | None:
    # Few emails are about introductions: no function's start waits for their rows.
    from chalicelib.emails.overdue import overdue_for

    return None if overdue_for(message) else "nothing_to_tell"


def _due(message: Message, _recipient: Recipient, _at: datetime) -> str | None:
    """Skip the email that a reward is due on the day that an earlier email already gave."""
    by_admin = message.reward_id is None or reward_of(message.reward_id).decided_by_admin
    return None if by_admin else "as_announced"


def _terms_change(message: Message, recipient: Recipient, _at: datetime) -> str | None:
    if recipient.enrollment and recipient.enrollment.left_at:
        return "has_left"
    return "withdrawn" if is_withdrawn(message) else None


def _program_end(_message: Message, recipient: Recipient, _at: datetime) -> str | None:
    return "has_left" if recipient.enrollment and recipient.enrollment.left_at else None


def _terms_stay(message: Message, recipient: Recipient, _at: datetime) -> str | None:
    """Skip the email that a change was withdrawn if its announcement was never sent."""
    if recipient.enrollment and recipient.enrollment.left_at:
        return "has_left"
    return None if was_announced(message) else "not_announced"


def _tier(message: Message, recipient: Recipient, _at: datetime) -> str | None:
    if not has_risen(message, recipient):
        return "not_risen"
    return None if brings(message, recipient, texts(recipient.locale)) else "brings_nothing"


def _who_sent_you(message: Message, _recipient: Recipient, at: datetime) -> str | None:
    """Skip the question who sent a customer if it is known by now, or too late to say."""
    # Rare: no other email waits for what reads conversions.
    from chalicelib.conversions.claim_links import is_open_for

    return None if is_open_for(str(message.conversion_id), at=at) else "claim_closed"


def _yours(message: Message, _recipient: Recipient, _at: datetime) -> str | None:
    """Skip the email about a benefit that was given with a code already: the email with the code says so."""
    handout = handed_out(find_reward(str(message.reward_id))) if message.benefit and message.reward_id else None
    return "told_with_code" if handout is not None else None


def _code(message: Message, _recipient: Recipient, _at: datetime) -> str | None:
    """Skip the email about a code that is no longer theirs: taken back, or replaced by another one."""
    state = find_reward(str(message.reward_id))
    fulfillment = state.fulfillment
    if handed_out(state) is None or fulfillment is None or fulfillment.code_given_at is None:
        return "taken_back"
    return None if message.subject_id.endswith(f"#{instants.text(fulfillment.code_given_at)}") else "replaced"


def _introduction(message: Message, recipient: Recipient, at: datetime) -> str | None:
    # Other emails do not wait for it.
    from chalicelib.emails.introductions import skip_reason as reason

    return reason(message, recipient, at)


def _has_expired(message: Message, recipient: Recipient, *, at: datetime) -> bool:
    """Return whether the link in an email has expired."""
    if recipient.email_request is not None:
        return not is_open(recipient.email_request, at=at)
    if message.template not in (SIGN_IN, ADMIN_SIGN_IN):
        return False
    link = recipient.magic_link
    return link is None or link.used_at is not None or link.good_until <= at


def _story(message: Message, _recipient: Recipient, _at: datetime) -> str | None:
    head = ledger.head(message.recipient_id, message.currency) if message.currency else None
    return "taken_back" if head is None or head.held + head.due + head.frozen + head.paid <= 0 else None


def _was_shared(message: Message, recipient: Recipient, *, at: datetime) -> bool:
    """
    Return whether the partner has brought any visitor.

    Looks at the period that statistics keep, which is longer than the wait of any reminder.
    """
    since = (at - timedelta(days=MOST_DAYS - 2)).date().isoformat()
    query = PartnerStatsQuery(from_=since, to=at.date().isoformat(), program=message.program_id)
    totals = partner_totals(recipient.profile, query, at=at) if recipient.profile else Counts()
    return any((totals.human, totals.leads, totals.sales))


_RULES: Mapping[str, Callable[[Message, Recipient, datetime], str | None]] = {
    **dict.fromkeys(REMINDERS, _reminder),
    APPLIED: _application,
    GOODBYE: _goodbye,
    MERGED: _merged,
    JOINED: _joined,
    DUE: _due,
    PAYOUT_FAILED: _payout_failed,
    YOURS_FAILED: _payout_failed,
    TERMS_CHANGE: _terms_change,
    TERMS_STAY: _terms_stay,
    PROGRAM_END: _program_end,
    MUST_READ: why_not_to_read,
    WHO_SENT_YOU: _who_sent_you,
    "tier": _tier,
    "success": _story,
    "yours": _yours,
    "code_ready": _code,
    YOURS_CODE: _code,
    "milestone": _story,
    **dict.fromkeys(ABOUT_INTRODUCTIONS, _introduction),
    INTRODUCTIONS_OVERDUE: _overdue,
}
_LAST_RULES: Mapping[str, Callable[[Message, str, datetime], str | None]] = {
    ASK: _why_not_asked,
    INTRODUCED: _introduced,
}
