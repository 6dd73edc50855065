"""Rows of targets, of action items, and of what the daily walk knew about each partner."""

import functools
import operator
from collections.abc import Mapping, Sequence
from typing import Any

from pynamodb.expressions.operand import Path
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex
from pynamodb.models import Model

from chalicelib.kit import config
from chalicelib.kit.dynamo import rows
from chalicelib.kit.dynamo.attributes import Instant, Kind, OptionalInstant, OptionalText, Text, WholeNumber
from chalicelib.kit.ids import of_mode
from chalicelib.kit.structured import Structured
from chalicelib.targets.kinds import Figures, ItemState, PeriodSums

TARGET, ITEM, SUMMARY, CLAIM = "target", "action_item", "summary", "claim"
# DynamoDB takes as many at a time.
_MOST_OPERANDS = 100


class RowsOfProgram(GlobalSecondaryIndex["TargetRow"]):
    """A program's action items in one state, sorted by their time-sorted ids."""

    class Meta:
        index_name = "by_program"
        projection = AllProjection()

    program_list = Text(hash_key=True)
    id = Text(range_key=True, attr_name="pk")


class RowsOfPartner(GlobalSecondaryIndex["TargetRow"]):
    """A partner's action items in every state, sorted by their time-sorted ids."""

    class Meta:
        index_name = "by_partner"
        projection = AllProjection()

    partner_id = Text(hash_key=True)
    id = Text(range_key=True, attr_name="pk")


class TargetRow(Model):
    """Any row of the targets table."""

    class Meta(rows.Table):
        table_name = config.table("targets")

    id = Text(hash_key=True, attr_name="pk")
    sort = Text(range_key=True, attr_name="sk")
    kind = Kind()


class Target(rows.Revised, TargetRow, discriminator="target"):
    """
    What a program aims for, from a day on: a value of a metric in each period.

    *subject* is `program`, `category:…`, `tier:…` or `partner:…`, of which it is; *until* is the first day on which it
    is no longer in force.
    """

    # The index lists those of a program by it.
    object = Text()
    program_id = Text()
    subject = Text()
    metric = Text()
    period = Text()
    value = WholeNumber()
    begins = Text()
    until = OptionalText()
    replaced_by = OptionalText()
    created_at = Instant()
    ended_at = OptionalInstant()
    listed: rows.Listed["Target"] = rows.Listed()


class Claim(TargetRow, discriminator="claim"):
    """When which target of a subject and a metric is in force: of two that overlap, one is refused."""

    # Ids of targets, with the day on which each begins, and on which it is no longer in force.
    spans: Structured[dict[str, tuple[str, str | None]]] = Structured(dict[str, tuple[str, str | None]], default=dict)
    version = WholeNumber(default=0)


class ActionItem(rows.Revised, TargetRow, discriminator="action_item"):
    """
    Something a person should do, because a rule holds: open until it is done, dismissed, or resolved by itself.

    *worth* is the partner's net revenue so far, by which items of one rule are ordered; *due_on* a local day.
    """

    # Under which names the indexes list it: by its state.
    object = Text()
    program_list = Text()
    program_id = Text()
    partner_id = OptionalText()
    target_id = OptionalText()
    rule = Text()
    figures: Structured[Figures] = Structured(Figures, default=dict)
    worth = WholeNumber(default=0)
    state = Text()
    owner = OptionalText()
    due_on = Text()
    reason = OptionalText()
    note = OptionalText()
    created_at = Instant()
    closed_at = OptionalInstant()
    closed_by = OptionalText()
    listed: rows.Listed["ActionItem"] = rows.Listed()
    by_program = RowsOfProgram()
    by_partner = RowsOfPartner()

    @property
    def words(self) -> None:
        """Return no words: what people wrote is in notes."""


class Check(TargetRow, discriminator="check"):
    """
    What the daily walk found out about a partner in a program, or about a target: under the id of either.

    *current* are the action items of each rule that holds, whatever became of them: while it does, no second one is
    opened. The others are of partners alone: which step of onboarding is next, whether that is a concern, and their
    numbers in the periods before *day* began.
    """

    # The index lists those with a concern by it.
    object = OptionalText()
    program_id = Text()
    current: Structured[dict[str, str]] = Structured(dict[str, str], default=dict)
    version = WholeNumber(default=0)
    day = OptionalText()
    step = OptionalText()
    why = OptionalText()
    since = OptionalInstant()
    category = OptionalText()
    tier = OptionalText()
    sums: Structured[PeriodSums] = Structured(PeriodSums, default=dict)
    checked_at = OptionalInstant()
    listed: rows.Listed["Check"] = rows.Listed()


class Summary(TargetRow, discriminator="summary"):
    """
    A program once all of its partners were checked for a *day*: what is to do first, and the sums of each group.

    *first* are open action items in the order of `rules.urgency`, each with its partner, if it is about one; *groups*
    have the sums of each category and tier.
    """

    day = Text()
    first: Structured[list[tuple[str, str]]] = Structured(list[tuple[str, str]], default=list)
    counts: Structured[dict[str, int]] = Structured(dict[str, int], default=dict)
    concerns = WholeNumber(default=0)
    groups: Structured[dict[str, PeriodSums]] = Structured(dict[str, PeriodSums], default=dict)
    checked_at = Instant()


def items_in(state: ItemState, program_id: str) -> tuple[str, str]:
    """Return under which names the indexes list action items in a state: all of a mode, and a program's."""
    return of_mode(f"{state}_action_items", program_id), f"{state}#{program_id}"


def targets_of(program_id: str) -> str:
    """Return under which name the index lists a program's targets."""
    return f"targets#{program_id}"


def check_ins_of(program_id: str) -> str:
    """Return under which name the index lists partners with a concern."""
    return f"check_ins#{program_id}"


def check_key(program_id: str) -> str:
    return f"check#{program_id}"


def claim_key(program_id: str, subject: str, metric: str) -> str:
    """Return the partition of what is in force of a subject and a metric."""
    return f"claim#{program_id}#{subject}#{metric}"


def summary_key(program_id: str) -> str:
    return f"summary#{program_id}"


def walk_key(program_id: str) -> str:
    """Return the partition of the cursor of a program's daily walk."""
    return f"checks#{program_id}"


def all_of(values: Mapping[str, Any], *, within: Sequence[str] | None = None) -> Any:
    """Return the condition that attributes have these values, but for None; in some programs, if these are given."""
    conditions = [Path(name) == value for name, value in values.items() if value is not None]
    if within is not None:
        allowed = Path("program_id").does_not_exist()
        for begin in range(0, len(within), _MOST_OPERANDS):
            allowed |= Path("program_id").is_in(*within[begin : begin + _MOST_OPERANDS])
        conditions.append(allowed)
    return functools.reduce(operator.and_, conditions) if conditions else None


def query_page(
    model: type[TargetRow],
    index: str,
    name: str,
    condition: Any,
    *,
    between: tuple[str, str] | None = None,
    newest_first: bool,
) -> tuple[list[Any], str | None]:
    """
    Return the rows of a list that match, between two ids, both included, that one call reads: a megabyte of the list.

    And the last id that it read, if there may be more.
    """
    page = model._get_connection().query(
        name,
        range_key_condition=Path("pk").between(*between) if between is not None else None,
        filter_condition=condition,
        index_name=index,
        scan_index_forward=not newest_first,
    )
    key = page.get("LastEvaluatedKey")
    return [model.from_raw_data(item) for item in page["Items"]], key["pk"]["S"] if key else None
