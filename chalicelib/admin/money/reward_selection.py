"""What happens to several rewards at once: released or refused, or benefits marked as given."""

from collections import Counter
from collections.abc import Sequence

from chalicelib.admin import codes
from chalicelib.admin.english import money
from chalicelib.admin.names import names_of
from chalicelib.admin.selected import Item, Work
from chalicelib.kit.dynamo import rows
from chalicelib.kit.errors import InvalidValue
from chalicelib.rewards.find import RewardNotFound, RewardState, states_of
from chalicelib.rewards.table import REWARD, Reward
from chalicelib.users.roles import Rights

_MAY_NOT = "Your role does not allow this in its program."
# The action, of the states in which it changes something; and what it says of each.
_BEFORE = {"release": ("held",), "refuse": ("held", "due"), "give": ("due",)}
_EFFECTS = {"release": "Becomes due now.", "refuse": "Will not be paid or given.", "give": "Is marked as given."}
_HAPPENS = {
    "release": ["A held reward becomes due now, and is in the next payout; a benefit is asked for now."],
    "refuse": ["A refused reward cannot be released later, and will not be paid or given."],
    "give": [
        "Each is marked as given today. Enter the code that a person needs: a voucher code, or an https link.",
        "Only they see it: friends by email, partners in the portal.",
        "This cannot be undone.",
    ],
}
_NOTE = "The note is kept on record and not sent to anyone."


def find_selected(identifiers: Sequence[str], rights: Rights) -> list[RewardState]:
    """Return selected rewards with states, in their order. Refuses what is not there, or they may not read."""
    everything = rows.find_all(Reward, [(one, REWARD) for one in identifiers])
    stored = {key: one for key, one in everything.items() if rights.may("stats:read", [one.program_id])}
    if missing := [one for one in identifiers if (one, REWARD) not in stored]:
        raise RewardNotFound(f"There is no reward {missing[0]!r}.")
    return states_of([stored[one, REWARD] for one in identifiers])


def names_of_selected(identifiers: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Return what each reward is called, and its page."""
    stored = [row for (_, _), row in rows.find_all(Reward, [(one, REWARD) for one in identifiers]).items()]
    names = names_of({one.owner_id for one in stored})
    return {one.pk: (_label(one, names), f"/admin/rewards/{one.pk}") for one in stored}


def describe(action: str, states: Sequence[RewardState], rights: Rights) -> tuple[Work, list[Item]]:
    """Return what an action does with selected rewards, and what happens to each. Refuses another action."""
    if action not in _BEFORE:
        raise InvalidValue("Choose to release, refuse or give.", pointer="/action")
    names = names_of({one.reward.owner_id for one in states})
    items = [_item(action, one, names, rights) for one in states]
    affected = [one for one, item in zip(states, items, strict=True) if item.possible]
    verb = {"release": "Release", "refuse": "Refuse", "give": "Mark as given"}[action]
    what = "benefit" if action == "give" else "reward"
    counted = f"{len(affected)} {what}{'' if len(affected) == 1 else 's'}"
    title = f"Mark {counted} as given" if action == "give" else f"{verb} {counted}"
    sums = [f"Together: {', '.join(_sums(affected))}."] if affected else []
    work = Work(
        path="benefits" if action == "give" else "rewards",
        section="rewards",
        action=action,
        title=title,
        button=title,
        happens=[*sums, *_HAPPENS[action], *([_NOTE] if action != "give" else [])],
        asks_note=action != "give",
        asks_codes=action == "give",
        harms=action == "refuse",
    )
    return work, items


def _item(action: str, state: RewardState, names: dict[str, str], rights: Rights) -> Item:
    reward = state.reward
    label, page = _label(reward, names), f"/admin/rewards/{reward.pk}"
    if not rights.may("rewards:write", [reward.program_id]):
        return Item(reward.pk, label, page, _MAY_NOT, possible=False)
    if state.state not in _BEFORE[action] or (action == "give" and reward.benefit is None):
        return Item(reward.pk, label, page, f"Stays as it is: {codes.name_of(state.state).lower()}.", possible=False)
    return Item(reward.pk, label, page, _EFFECTS[action])


def _label(reward: Reward, names: dict[str, str]) -> str:
    what = reward.benefit.spelled if reward.benefit else money(reward.granted, reward.currency)
    return f"{what} for {names.get(reward.owner_id, reward.owner_id)}"


def _sums(states: Sequence[RewardState]) -> list[str]:
    """Return what rewards come to: the money of each currency, and how many benefits."""
    sums: Counter[str] = Counter()
    for one in states:
        if one.reward.benefit is None:
            sums[one.reward.currency] += one.reward.remaining
    benefits = sum(one.reward.benefit is not None for one in states)
    counted = [f"{benefits} benefit{'' if benefits == 1 else 's'}"] if benefits else []
    return [*(money(amount, currency) for currency, amount in sorted(sums.items())), *counted]
