"""Writes a message's email out, in its reader's language and the program's own words, from what is known now."""

from collections.abc import Callable, Mapping

import msgspec

from chalicelib.kit import config, instants
from chalicelib.kit.money import written
from chalicelib.messages import email as emails
from chalicelib.messages.catalog import KINDS, SAMPLE
from chalicelib.messages.email import Email
from chalicelib.messages.find_recipient import Recipient, program_of, sender_of
from chalicelib.messages.gather import gathered
from chalicelib.messages.override import words
from chalicelib.messages.send_monthly import Month
from chalicelib.outbox.message import NO_PROGRAM
from chalicelib.outbox.table import Message
from chalicelib.partners import find as partners
from chalicelib.partners.change_settings import end_of_address
from chalicelib.partners.table import change_key
from chalicelib.payouts.prepare import minimum
from chalicelib.programs.table import Program
from chalicelib.rewards.find import reward_of
from chalicelib.rewards.table import FULFILLED

# How we greet somebody whose name we do not know.
_STRANGER = {"en": "there", "de": "liebe Kundin, lieber Kunde"}


def compose(message: Message, recipient: Recipient, *, stop: str) -> Email:
    """Write a message's email; *stop* is where emails like it are stopped, or empty if they cannot be."""
    program = program_of(message, recipient)
    spoken_by = program.id if program else NO_PROGRAM
    language, text = words(spoken_by, recipient.language, message.template)
    sender_name, _ = sender_of(program)
    values = {
        "name": recipient.name or _STRANGER.get(language, ""),
        "program": program.name if program else sender_name,
        "url": recipient.url,
        "stop_url": stop,
        "portal_url": _portal(),
        **_values(message, recipient, language),
    }
    footer = words(spoken_by, recipient.language, KINDS[message.template].footer)[1]
    return emails.compose(text, values, language=language, sender=values["program"], footer=footer)


def preview(program: Program, template: str, language: str, *, url: str, draft: str | None = None) -> Email:
    """Write an email with a sample's values: as it is now, or from a draft."""
    spoken, text = words(program.id, language, template)
    if draft is not None:
        spoken, text = language, draft
    values = {**SAMPLE, "program": program.name, "url": url, "stop_url": url if KINDS[template].stops else ""}
    values["portal_url"] = _portal()
    values["month"] = emails.month_in(spoken, values["month"])
    for name in ("date", "day"):
        values[name] = emails.day_in(spoken, values[name])
    footer = words(program.id, language, KINDS[template].footer)[1]
    return emails.compose(text, values, language=spoken, sender=program.name, footer=footer)


def _values(message: Message, recipient: Recipient, language: str) -> Mapping[str, str]:
    """Return the values that this email has beside those of all; only what it needs is looked up."""
    return _OF_EMAILS.get(message.template, _of_amount)(message, recipient, language)


def _of_amount(message: Message, _recipient: Recipient, language: str) -> dict[str, str]:
    money = written(message.amount, message.currency, language=language) if message.currency else ""
    return {"amount": message.benefit or money}


def _of_due(message: Message, recipient: Recipient, language: str) -> dict[str, str]:
    return _of_amount(message, recipient, language) | {"minimum": _minimum(message, recipient, language)}


def _of_a_friends(message: Message, recipient: Recipient, language: str) -> dict[str, str]:
    told = _of_amount(message, recipient, language)
    if message.benefit is None:
        return told | {
            "money": told["amount"],
            "minimum": _minimum(message, recipient, language),
            "coming": "",
            "given": "",
        }
    given = bool(message.reward_id) and reward_of(str(message.reward_id)).state == FULFILLED
    told |= {"money": "", "minimum": ""}
    return told | {"coming": "" if given else message.benefit, "given": message.benefit if given else ""}


def _of_payment(message: Message, recipient: Recipient, language: str) -> dict[str, str]:
    assert recipient.member is not None, "only partners are told"
    day = message.day or instants.text(message.created_at)[:10]
    return _of_amount(message, recipient, language) | {
        "day": emails.day_in(language, day),
        "payee_email": end_of_address(recipient.member.partner.payee_email),
    }


def _minimum(message: Message, recipient: Recipient, language: str) -> str:
    """Return from which amount on somebody is paid; empty if from the first cent."""
    if message.currency is None:
        return ""
    least = minimum(recipient.owner, message.currency, at=message.created_at)
    return written(least, message.currency, language=language) if least else ""


def _portal() -> str:
    return f"{config.public_url()}/portal"


def _of_hold(message: Message, recipient: Recipient, language: str) -> dict[str, str]:
    day = instants.text(reward_of(message.reward_id).due_at)[:10] if message.reward_id else ""
    due = emails.day_in(language, day) if day else ""
    return _of_amount(message, recipient, language) | {"date": due}


def _of_reversal(message: Message, recipient: Recipient, language: str) -> dict[str, str]:
    reward = reward_of(message.reward_id) if message.reward_id and message.currency else None
    left = written(reward.remaining, reward.currency, language=language) if reward else ""
    return _of_amount(message, recipient, language) | {"left": left}


def _of_month(message: Message, recipient: Recipient, language: str) -> dict[str, str]:
    assert message.figures is not None, "a month has figures"
    told, currency = msgspec.convert(message.figures, Month), message.currency
    assert currency is not None, "and a currency"
    return _of_amount(message, recipient, language) | {
        "month": emails.month_in(language, told.month),
        "taken_back": written(-message.amount, currency, language=language) if message.amount < 0 else "",
        "clicks": str(told.clicks),
        "signups": str(told.signups),
        "sales": str(told.sales),
        "due": written(told.due, currency, language=language),
        "paid": written(told.paid, currency, language=language),
    }


def _of_milestone(message: Message, recipient: Recipient, language: str) -> dict[str, str]:
    return _of_amount(message, recipient, language) | {"friends": message.subject_id.rpartition("#")[2]}


def _of_day(message: Message, recipient: Recipient, language: str) -> Mapping[str, str]:
    told = gathered(message, recipient.emails, language)
    return told | {"day": emails.day_in(language, told["day"])}


def _of_tier(message: Message, recipient: Recipient, _language: str) -> dict[str, str]:
    assert recipient.member is not None, "tiers are partners'"
    change = next(one for one in recipient.member.changes if change_key(one.number) == message.subject_id)
    return {"tier": change.to or ""}


def _of_payee(message: Message, recipient: Recipient, language: str) -> dict[str, str]:
    change = partners.payee_change(recipient.id, message.subject_id)
    assert change is not None, "a change is never deleted"
    moment = instants.text(change.created_at)
    return {
        "payee_name": change.name_end or "",
        "payee_email": change.email_end or "",
        "day": emails.day_in(language, moment[:10]),
        "time": moment[11:16],
        # To where it can be put right, and where one has to sign in.
        "url": f"{_portal()}/settings",
    }


def _of_welcome(message: Message, _recipient: Recipient, _language: str) -> dict[str, str]:
    member = partners.members([message.partner_id]).get(message.partner_id) if message.partner_id else None
    return {"partner": member.partner.name if member else ""}


_OF_EMAILS: Mapping[str, Callable[[Message, Recipient, str], Mapping[str, str]]] = {
    "held": _of_hold,
    "due": _of_due,
    "paid": _of_payment,
    "yours": _of_a_friends,
    "reversed": _of_reversal,
    "monthly": _of_month,
    "milestone": _of_milestone,
    "digest": _of_day,
    "tier": _of_tier,
    "payee": _of_payee,
    "welcome": _of_welcome,
}
