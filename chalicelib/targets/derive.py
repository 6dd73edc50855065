"""Opens an action item for each rule that holds, once, and resolves those whose rule no longer holds."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta

from msgspec import Struct

from chalicelib.audit.actor import Actor
from chalicelib.audit.entries import Action
from chalicelib.kit.dynamo import rows, writes
from chalicelib.kit.dynamo.writes import Write
from chalicelib.kit.ids import is_test, new_id
from chalicelib.kit.revisions import change
from chalicelib.targets.kinds import Figures, RuleName
from chalicelib.targets.rules import THRESHOLDS
from chalicelib.targets.table import ITEM, ActionItem, Check, check_key, items_in

ACTOR = Actor("schedule", "check_partners")


class Subject(Struct, frozen=True):
    """What action items are about: a partner in a program, or a target and perhaps its partner."""

    program_id: str
    partner_id: str | None = None
    target_id: str | None = None
    # The partner's net revenue so far.
    worth: int = 0

    @property
    def key(self) -> tuple[str, str]:
        """Return the key of the row that says which items are current."""
        identifier = self.target_id or self.partner_id
        assert identifier is not None, "an item is about a target or a partner"
        return identifier, check_key(self.program_id)


def find_checks(subjects: Iterable[Subject]) -> dict[tuple[str, str], Check]:
    """Return what was found out before, by key: a hundred a call."""
    return rows.find_all(Check, [one.key for one in subjects])


def find_current(checks: Iterable[Check]) -> dict[str, ActionItem]:
    """Return the current action items of what was checked, whatever became of them: a hundred a call."""
    keys = [(identifier, ITEM) for check in checks for identifier in check.current.values()]
    return {item.id: item for item in rows.find_all(ActionItem, keys).values()}


def derive(
    subject: Subject,
    check: Check,
    holding: Mapping[RuleName, Figures],
    items: Mapping[str, ActionItem],
    *,
    today: date,
    at: datetime,
) -> bool:
    """
    Write what was found out now (*check*, with the version and the current items of before), and what follows from it.

    Each item is opened, or resolved, in one transaction with the row that says that it was: so of a run that stops
    anywhere, or comes twice, nothing is done again. An item that is done or dismissed is current until its rule no
    longer holds. Returns False if someone else wrote one of the rows in the meantime; the next day's run does the rest.
    """
    version, current = check.version, dict(check.current)
    for item, write, action in _changes(subject, current, holding, items, today=today, at=at):
        if not _enter(item, write, action, check, current, at=at):
            return False
    if check.version > version and check.current == current:
        return True
    return not writes.commit(_put(check, current))


def _changes(
    subject: Subject,
    current: dict[str, str],
    holding: Mapping[RuleName, Figures],
    items: Mapping[str, ActionItem],
    *,
    today: date,
    at: datetime,
) -> Iterator[tuple[ActionItem, Write, Action]]:
    """Yield each item that is opened, or resolved, once *current* says so, too; refresh those that stay open."""
    for rule, figures in holding.items():
        if rule not in current:
            new = _new_item(subject, rule, figures, today=today, at=at)
            current[rule] = new.id
            yield new, writes.insert(new), "action_item.opened"
        elif (item := items.get(current[rule])) is not None and item.state == "open":
            _refresh(item, figures, subject.worth)
    for rule_name in [one for one in current if one not in holding]:
        item = items.get(current.pop(rule_name))
        if item is not None and item.state == "open":
            yield item, resolve(item, at=at), "action_item.resolved"


def resolve(item: ActionItem, *, at: datetime) -> Write:
    """Return the write that closes an open item by itself."""
    listed, of_program = items_in("resolved", item.program_id)
    actions = [
        ActionItem.state.set("resolved"),
        ActionItem.object.set(listed),
        ActionItem.program_list.set(of_program),
        ActionItem.closed_at.set(at),
        ActionItem.closed_by.set(ACTOR.id),
    ]
    return change(item, *actions, condition=ActionItem.state == "open")


def _new_item(subject: Subject, rule: RuleName, figures: Figures, *, today: date, at: datetime) -> ActionItem:
    listed, of_program = items_in("open", subject.program_id)
    return ActionItem(
        new_id("act", at, test=is_test(subject.program_id)),
        ITEM,
        object=listed,
        program_list=of_program,
        program_id=subject.program_id,
        partner_id=subject.partner_id,
        target_id=subject.target_id,
        rule=rule,
        figures=figures,
        worth=max(subject.worth, 0),
        state="open",
        due_on=(today + timedelta(days=THRESHOLDS[rule].due_days)).isoformat(),
        created_at=at,
    )


def _enter(
    item: ActionItem, write: Write, action: Action, check: Check, current: Mapping[str, str], *, at: datetime
) -> bool:
    """Write an item with the row that says which are current; returns whether both were written."""
    part = item.partner_id or item.target_id
    return not ACTOR.commit(write, _put(check, current), action=action, subject=item.id, part=part, at=at)


def _put(check: Check, current: Mapping[str, str]) -> Write:
    """Return the write of a row with these items, and count its version up for the next one."""
    before = check.version
    check.current, check.version = dict(current), before + 1
    if before == 0:
        return writes.insert(check)
    return writes.put_if(check, Check.version == before)


def _refresh(item: ActionItem, figures: Figures, worth: int) -> None:
    """Keep the figures of an open item as they are now: no one did anything."""
    if item.figures != figures or item.worth != max(worth, 0):
        actions = [ActionItem.figures.set(figures), ActionItem.worth.set(max(worth, 0))]
        writes.commit(writes.update_if(item, *actions, condition=ActionItem.state == "open"))
