"""What rules, reasons and states of asking are called on the admin pages."""

from collections.abc import Mapping
from typing import TypeGuard

from chalicelib.language.formats import name_from
from chalicelib.moments.shapes import LiftView
from chalicelib.programs.asking import ANNIVERSARY, FRIEND_THANKED, AskRule

_RULES = {
    "happy": "Score of 9 or 10",
    "third_purchase": "Third purchase",
    "renewal": "Renewal",
    ANNIVERSARY: "A year as a customer",
    FRIEND_THANKED: "A friend was given a benefit",
    "solved": "A case was solved well",
}
_EVENTS = {
    "sale": "a sale",
    "lead": "a sign-up",
    ANNIVERSARY: "a year after the first report",
    FRIEND_THANKED: "a benefit that was given to a friend",
}
_ORDINALS = (
    *("first", "second", "third", "fourth", "fifth", "sixth"),
    *("seventh", "eighth", "ninth", "tenth", "eleventh", "twelfth"),
)
# With fewer on either side, the interval says no more than that anything is possible.
_FEWEST = 30
WAYS = {"page": "Page", "email": "Email", "both": "The first of page and email"}
STATES = {
    "due": "Due",
    "shown": "Shown",
    "sent": "Sent by email",
    "opened": "Link opened",
    "joined": "Joined",
    "shared": "Shared",
    "brought": "Brought a friend",
    "skipped": "Not asked",
    "declined": "Declined",
}
REASONS = {
    "unknown": "The customer is not known",
    "program_ended": "The program has ended",
    "nothing_due": "There was no occasion",
    "is_partner_already": "They are a partner already",
    "declined": "They declined",
    "unhappy": "They gave a low score lately",
    "refund_open": "They had a refund lately",
    "too_soon": "They are too new",
    "asked_lately": "They were asked lately",
    "enough_this_year": "They were asked often enough this year",
    "no_permission": "No permission for emails is on record",
    "unsubscribed": "They unsubscribed",
    "held_out": "Held out, to compare",
    "switched_off": "The rule was switched off",
    "expired": "It was too long ago",
}


def rule_name(name: str) -> str:
    """Return what a rule is called: ours have names, and others are called as the business wrote them."""
    return _RULES.get(name) or name_from(name)


def occasion(rule: AskRule) -> str:
    """Return after what a rule asks, in a few words."""
    what = _EVENTS.get(rule.on, f"an event {rule.on}")
    parts = [f"the {_ORDINALS[rule.when.number - 1]} {what.partition(' ')[2]}" if rule.when.number else what]
    if rule.when.metadata:
        parts += [f"{name} {' or '.join(values)}" for name, values in rule.when.metadata.items()]
    return ", ".join(parts)


def wait(hours: int) -> str:
    """
    Return how long a rule waits.

    >>> wait(0), wait(1), wait(36), wait(72)
    ('at once', 'after 1 hour', 'after 36 hours', 'after 3 days')
    """
    if not hours:
        return "at once"
    if hours % 24 == 0:
        return f"after {hours // 24} day{'' if hours == 24 else 's'}"
    return f"after {hours} hour{'' if hours == 1 else 's'}"


def is_enough(lift: LiftView | None) -> TypeGuard[LiftView]:
    """Return whether enough were asked, and held out, for a comparison to say anything."""
    return lift is not None and min(lift.asks, lift.compared) >= _FEWEST


def signed(number: float) -> str:
    """
    Return a difference, with a minus sign that is no hyphen.

    >>> signed(30.04), signed(-43.8)
    ('+30.0', '−43.8')
    """
    return f"{number:+.1f}".replace("-", "−")


def result(lift: LiftView | None) -> str:
    """Return what asking brought, in a sentence that claims no more than its interval does."""
    if not is_enough(lift):
        return "Too few to say yet."
    span = f"with 95% confidence between {signed(lift.low)} and {signed(lift.high)}"
    many = f"{abs(lift.per_1000):.1f} {'more' if lift.per_1000 >= 0 else 'fewer'}"
    sentence = f"Of 1,000 customers, {many} brought a friend because they were asked; {span}."
    return sentence if lift.low > 0 or lift.high < 0 else f"{sentence} That may be chance."


def spelled(metadata: Mapping[str, list[str]]) -> str:
    """
    Return conditions as the form has them.

    >>> spelled({"score": ["9", "10"], "plan": ["pro"]})
    'score=9, 10; plan=pro'
    """
    return "; ".join(f"{name}={', '.join(values)}" for name, values in metadata.items())


def read_metadata(text: str) -> dict[str, list[str]]:
    """
    Return the conditions that somebody typed; what has no `=` is a name without values, which is refused later.

    >>> read_metadata("score = 9,10; plan=pro"), read_metadata(" ")
    ({'score': ['9', '10'], 'plan': ['pro']}, {})
    """
    conditions: dict[str, list[str]] = {}
    for part in filter(str.strip, text.split(";")):
        name, _, values = part.partition("=")
        conditions[name.strip()] = [one.strip() for one in values.split(",") if one.strip()]
    return conditions
