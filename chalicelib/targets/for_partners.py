"""Finds the action items that partners read themselves, in the email about their month."""

from chalicelib.kit.dynamo import rows
from chalicelib.targets.rules import FOR_PARTNERS
from chalicelib.targets.table import ITEM, ActionItem, Check, check_key


def find_for_partner(partner_id: str, program_id: str) -> dict[str, ActionItem]:
    """Return the open items of which the partner reads, too, by their rules: two calls."""
    check = rows.find(Check, partner_id, check_key(program_id), consistent=False)
    current = check.current if check is not None else {}
    keys = [(current[rule], ITEM) for rule in FOR_PARTNERS if rule in current]
    return {item.rule: item for item in rows.find_all(ActionItem, keys).values() if item.state == "open"}
