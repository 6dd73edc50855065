"""Which three partners to call first, and why: of the programs on the first page, in two calls."""

from collections.abc import Sequence
from typing import Any

from chalicelib.admin import action_words as words
from chalicelib.admin.english import minute
from chalicelib.kit.dynamo import rows
from chalicelib.kit.dynamo.writes import AnyRow
from chalicelib.partners.table import Partner
from chalicelib.programs.table import Program
from chalicelib.targets.rules import urgency
from chalicelib.targets.table import ITEM, SUMMARY, ActionItem, Summary, summary_key

MOST_CALLS = 3
# Of each of a few programs, so many of its first items are looked at, with their partners: as many as one call reads.
# Some are done since they were put in order.
_MOST_ITEMS = 8


def first_calls(several: Sequence[Program]) -> dict[str, Any]:
    """
    Return the first three partners of some programs with an open action item each, and how many items there are.

    In the order of `targets.rules.urgency`, as it was when each program was last checked.
    """
    by_id = {program.id: program for program in several}
    keys = [(summary_key(one), SUMMARY) for one in by_id]
    summaries = list(rows.find_all(Summary, keys, consistent=False).values())
    first_items = [one for summary in summaries for one in summary.first[:_MOST_ITEMS]]
    item_keys: list[tuple[type[AnyRow], str, str]] = [(ActionItem, item_id, ITEM) for item_id, _ in first_items]
    item_keys += [(Partner, partner_id, "partner") for _, partner_id in first_items if partner_id]
    stored = rows.find_anywhere(item_keys) if item_keys else []
    open_items = [row for row in stored if isinstance(row, ActionItem) and row.state == "open"]
    names = {row.id: row.name for row in stored if isinstance(row, Partner)}
    open_items.sort(key=lambda one: urgency(one.rule, one.worth, one.id))
    first: dict[str, ActionItem] = {}
    for item in open_items:
        if item.partner_id is not None and len(first) < MOST_CALLS:
            first.setdefault(item.partner_id, item)
    return {
        "to_call": [
            {
                "id": item.id,
                "partner_id": partner_id,
                "partner": names.get(partner_id, partner_id),
                "program": by_id[item.program_id],
                "what": words.RULES[item.rule],  # type: ignore[index]
                "why": words.why(item.rule, item.figures, by_id[item.program_id].currency),
            }
            for partner_id, item in first.items()
        ],
        "to_call_as_of": minute(min(one.checked_at for one in summaries)) if summaries else "",
        "actions_open": sum(sum(one.counts.values()) for one in summaries),
    }
