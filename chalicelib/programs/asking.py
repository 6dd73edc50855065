"""
When a program asks its customers to tell a friend: the rules, what is earned before that, and how often at most.

Pure: no I/O, no clock.
"""

from typing import Annotated, Literal

from msgspec import Meta, Struct, field
from msgspec.structs import replace

from chalicelib.kit.shapes import END
from chalicelib.programs.share_texts import Language, Text

MOST_RULES = 10
# By a page, by an email, or by the first of both.
Way = Literal["page", "email", "both"]
RuleName = Annotated[str, Meta(pattern=rf"^[a-z][a-z0-9_]{{1,39}}{END}")]
# `sale`, `lead`, a type of the website's own events, or one of these.
FRIEND_THANKED, ANNIVERSARY = "friend_thanked", "anniversary"
# From when on an anniversary is one.
ANNIVERSARY_DAYS = 365
Value = Annotated[str, Meta(min_length=1, max_length=100)]


class AskWhen(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Of which events of a type: the nth of the customer, with an amount, or with one of these values in metadata."""

    number: Annotated[int, Meta(ge=1, le=12)] | None = None
    minimum_amount: Annotated[int, Meta(ge=1, le=10**12)] | None = None
    metadata: Annotated[
        dict[RuleName, Annotated[list[Value], Meta(min_length=1, max_length=12)]], Meta(max_length=5)
    ] = {}


class AskRule(Struct, frozen=True, forbid_unknown_fields=True):
    """
    Asks a customer after an event: *on* is its type, and *wait_hours* how long after it.

    *words* are what is written to them, by language; without words in a language, ours.
    """

    name: RuleName
    on: RuleName
    active: bool = False
    when: AskWhen = AskWhen()
    wait_hours: Annotated[int, Meta(ge=0, le=720)] = 0
    by: Way = "page"
    words: Annotated[dict[Language, Text], Meta(max_length=20)] = {}


class NotBefore(Struct, frozen=True, forbid_unknown_fields=True):
    """What is earned before anyone is asked: as many purchases, or as many days as a customer, whichever is first."""

    purchases: Annotated[int, Meta(ge=1, le=12)] | None = None
    days: Annotated[int, Meta(ge=1, le=365)] | None = None


BUILT_IN = (
    AskRule("happy", "score", when=AskWhen(metadata={"score": ["9", "10"]})),
    AskRule("third_purchase", "sale", when=AskWhen(number=3), wait_hours=72),
    AskRule("renewal", "renewal", wait_hours=24),
    AskRule("anniversary", ANNIVERSARY),
    AskRule("friend_thanked", FRIEND_THANKED),
    AskRule("solved", "support", when=AskWhen(metadata={"score": ["5"]})),
)


class Asking(Struct, frozen=True, forbid_unknown_fields=True):
    """
    When a program asks, and how often at most: once in *quiet_days*, and *most_a_year* times in 365 days.

    *hold_out_bp* of the customers are never asked in a year, so that what asking brings can be measured.
    """

    rules: Annotated[list[AskRule], Meta(max_length=MOST_RULES)] = field(default_factory=lambda: list(BUILT_IN))
    not_before: NotBefore = NotBefore()
    quiet_days: Annotated[int, Meta(ge=1, le=365)] = 90
    most_a_year: Annotated[int, Meta(ge=1, le=12)] = 4
    hold_out_bp: Annotated[int, Meta(ge=0, le=5000, description="hundredths of a percent")] = 1000

    @property
    def active(self) -> list[AskRule]:
        """Return the rules that are switched on."""
        return [rule for rule in self.rules if rule.active]

    def rule(self, name: str) -> AskRule | None:
        """Return the rule with a name, on or off."""
        return next((rule for rule in self.rules if rule.name == name), None)

    def with_rule(self, changed: AskRule) -> "Asking":
        """Return these settings with one rule as it is now, or one rule more."""
        others = [changed if rule.name == changed.name else rule for rule in self.rules]
        return replace(self, rules=others if self.rule(changed.name) else [*self.rules, changed])


def find_objections(asking: Asking) -> list[tuple[str, str]]:
    """Return what contradicts itself: pointers into the settings, and why."""
    objections = []
    names: set[str] = set()
    for number, rule in enumerate(asking.rules):
        if rule.name in names:
            objections.append((f"/rules/{number}/name", "Another rule has this name."))
        names.add(rule.name)
        if rule.when.number is not None and rule.on != "sale":
            objections.append((f"/rules/{number}/when/number", "Only sales are counted."))
        if rule.on in (FRIEND_THANKED, ANNIVERSARY) and rule.when != AskWhen():
            objections.append((f"/rules/{number}/when", "This is no report, so nothing in it can be compared."))
    return objections


def fits(rule: AskRule, on: str, *, number: int, amount: int, metadata: dict[str, str]) -> bool:
    """Return whether an event is one that a rule asks after; *number* counts the customer's sales, 0 if unknown."""
    when = rule.when
    if rule.on != on or (when.number is not None and number != when.number):
        return False
    if when.minimum_amount is not None and amount < when.minimum_amount:
        return False
    return all(metadata.get(name) in values for name, values in when.metadata.items())
