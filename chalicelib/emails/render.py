"""Renders a message's email, in its reader's language, by the program's template, from how things are now."""

from collections.abc import Callable, Mapping

import msgspec

from chalicelib.emails import markup
from chalicelib.emails.catalog import SAMPLE_VALUES, TEMPLATES
from chalicelib.emails.digest import DIGEST, ReadNews, digest_values
from chalicelib.emails.markup import Email, format_day, format_month
from chalicelib.emails.monthly import MonthlyFigures
from chalicelib.emails.recipients import Recipient, program_of, sender_of
from chalicelib.emails.templates import template_for
from chalicelib.kit import config, instants
from chalicelib.kit.money import written
from chalicelib.ledger.find_owner import minimum_payout
from chalicelib.outbox.message import NO_PROGRAM
from chalicelib.outbox.table import Message
from chalicelib.partners import find as partners
from chalicelib.partners.settings import mask_address
from chalicelib.partners.table import change_key
from chalicelib.programs.table import Program
from chalicelib.rewards.find import reward_of
from chalicelib.rewards.table import FULFILLED

# The greeting of somebody without a name.
_NO_NAME = {"en": "there", "de": "liebe Kundin, lieber Kunde"}


def render(message: Message, recipient: Recipient, news: ReadNews, *, unsubscribe_url: str) -> Email:
    """Render a message's email; *unsubscribe_url* is empty if nobody can unsubscribe from emails like it."""
    program = program_of(message, recipient)
    program_id = program.id if program else NO_PROGRAM
    language, text, footer = template_for(program_id, recipient.language, message.template)
    sender_name, _ = sender_of(program)
    values = {
        "name": recipient.name or _NO_NAME.get(language, ""),
        "program": program.name if program else sender_name,
        "url": recipient.url,
        "stop_url": unsubscribe_url,
        "portal_url": _portal_url(),
        **(
            digest_values(message, news(), language)
            if message.template == DIGEST
            else _values(message, recipient, language)
        ),
    }
    return markup.render(text, values, language=language, sender=values["program"], footer=footer)


def render_preview(program: Program, template: str, language: str, *, url: str, draft: str | None = None) -> Email:
    """Render an email with a sample's values: as it is now, or from a draft."""
    written_in, text, footer = template_for(program.id, language, template)
    if draft is not None:
        written_in, text = language, draft
    unsubscribe_url = url if TEMPLATES[template].can_unsubscribe else ""
    values = {**SAMPLE_VALUES, "program": program.name, "url": url, "stop_url": unsubscribe_url}
    values["portal_url"] = _portal_url()
    values["month"] = format_month(written_in, values["month"])
    for name in ("date", "day"):
        values[name] = format_day(written_in, values[name])
    return markup.render(text, values, language=written_in, sender=program.name, footer=footer)


def _values(message: Message, recipient: Recipient, language: str) -> Mapping[str, str]:
    """Return the values that this email has beside those of all; only what it needs is looked up."""
    return _VALUES.get(message.template, _amount_values)(message, recipient, language)


def _amount_values(message: Message, _recipient: Recipient, language: str) -> dict[str, str]:
    money = written(message.amount, message.currency, language=language) if message.currency else ""
    return {"amount": message.benefit or money}


def _due_values(message: Message, recipient: Recipient, language: str) -> dict[str, str]:
    return _amount_values(message, recipient, language) | {"minimum": _minimum(message, recipient, language)}


def _customer_reward_values(message: Message, recipient: Recipient, language: str) -> dict[str, str]:
    values = _amount_values(message, recipient, language)
    if message.benefit is None:
        return values | {
            "money": values["amount"],
            "minimum": _minimum(message, recipient, language),
            "coming": "",
            "given": "",
        }
    given = bool(message.reward_id) and reward_of(str(message.reward_id)).state == FULFILLED
    values |= {"money": "", "minimum": ""}
    return values | {"coming": "" if given else message.benefit, "given": message.benefit if given else ""}


def _payment_values(message: Message, recipient: Recipient, language: str) -> dict[str, str]:
    assert recipient.member is not None, "only partners are paid"
    day = message.day or instants.text(message.created_at)[:10]
    return _amount_values(message, recipient, language) | {
        "day": format_day(language, day),
        "payee_email": mask_address(recipient.member.partner.payee_email),
    }


def _minimum(message: Message, recipient: Recipient, language: str) -> str:
    """Return the least amount that is paid out; empty if there is no minimum."""
    if message.currency is None:
        return ""
    least = minimum_payout(recipient.owner, message.currency, at=message.created_at)
    return written(least, message.currency, language=language) if least else ""


def _portal_url() -> str:
    return f"{config.public_url()}/portal"


def _hold_values(message: Message, recipient: Recipient, language: str) -> dict[str, str]:
    day = instants.text(reward_of(message.reward_id).due_at)[:10] if message.reward_id else ""
    due = format_day(language, day) if day else ""
    return _amount_values(message, recipient, language) | {"date": due}


def _reversal_values(message: Message, recipient: Recipient, language: str) -> dict[str, str]:
    reward = reward_of(message.reward_id) if message.reward_id and message.currency else None
    left = written(reward.remaining, reward.currency, language=language) if reward else ""
    return _amount_values(message, recipient, language) | {"left": left}


def _month_values(message: Message, recipient: Recipient, language: str) -> dict[str, str]:
    assert message.figures is not None, "a month has figures"
    figures, currency = msgspec.convert(message.figures, MonthlyFigures), message.currency
    assert currency is not None, "and a currency"
    return _amount_values(message, recipient, language) | {
        "month": format_month(language, figures.month),
        "taken_back": written(-message.amount, currency, language=language) if message.amount < 0 else "",
        "clicks": str(figures.clicks),
        "signups": str(figures.signups),
        "sales": str(figures.sales),
        "due": written(figures.due, currency, language=language),
        "paid": written(figures.paid, currency, language=language),
    }


def _milestone_values(message: Message, recipient: Recipient, language: str) -> dict[str, str]:
    return _amount_values(message, recipient, language) | {"friends": message.subject_id.rpartition("#")[2]}


def _tier_values(message: Message, recipient: Recipient, _language: str) -> dict[str, str]:
    assert recipient.member is not None, "tiers are partners'"
    change = next(change for change in recipient.member.changes if change_key(change.number) == message.subject_id)
    return {"tier": change.to or ""}


def _payee_values(message: Message, recipient: Recipient, language: str) -> dict[str, str]:
    change = partners.find_payee_change(recipient.id, message.subject_id)
    assert change is not None, "a change is never deleted"
    moment = instants.text(change.created_at)
    return {
        "payee_name": change.name_end or "",
        "payee_email": change.email_end or "",
        "day": format_day(language, moment[:10]),
        "time": moment[11:16],
        # To where it can be put right, and where one has to sign in.
        "url": f"{_portal_url()}/settings",
    }


def _welcome_values(message: Message, _recipient: Recipient, _language: str) -> dict[str, str]:
    member = partners.find_all([message.partner_id]).get(message.partner_id) if message.partner_id else None
    return {"partner": member.partner.name if member else ""}


_VALUES: Mapping[str, Callable[[Message, Recipient, str], Mapping[str, str]]] = {
    "held": _hold_values,
    "due": _due_values,
    "paid": _payment_values,
    "yours": _customer_reward_values,
    "reversed": _reversal_values,
    "monthly": _month_values,
    "milestone": _milestone_values,
    "tier": _tier_values,
    "payee": _payee_values,
    "welcome": _welcome_values,
}
