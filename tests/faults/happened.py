"""What events must say, looked at in the rows: each fact has one of each type, and their money is the ledger's."""

import json
from collections import Counter, defaultdict

from tests.faults.invariants import table

PARTS = ("held", "due", "frozen", "paid", "expense")


def check_events(shop):
    """Check that every fact has its events, once each, and that nothing else has. Returns how many there are."""
    events = table(shop, "events")
    counted = Counter((row["type"], row["subject_id"], _fact(row)) for row in events)
    assert counted == Counter(_expected(shop)), (counted - Counter(_expected(shop)), Counter(_expected(shop)) - counted)
    _money(shop, events)
    return len(events)


def _money(shop, events):
    """What events say was moved sums to each account's balances, part by part."""
    moved = defaultdict(Counter)
    for row in events:
        data = json.loads(row["data"])
        if "moved" in data:
            owner = data.get("owner", row["subject_id"])
            assert sum(data["moved"].values()) == 0, row
            moved[f"{owner}#{data['currency']}"].update(data["moved"])
    for head in table(shop, "ledger"):
        if head["sk"] == "head":
            assert [moved[head["pk"]][part] for part in PARTS] == [head[part] for part in PARTS], head


def _fact(row):
    """Return what tells an event's fact from others of its type and subject."""
    data = json.loads(row["data"])
    if row["type"] in ("partner.left", "partner.returned", "partner.enrolled"):
        return row["program_id"]
    if row["type"] == "email.failed":
        return row["pk"]
    standing = ("tier_changed", "category_changed", "suspended", "banned", "reactivated")
    if row["type"].removeprefix("partner.") in standing:
        return data["number"]
    if row["type"].startswith("introduction."):
        return data["number"]
    return (
        data.get("entry")
        or data.get("restore")
        or data.get("refund")
        or data.get("amendment")
        or data.get("correction")
        or ""
    )


def _expected(shop):
    """Return the type, the subject and the fact of each event that there should be."""
    yield from _of_conversions(table(shop, "conversions"))
    yield from _of_introductions(table(shop, "introductions"))
    yield from _of_benefits(table(shop, "rewards"))
    yield from _of_partners(table(shop, "partners"))
    for row in table(shop, "ledger"):
        if row["sk"] != "head":
            yield _type_of(row), row["reward_id"] or row["owner_id"], row["id"]
    for row in table(shop, "links"):
        moments = {"created": "created_at", "changed": "changed_at", "ended": "disabled_at", "restored": "restored_at"}
        yield from ((f"link.{name}", row["id"], "") for name, at in moments.items() if {"id", at} <= row.keys())
    for row in table(shop, "payouts"):
        yield from ((f"payout.{name}", row["pk"], "") for name in ("prepared", "settled") if f"{name}_at" in row)
    for row in table(shop, "events"):
        # Of a claim that ended, which the message forgets when it is sent again.
        if row["type"] == "email.failed":
            yield row["type"], row["subject_id"], row["pk"]


def _of_conversions(rows):
    for row in rows:
        if row["kind"] in ("refund", "restore", "amendment"):
            name = {"refund": "refunded", "restore": "restored", "amendment": "amended"}[row["kind"]]
            yield f"conversion.{name}", row["pk"], row[f"{row['kind']}_id"]
        elif row["kind"] == "correction":
            yield f"conversion.{'voided' if row['what'] == 'void' else 'moved'}", row["pk"], row["correction_id"]
            if row["binds"]:
                yield "referral.created", row["referral_id"], ""
        else:
            name = {"conversion": "conversion.recorded", "credit": "conversion.credited"}[row["kind"]]
            yield name, row["pk"], ""
            if row["kind"] == "conversion" and row["binds"]:
                yield "referral.created", row["referral_id"], ""


def _of_benefits(rows):
    for row in rows:
        if row["row"] == "fulfilment":
            yield "benefit.due" if row["what"] == "fulfilment" else "benefit.taken_back", row["pk"], ""
            if "code_given_at" in row:
                yield "benefit.code_given", row["pk"], ""
            if "fulfilled_at" in row:
                yield "benefit.given", row["pk"], ""


_OF_PARTNERS = {
    "payee": "partner.payee_changed",
    "email_change": "partner.email_changed",
    "merge": "partner.merged",
    "hand_over": "partner.handed_over",
}


def _of_partners(rows):
    for row in rows:
        if row["kind"] == "enrolment":
            for name in ("enrolled", "left", "returned"):
                if f"{name}_at" in row:
                    yield f"partner.{name}", row["pk"], row["program_id"]
        elif row["kind"] in ("standing", "earlier_standing"):
            name = (row.get("to") or "reactivated") if row["what"] == "state" else f"{row['what']}_changed"
            yield f"partner.{name}", row["pk"].removeprefix("standing#"), row["number"]
        elif row["kind"] in _OF_PARTNERS:
            yield _OF_PARTNERS[row["kind"]], row["partner_id"], ""
        elif row["kind"] == "application":
            yield "partner.applied", row["pk"], ""
            if row["status"] == "refused":
                yield "partner.refused", row["pk"], ""


def _type_of(entry):
    if entry["kind"] == "reward":
        return "reward.held" if entry["held"] else "reward.due"
    return {
        "matured": "reward.due",
        "hold": "reward.held",
        "release": "reward.released",
        "refusal": "reward.refused",
        "reversal": "reward.reversed",
        "restore": "reward.restored",
        "amendment": "reward.amended",
        "credit_moved": "reward.moved",
        "voided": "reward.voided",
        "payout_prepared": "account.frozen",
        "payout_paid": "account.paid",
        "payout_failed": "account.unfrozen",
        "payout_returned": "account.returned",
        "adjustment": "account.adjusted",
    }[entry["kind"]]


def _of_introductions(rows):
    """One for each step of their history; words in between, and other stages, are moves."""
    moved = {"in_touch", "meeting", "proposal"}
    for row in rows:
        if row["kind"] == "step" and row["to_state"] != "offered":
            is_move = row["to_state"] in moved or row.get("from_state") == row["to_state"]
            yield f"introduction.{'moved' if is_move else row['to_state']}", row["pk"], row["number"]
