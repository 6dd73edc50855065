"""Renders a message's email, in its reader's language, by the program's template, from how things are now."""

from collections.abc import Callable, Mapping
from datetime import date
from importlib import import_module

import msgspec

from chalicelib.emails import markup
from chalicelib.emails.account_changes import address_values, hand_over_values, payee_values
from chalicelib.emails.catalog import ADDRESS_CHANGED, ASK, INTRODUCTIONS_OVERDUE, TEMPLATES, built_in, sample_values
from chalicelib.emails.digest import DIGEST, ReadNews, digest_values
from chalicelib.emails.introduction_triggers import ABOUT_INTRODUCTIONS
from chalicelib.emails.markup import Email
from chalicelib.emails.merged import merged_values
from chalicelib.emails.month_to_do import values_to_do
from chalicelib.emails.monthly import MonthlyFigures
from chalicelib.emails.must_read import MUST_READ, must_read_values
from chalicelib.emails.program_brand import brand_of
from chalicelib.emails.program_end import PROGRAM_END, end_values
from chalicelib.emails.recipients import Recipient, program_names, program_of, sender_of, without_addresses
from chalicelib.emails.rise import tier_values
from chalicelib.emails.templates import template_for
from chalicelib.emails.terms_change import TERMS_CHANGE, TERMS_STAY, change_values, stay_values
from chalicelib.emails.triggers import FORMER_HOLDER, MERGED, NEW_HOLDER, WHO_SENT_YOU, YOURS_CODE
from chalicelib.kit import config
from chalicelib.language.formats import day_in_full, listed, money, month, number
from chalicelib.language.texts import speaks, texts
from chalicelib.ledger import find as ledger
from chalicelib.ledger.find_owner import minimum_payout, payee_of, row_of
from chalicelib.outbox.message import NO_PROGRAM
from chalicelib.outbox.table import Message
from chalicelib.partners import find as partners
from chalicelib.partners.payee import mask_address
from chalicelib.programs import find as programs
from chalicelib.programs.table import Program
from chalicelib.rewards.codes import code_url, handed_out
from chalicelib.rewards.find import decision_of, reward_of
from chalicelib.rewards.find import find as find_reward
from chalicelib.rewards.table import FULFILLED

Values = Mapping[str, str | int]
# The type of conversion a partner earns by, as an email says it.
_EARNED_BY = {"lead": "joined", "sale": "bought"}


def render(message: Message, recipient: Recipient, news: ReadNews, *, unsubscribe_url: str) -> Email:
    """Render a message's email; *unsubscribe_url* is empty if the recipient cannot unsubscribe from it."""
    program = program_of(message, recipient)
    program_id = program.id if program else NO_PROGRAM
    locale, text, footer = template_for(program_id, recipient.locale, message.template)
    sender_name, _ = sender_of(program)
    sender = program.name if program else sender_name
    values: Values = {
        "name": recipient.name or (texts(locale)["stranger"] if speaks(locale) else ""),
        "program": program.name if program else _programs(message, recipient, locale) or sender_name,
        "url": recipient.url,
        "stop_url": unsubscribe_url,
        "portal_url": _portal_url(),
        **_imprint_values(program),
        **(
            digest_values(message, news(), locale)
            if message.template == DIGEST
            else _values(message, recipient, locale)
        ),
    }
    counted = TEMPLATES[message.template].counted
    text = text or built_in(locale, message.template, int(values[counted]) if counted else None)
    written = {name: number(value, locale) if isinstance(value, int) else value for name, value in values.items()}
    footer += _imprint(locale)
    language = locale.partition("-")[0]
    return markup.render(text, written, language=language, sender=sender, footer=footer, brand=brand_of(program))


def render_preview(program: Program, template: str, language: str, *, url: str, draft: str | None = None) -> Email:
    """Render an email with a sample's values: as it is now, or from a draft."""
    spoken, text, footer = template_for(program.id, language, template)
    if draft is not None:
        spoken, text = language, draft
    stop_url = url if TEMPLATES[template].can_unsubscribe else ""
    values = sample_values(spoken, program.currency) | {"program": program.name, "url": url, "stop_url": stop_url}
    values |= {"portal_url": _portal_url(), **_imprint_values(program)}
    footer += _imprint(spoken)
    text, brand = text or built_in(spoken, template), brand_of(program)
    return markup.render(text, values, language=spoken, sender=program.name, footer=footer, brand=brand)


def _imprint(locale: str) -> str:
    """Return what comes below every footer, also a program's own; a part that the program has not set is left out."""
    t = texts(locale)
    links = f"[{t['imprint']}]({{{{imprint_url}}}})\n\n[{t['privacy_notice']}]({{{{privacy_url}}}})"
    return f"\n\n{{{{postal_address}}}}\n\n{links}\n\n{{{{contact_email}}}}"


