"""
The fields of the form for terms: what each is called, what it holds, and which rows can be added.

A field is named as the JSON pointer to what it says, so that a refusal names the field it is about.

Pure: no I/O, no clock.
"""

from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple

# What a field holds: how it is written, read and shown.
Kind = Literal["text", "whole", "money", "percent", "choice", "tick", "ticks", "lines", "pairs", "labels", "words"]
Choices = tuple[tuple[str, str], ...]
SIDES: Choices = (("referrer", "The partner"), ("referee", "The friend"))
# What a rule gives, by the field of JSON that says it.
REWARDS: Choices = (
    ("rate_bp", "A share of the amount"),
    ("flat", "A fixed amount"),
    ("benefit", "Something other than money"),
)


class Field(NamedTuple):
    """
    A field: its pointer within its row, its label, what it holds, and its hint.

    *of* is the kind of reward that it belongs to; what is to *fold* is shown once it is unfolded or filled in.
    """

    name: str
    label: str
    kind: Kind
    hint: str = ""
    choices: Choices = ()
    of: str = ""
    fold: bool = False

    @property
    def parts(self) -> tuple[str, ...]:
        """Return the names under which the form sends it: one for each that can be ticked."""
        return tuple(f"{self.name}/{value}" for value, _ in self.choices) if self.kind == "ticks" else (self.name,)


class Rows(NamedTuple):
    """A list in the terms: its name, what an entry is called, how many there may be, their fields, and a new one."""

    name: str
    entry: str
    most: int
    fields: tuple[Field, ...]
    new: Mapping[str, str]


_PERIODS: Choices = (
    ("ever", "In total"),
    ("year", "Per year"),
    ("month", "Per month"),
    ("week", "Per week"),
    ("day", "Per day"),
)
_RULES = Rows(
    "rules",
    "Reward",
    30,
    (
        Field("on", "For", "text", "lead (a sign-up), sale, or an event of your own"),
        Field("to", "Who gets it", "choice", choices=SIDES),
        Field("reward", "What they get", "choice", choices=REWARDS),
        Field("rate_bp", "Percent", "percent", "such as 10 or 12.5", of="rate_bp"),
        Field("flat", "Amount", "money", of="flat"),
        Field(
            "benefit/kind",
            "Kind",
            "choice",
            choices=(("coupon", "Coupon"), ("credit", "Credit"), ("access", "Access"), ("gift", "Gift")),
            of="benefit",
        ),
        Field("benefit/name", "What it is", "text", "as people will read it", of="benefit"),
        Field("benefit/quantity", "How many", "whole", of="benefit"),
        Field("when/minimum_amount", "From an amount of", "money", fold=True),
        Field("when/number_from", "From the customer's nth", "whole", "1 is their first", fold=True),
        Field("when/number_to", "Up to the customer's nth", "whole", "1 is only their first", fold=True),
        Field("when/months", "Within months", "whole", "after the day of the referral", fold=True),
        Field("when/products", "Products", "lines", "one per line; empty for all", fold=True),
        Field("when/metadata", "Metadata", "pairs", "one accepted value per line, such as plan: pro", fold=True),
        Field(
            "when/categories",
            "Categories of partners",
            "ticks",
            "none ticked: all",
            choices=(("client", "Clients"), ("partner", "Partners"), ("influencer", "Influencers")),
            fold=True,
        ),
        Field(
            "when/tiers", "Tiers of partners", "labels", "names from below, with spaces between; empty: all", fold=True
        ),
        Field(
            "level",
            "Level",
            "choice",
            "of the rewards for one event and side, the highest level that applies counts",
            choices=(("basic", "Basic"), ("premium", "Premium"), ("strategic", "Strategic")),
            fold=True,
        ),
        Field("hold_days", "Held for days", "whole", "empty: as below; 0: due immediately", fold=True),
        Field("due_within_days", "Promised within days", "whole", fold=True),
        Field("name", "Name", "text", "an ID of your own; needed where two rewards would have the same", fold=True),
    ),
    {"on": "sale", "reward": "rate_bp"},
)
_CAPS = Rows(
    "caps",
    "Cap",
    8,
    (
        Field(
            "per",
            "For one",
            "choice",
            choices=(
                ("partner", "Partner"),
                ("program", "Program"),
                ("customer", "Customer"),
                ("conversion", "Conversion"),
            ),
        ),
        Field("amount", "At most", "money"),
        Field("period", "Period", "choice", choices=_PERIODS),
        Field(
            "to",
            "Of what is given to",
            "choice",
            choices=(("", "Partners in a cap per partner; else both sides"), *SIDES),
        ),
        Field("freed_by_refunds", "A refund makes room again", "tick"),
    ),
    {"period": "month"},
)
_TIERS = Rows(
    "tiers",
    "Tier",
    10,
    (
        Field("name", "Name", "text", "lowercase letters, digits, - and _"),
        Field("minimum_leads", "Sign-ups, at least", "whole"),
        Field("minimum_sales", "Sales, at least", "whole"),
        Field("minimum_revenue", "Revenue, at least", "money", "net of refunds"),
        Field("within_days", "Within the last days", "whole", "empty: in total"),
    ),
    {},
)
ROWS: tuple[Rows, ...] = (_RULES, _CAPS, _TIERS)
PLAIN: tuple[Field, ...] = (
    Field("window_days", "Days a click counts", "whole", "1 to 365"),
    Field("touch", "Who is credited", "choice", choices=(("last", "The last partner"), ("first", "The first partner"))),
    Field("hold_days", "Days a reward is held", "whole", "0 to 365, for refunds"),
    Field(
        "base_without",
        "Parts of an amount that earn nothing",
        "ticks",
        choices=(("tax", "Tax"), ("shipping", "Shipping"), ("discount", "Discount")),
    ),
    Field("minimum_payout", "Minimum payout of partners", "money", "empty: any amount"),
    Field("minimum_payout_referee", "Minimum payout of friends", "money", "empty: any amount"),
    Field(
        "introductions",
        "Introductions of one person by several partners",
        "choice",
        choices=(("", "Say nothing"), ("first_received", "The one received first counts")),
    ),
    Field("words", "In your own words", "words", "shown with the terms; an empty line begins a paragraph"),
)


