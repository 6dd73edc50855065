"""
The columns of each export, in their order: for CSV, for JSON Lines, and for the reference.

New columns are added at the end; none is renamed, moved or removed.
"""

from collections.abc import Callable
from typing import Any, Literal, NamedTuple

import msgspec

from chalicelib.kit.money import EXPONENTS, Money, decimal
from chalicelib.partners.shapes import PartnerSummary
from chalicelib.payouts.shapes import ItemView, PayoutView
from chalicelib.rewards.shapes import RewardView

Name = Literal["clicks", "conversions", "rewards", "partners", "payouts"]
# What JSON Lines have: a text, a whole number, true or false, or null.
Value = str | int | bool | None
Kind = Literal["text", "time", "amount", "number", "yes or no", "JSON"]


class Column(NamedTuple):
    """A column: its name, what its values are, what they mean, and how one is read from a row."""

    name: str
    kind: Kind
    meaning: str
    value: Callable[[Any], Value]


class ExportedReward(NamedTuple):
    """A reward as the API lists it, and the conversion that earned it."""

    view: RewardView
    conversion: str | None
    partner: str


class ExportedPartner(NamedTuple):
    """A partner as the API lists them, and what the list can be filtered by."""

    view: PartnerSummary
    state: str
    category: str


class Payment(NamedTuple):
    """What one account owner is paid, and the payout that this is part of."""

    item: ItemView
    payout: PayoutView


def _amount(money: Money | None) -> str | None:
    """Return an amount in the currency's own units, exact at any size."""
    return decimal(money.amount, money.currency) if money is not None else None


def _currency(money: Money | None) -> str | None:
    return money.currency if money is not None else None


def _exponent(money: Money | None) -> int | None:
    return EXPONENTS[money.currency] if money is not None else None


def _json(value: Any) -> str | None:
    """Return a structure as JSON; None for an empty one."""
    return msgspec.json.encode(value, order="deterministic").decode() if value else None


def _money(of: Callable[[Any], Money | None]) -> tuple[Column, Column]:
    """Return the columns that say what a row's amounts are in."""
    return (
        Column("currency", "text", "of the amounts: ISO 4217", lambda row: _currency(of(row))),
        Column(
            "exponent",
            "number",
            "how many decimals the currency has: amount × 10^exponent is in minor units, as in the API",
            lambda row: _exponent(of(row)),
        ),
    )


_CLICKS: tuple[Column, ...] = (
    Column(
        "id", "text", "the click's id; a sale that is reported with it is credited to this link", lambda row: row.id
    ),
    Column("at", "time", "when the click came", lambda row: row.at),
    Column("program", "text", "the program's id", lambda row: row.program),
    Column("partner", "text", "the partner's id", lambda row: row.partner),
    Column("code", "text", "the link's code, in lower case", lambda row: row.code),
    Column("class", "text", "`human`, `bot`, `preview`, `prefetch` or `head`", lambda row: row.click_class),
    Column("reason", "text", "why it is of that class", lambda row: row.reason),
    Column("device", "text", "`desktop`, `mobile`, `tablet` or `other`", lambda row: row.device),
    Column("browser", "text", "the browser's name", lambda row: row.browser),
    Column("country", "text", "ISO 3166, if CloudFront is in front", lambda row: row.country),
    Column("referrer_host", "text", "the host of the page with the link", lambda row: row.referrer_host),
)

_CONVERSIONS: tuple[Column, ...] = (
    Column("id", "text", "the conversion's id", lambda row: row.id),
    Column(
        "received_at",
        "time",
        "when it was received; statistics and caps count it on that day",
        lambda row: row.received_at,
    ),
    Column("occurred_at", "time", "when it happened, as reported", lambda row: row.occurred_at),
    Column("program", "text", "the program's id", lambda row: row.program),
    Column("type", "text", "`lead`, `sale` or an event of your own", lambda row: row.type),
    Column("external_id", "text", "your id for it, such as the order number", lambda row: row.external_id),
    Column("customer", "text", "the customer's id", lambda row: row.customer),
    Column("amount", "amount", "as it was first reported", lambda row: _amount(row.amount)),
    Column("amended", "amount", "the amount since it was amended", lambda row: _amount(row.amended)),
    Column("refunded", "amount", "what was refunded of it", lambda row: _amount(row.refunded)),
    Column("remaining", "amount", "what is left of it", lambda row: _amount(row.remaining)),
    *_money(lambda row: row.amount),
    Column("attribution", "text", "why it is credited, or not", lambda row: row.attribution),
    Column("partner", "text", "the id of the partner it is credited to", lambda row: row.partner),
    Column("referral", "text", "the referral's id", lambda row: row.referral),
    Column("code", "text", "the code of the link that referred the customer", lambda row: row.code),
    Column("terms_version", "number", "the version of the terms that counts", lambda row: row.terms_version),
    Column(
        "number",
        "number",
        "the customer's first, second, ... of its type since they were referred",
        lambda row: row.number,
    ),
    Column(
        "self_referral", "text", "what shows that partner and customer are one person", lambda row: row.self_referral
    ),
    Column("products", "JSON", "a list of products, as reported", lambda row: _json(row.products)),
    Column("metadata", "JSON", "your own fields, as reported", lambda row: _json(row.metadata)),
    Column("voided_at", "time", "when it was voided: it no longer counts", lambda row: row.voided_at),
)