def _imprint_values(program: Program | None) -> dict[str, str]:
    """Return the parts of a program's imprint; empty for an email that is not about one program."""
    if program is None:
        return dict.fromkeys(("privacy_url", "imprint_url", "contact_email", "postal_address"), "")
    return {
        "privacy_url": program.privacy_url or "",
        "imprint_url": program.imprint_url or "",
        "contact_email": program.contact_email or "",
        "postal_address": (program.postal_address or "").replace("\n", ", "),
    }


def _values(message: Message, recipient: Recipient, locale: str) -> Values:
    """Return the values that this email has beside those of all; only what it needs is looked up."""
    return _VALUES.get(message.template, _amount_values)(message, recipient, locale)


def _amount_values(message: Message, _recipient: Recipient, locale: str) -> dict[str, str]:
    amount = money(message.amount, message.currency, locale) if message.currency else ""
    return {"amount": message.benefit or amount}


def _due_values(message: Message, recipient: Recipient, locale: str) -> dict[str, str]:
    return _amount_values(message, recipient, locale) | {"minimum": _minimum(message, recipient, locale)}


def _customer_reward_values(message: Message, recipient: Recipient, locale: str) -> dict[str, str]:
    values = _amount_values(message, recipient, locale)
    if message.benefit is None:
        return values | {
            "money": values["amount"],
            "minimum": _minimum(message, recipient, locale),
            "coming": "",
            "given": "",
        }
    fulfilled = bool(message.reward_id) and reward_of(str(message.reward_id)).state == FULFILLED
    values |= {"money": "", "minimum": ""}
    return values | {"coming": "" if fulfilled else message.benefit, "given": message.benefit if fulfilled else ""}


def _code_values(message: Message, recipient: Recipient, locale: str) -> dict[str, str]:
    """Return what a friend needs to use a benefit, and the page that has it."""
    handout = handed_out(find_reward(str(message.reward_id)))
    assert handout is not None, "an email without a code is skipped"
    return _amount_values(message, recipient, locale) | {
        "code": handout.code or "",
        "instructions": handout.instructions or "",
        "url": code_url(str(message.reward_id)),
    }


def _claim_values(message: Message, _recipient: Recipient, locale: str) -> dict[str, str]:
    """Return where a customer says who sent them, and the last day on which they can."""
    # Rare: no other email waits for what reads conversions.
    from chalicelib.conversions.claim_links import claim_url, closes_at

    conversion_id = str(message.conversion_id)
    return {"url": claim_url(conversion_id), "day": day_in_full(closes_at(conversion_id), locale)}


def _payment_values(message: Message, recipient: Recipient, locale: str) -> dict[str, str]:
    assert recipient.owner is not None, "who is paid has an account"
    day = date.fromisoformat(message.day) if message.day else message.created_at.date()
    return _amount_values(message, recipient, locale) | {
        "day": day_in_full(day, locale),
        "payee_email": mask_address(payee_of(row_of(recipient.owner), message.created_at)[1]),
    }


def _goodbye_values(message: Message, recipient: Recipient, locale: str) -> dict[str, str]:
    currency = programs.find(message.program_id).program.currency
    head = ledger.head(recipient.id, currency)
    owed = head.held + head.due + head.frozen if head else 0
    return {"owed": money(owed, currency, locale) if owed > 0 else ""}


def _adjustment_values(message: Message, recipient: Recipient, locale: str) -> dict[str, str]:
    """Return what a bonus or a deduction is for, empty if that says nothing; and how far the account is below zero."""
    # Other emails do not wait for it.
    from chalicelib.adjustments import find as adjustments

    reason, currency = adjustments.find(message.subject_id).reason, str(message.currency)
    head = ledger.head(recipient.id, currency)
    return _amount_values(message, recipient, locale) | {
        "reason": texts(locale)[f"adjusted_for_{reason}"] if reason != "other" and speaks(locale) else "",
        "below": money(-head.due, currency, locale) if head and head.due < 0 else "",
    }


def _minimum(message: Message, recipient: Recipient, locale: str) -> str:
    """Return the least amount that is paid out; empty if there is no minimum."""
    if message.currency is None:
        return ""
    least = minimum_payout(recipient.owner, message.currency, at=message.created_at)
    return money(least, message.currency, locale) if least else ""


def _portal_url() -> str:
    return f"{config.public_url()}/portal"


def _earned_values(message: Message, recipient: Recipient, locale: str) -> dict[str, str]:
    """Return an amount, under the name of what it was earned by, too."""
    values = _amount_values(message, recipient, locale)
    decision = decision_of(message.conversion_id) if message.conversion_id else None
    by = _EARNED_BY.get(decision.what, "other") if decision else "other"
    return values | {name: values["amount"] if name == by else "" for name in ("joined", "bought", "other")}