def _names(fields: Iterable[Field], prefix: str = "") -> tuple[str, ...]:
    return tuple(f"{prefix}{name}" for field in fields for name in field.parts)


# What an entry is there by, though nothing else of it is filled in.
ENTRY = "entry"
# The names of all fields that the form can have.
NAMES: tuple[str, ...] = (
    "effective_from",
    *_names(PLAIN),
    *(
        name
        for rows in ROWS
        for number in range(rows.most)
        for name in (f"{rows.name}/{number}/{ENTRY}", *_names(rows.fields, f"{rows.name}/{number}/"))
    ),
)
_NAMES = frozenset(NAMES)
# Where something is wrong with a whole row.
_OF_ROW = {"rules": "reward", "caps": "per", "tiers": "name"}


def field_at(pointer: str | None) -> str:
    """Return the field that a refusal's pointer leads to; empty if there is none."""
    parts = (pointer or "").strip("/").split("/")
    ticks = {field.name for field in PLAIN if field.kind == "ticks"}
    while parts:
        name = "/".join(parts)
        if name in _NAMES or name in ticks or f"{name}/client" in _NAMES:
            return name
        if parts[0] in _OF_ROW and len(parts) == 2:
            return f"{name}/{_OF_ROW[parts[0]]}"
        parts.pop()
    return ""


def label_of(name: str) -> str:
    """Return what people read a field as: `Reward 2, percent`."""
    rows = next((one for one in ROWS if name.startswith(f"{one.name}/")), None)
    if name == "effective_from":
        return "Start"
    if rows is None:
        return next((field.label for field in PLAIN if field.name == name), "")
    _, number, own = name.split("/", 2)
    label = next(field.label for field in rows.fields if field.name == own)
    return f"{rows.entry} {int(number) + 1}, {label[:1].lower()}{label[1:]}"