_REWARDS: tuple[Column, ...] = (
    Column("id", "text", "the reward's id", lambda row: row.view.id),
    Column("created_at", "time", "when it was granted", lambda row: row.view.created_at),
    Column("program", "text", "the program's id", lambda row: row.view.program),
    Column("conversion", "text", "the id of the conversion that earned it", lambda row: row.conversion),
    Column("partner", "text", "the id of the partner the conversion is credited to", lambda row: row.partner or None),
    Column("code", "text", "the code of the link that referred the customer", lambda row: row.view.code),
    Column("owner", "text", "the id of the partner or customer it belongs to", lambda row: row.view.owner),
    Column("side", "text", "`referrer` or `referee`: the partner's, or their friend's", lambda row: row.view.to),
    Column("rule", "text", "the rule of the terms that granted it", lambda row: row.view.rule),
    Column("terms_version", "number", "the version of these terms", lambda row: row.view.terms_version),
    Column("granted", "amount", "as it was granted; empty for a benefit", lambda row: _amount(row.view.granted)),
    Column("remaining", "amount", "what refunds have left of it", lambda row: _amount(row.view.remaining)),
    *_money(lambda row: row.view.granted),
    Column("benefit", "JSON", "what is given instead of money", lambda row: _json(row.view.benefit)),
    Column(
        "state",
        "text",
        "`held`, `due`, `in_payout`, `paid`, `fulfilled`, `reversed` or `refused`",
        lambda row: row.view.state,
    ),
    Column("for_review", "yes or no", "whether it waits for review", lambda row: row.view.for_review),
    Column("review_reason", "text", "why it was held for review", lambda row: row.view.review_reason),
    Column("due_at", "time", "when it becomes due", lambda row: row.view.due_at),
    Column("promised_by", "time", "until when that was promised", lambda row: row.view.promised_by),
    Column("late", "yes or no", "whether it is held longer than was promised", lambda row: row.view.late),
    Column("fulfilled_at", "time", "when the benefit was given", lambda row: row.view.fulfilled_at),
)

_PARTNERS: tuple[Column, ...] = (
    Column("id", "text", "the partner's id", lambda row: row.view.id),
    Column("created_at", "time", "when they were added", lambda row: row.view.created_at),
    Column("external_id", "text", "your id for them", lambda row: row.view.external_id),
    Column("name", "text", "their name", lambda row: row.view.name),
    Column("email", "text", "their address", lambda row: row.view.email),
    Column("locale", "text", "their language", lambda row: row.view.locale),
    Column("category", "text", "their category", lambda row: row.category),
    Column("state", "text", "`active`, `suspended` or `banned`", lambda row: row.state),
    Column("payout_name", "text", "who is paid, if they named someone", lambda row: row.view.payout_name),
    Column("payout_email", "text", "where, if they named an address", lambda row: row.view.payout_email),
    Column("friend_name", "text", "the name friends see", lambda row: row.view.friend_name),
    Column("display_name", "text", "the name other partners see", lambda row: row.view.display_name),
    Column("metadata", "JSON", "your own fields", lambda row: _json(row.view.metadata)),
    Column("merged_into", "text", "the id of the partner whose duplicate this is", lambda row: row.view.merged_into),
    Column("erased_at", "time", "when their personal data was erased", lambda row: row.view.erased_at),
)

_PAYOUTS: tuple[Column, ...] = (
    Column("payout", "text", "the payout's id", lambda row: row.payout.id),
    Column("owner", "text", "the id of the partner or customer who is paid", lambda row: row.item.owner),
    Column("reference", "text", "identifies the payment at the bank", lambda row: row.item.reference),
    Column("amount", "amount", "what they are paid", lambda row: _amount(row.item.amount)),
    *_money(lambda row: row.item.amount),
    Column("status", "text", "`frozen`, `paid`, `failed` or `returned`", lambda row: row.item.status),
    Column("created_at", "time", "when the payout was created", lambda row: row.payout.created_at),
    Column("prepared_at", "time", "when its list was final", lambda row: row.payout.prepared_at),
    Column("settled_at", "time", "when all of it was settled", lambda row: row.payout.settled_at),
    Column("ledger_entry", "number", "the last entry of the owner's account that is paid", lambda row: row.item.seq),
    Column("ledger_hash", "text", "the hash of that entry", lambda row: row.item.ledger_hash),
)

COLUMNS: dict[Name, tuple[Column, ...]] = {
    "clicks": _CLICKS,
    "conversions": _CONVERSIONS,
    "rewards": _REWARDS,
    "partners": _PARTNERS,
    "payouts": _PAYOUTS,
}