def _hold_values(message: Message, recipient: Recipient, locale: str) -> dict[str, str]:
    due = day_in_full(reward_of(message.reward_id).due_at, locale) if message.reward_id else ""
    minimum = _minimum(message, recipient, locale)
    return _earned_values(message, recipient, locale) | {"date": due, "minimum": minimum}


def _reversal_values(message: Message, recipient: Recipient, locale: str) -> dict[str, str]:
    reward = reward_of(message.reward_id) if message.reward_id and message.currency else None
    left = money(reward.remaining, reward.currency, locale) if reward and reward.remaining else ""
    return _amount_values(message, recipient, locale) | {"left": left}


def _month_values(message: Message, recipient: Recipient, locale: str) -> dict[str, str | int]:
    assert message.figures is not None, "a month has figures"
    figures, currency = msgspec.convert(message.figures, MonthlyFigures), message.currency
    assert currency is not None, "and a currency"
    return {
        **_amount_values(message, recipient, locale),
        "month": month(date.fromisoformat(f"{figures.month}-01"), locale),
        "taken_back": money(-message.amount, currency, locale) if message.amount < 0 else "",
        "clicks": figures.clicks,
        "signups": figures.signups,
        "sales": figures.sales,
        "due": money(figures.due, currency, locale),
        "paid": money(figures.paid, currency, locale),
        "paid_out": money(figures.paid, currency, locale) if figures.paid else "",
        "ready": money(figures.due, currency, locale) if figures.due else "",
        "pending": money(figures.held, currency, locale) if figures.held else "",
        "several": _several(recipient, currency, locale),
        **values_to_do(figures, recipient, currency, locale),
    }


def _several(recipient: Recipient, currency: str, locale: str) -> str:
    """Return the programs whose money is in an account, if there are several."""
    names = program_names(recipient.profile, currency) if recipient.profile else []
    return listed(names, locale) if len(names) > 1 else ""


def _programs(message: Message, recipient: Recipient, locale: str) -> str:
    """Return the programs that an email about all of an account is about."""
    owner = recipient.profile or recipient.owner
    return listed(program_names(owner, message.currency), locale) if owner is not None else ""


def _milestone_values(message: Message, recipient: Recipient, locale: str) -> dict[str, str | int]:
    return _amount_values(message, recipient, locale) | {"friends": int(message.subject_id.rpartition("#")[2])}


def _welcome_values(message: Message, _recipient: Recipient, _locale: str) -> dict[str, str]:
    profile = partners.find_all([message.partner_id]).get(message.partner_id) if message.partner_id else None
    if profile is not None and profile.partner.erased_at is not None:
        return {"partner": "…"}
    return {"partner": without_addresses(profile.partner.name) or "…" if profile else ""}


def _when_sent(module: str) -> Callable[[Message, Recipient, str], Values]:
    """Return what reads an email's values, from a module that no other email waits for."""

    def values(message: Message, recipient: Recipient, locale: str) -> Values:
        read: Callable[[Message, Recipient, str], Values] = import_module(module).values_of
        return read(message, recipient, locale)

    return values


_VALUES: Mapping[str, Callable[[Message, Recipient, str], Values]] = {
    "held": _hold_values,
    "earned": _earned_values,
    "due": _due_values,
    "paid": _payment_values,
    "payout_failed": _payment_values,
    "payout_returned": _payment_values,
    "bonus": _adjustment_values,
    "deduction": _adjustment_values,
    "goodbye": _goodbye_values,
    "yours": _customer_reward_values,
    ASK: _when_sent("chalicelib.emails.asks"),
    YOURS_CODE: _code_values,
    **dict.fromkeys(("yours_paid", "yours_failed", "yours_returned"), _payment_values),
    MUST_READ: must_read_values,
    "reversed": _reversal_values,
    "monthly": _month_values,
    "milestone": _milestone_values,
    INTRODUCTIONS_OVERDUE: _when_sent("chalicelib.emails.overdue"),
    "tier": tier_values,
    "payee": payee_values,
    ADDRESS_CHANGED: address_values,
    **dict.fromkeys((NEW_HOLDER, FORMER_HOLDER), hand_over_values),
    MERGED: merged_values,
    TERMS_CHANGE: change_values,
    TERMS_STAY: stay_values,
    PROGRAM_END: end_values,
    WHO_SENT_YOU: _claim_values,
    "welcome": _welcome_values,
    **dict.fromkeys(ABOUT_INTRODUCTIONS, _when_sent("chalicelib.emails.introductions")),
}
