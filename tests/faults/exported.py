"""What exports and promptness say of a business, held to what its raw rows say."""

import csv
import io
import json
from collections import Counter
from datetime import timedelta
from unittest.mock import patch
from urllib.parse import urlencode

from chalicelib.kit import ids, instants
from chalicelib.reconciliation import reconcile
from chalicelib.stats.shapes import MOST_DAYS
from tests.faults.reading import table
from tests.faults.recount import reported

EXPORTS = ("clicks", "conversions", "rewards", "partners", "payouts")
# What makes a reward due.
_BECOMES_DUE = ("reward", "matured", "release")


def check_exports(business):
    """Check that CSV and JSON Lines have the same rows, however they are parted, and that these are the raw rows."""
    for name in EXPORTS:
        _check_export(business, name)
    for name in ("conversions", "rewards"):
        # As if all events had expired: then everything that was received is looked through.
        with patch("chalicelib.exports.sources.RETENTION", timedelta(0)):
            _check_export(business, name)


def _check_export(business, name):
    records = [json.loads(line) for part in _parts(business, name, "jsonl", 7) for line in part.splitlines()]
    lines = list(csv.reader(io.StringIO("".join(_parts(business, name, "csv", 100)))))
    expected = [[_spelled(value) for value in record.values()] for record in records]
    assert lines[1:] == expected, (name, lines, expected)
    exported, raw = Counter(_exported(name, records)), Counter(_RAW[name](business))
    assert exported == raw, (name, exported - raw, raw - exported)


def _parts(business, name, form, limit):
    """Return all parts of an export; of CSV, only the first has a header."""
    of_program = {"program": business.program["id"]} if name not in ("partners", "payouts") else {}
    query, parts = of_program | {"format": form, "limit": limit}, []
    while True:
        answer = business.shop.get(f"/v1/exports/{name}?{urlencode(query)}")
        assert answer.status == 200, answer.body
        parts.append(answer.body)
        cursor = answer.headers.get("Goodword-Next-Cursor")
        if cursor is None:
            return parts
        query |= {"cursor": cursor, "header": "false"}


def _spelled(value):
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)


_COLUMNS = {
    "clicks": ("at", "partner", "code", "class", "device", "country", "referrer_host"),
    "conversions": ("id", "type", "amount", "refunded", "remaining", "partner", "code", "received_at", "voided_at"),
    "rewards": ("id", "granted", "remaining", "partner", "owner", "side", "terms_version"),
    "partners": ("id", "name", "email", "category", "merged_into"),
    "payouts": ("payout", "owner", "amount", "status", "ledger_entry"),
}


def _exported(name, records):
    return [tuple(record[column] for column in _COLUMNS[name]) for record in records]


def _clicks(business):
    for row in table(business.shop, "clicks"):
        if row["row"] == "click" and row["program_id"] == business.program["id"]:
            at, code = instants.text(ids.time_of(row["sk"])), row["pk"].partition("#")[0]
            origins = (row.get("device"), row.get("country"), row.get("referrer_host"))
            yield at, row["partner_id"], code, row["kind"], *origins


def _conversions(business):
    for one in reported(business):
        first, credit = one.first, one.credit
        amounts = (first["amount"], one.amount - one.left, one.left)
        yield (
            *(first["pk"], first["type"]),
            *(_dollars(amount) if first["type"] == "sale" else None for amount in amounts),
            *(credit and credit.partner, credit and credit.link, first["received_at"], first.get("voided_at")),
        )


def _rewards(business):
    for row in table(business.shop, "rewards"):
        if row["row"] == "reward" and row["program_id"] == business.program["id"]:
            amounts = (_dollars(row["granted"]), _dollars(row["remaining"]))
            yield row["pk"], *amounts, row["partner_id"] or None, row["owner_id"], row["to"], row["terms_version"]


def _partners(business):
    for row in table(business.shop, "partners"):
        if row["kind"] == "partner":
            yield row["pk"], row["name"], row.get("email"), row["category"], row.get("merged_into")


def _payouts(business):
    rows = table(business.shop, "payouts")
    prepared = {row["pk"] for row in rows if row["kind"] == "payout" and row["status"] != "preparing"}
    for row in rows:
        if row["kind"] == "item" and row["pk"] in prepared:
            yield row["pk"], row["owner_id"], _dollars(row["amount"]), row["status"], row["seq"]


_RAW = {"clicks": _clicks, "conversions": _conversions, "rewards": _rewards, "partners": _partners, "payouts": _payouts}


def _dollars(cents):
    return f"{cents // 100}.{cents % 100:02}"


def check_promptness(business):
    """Have each day compared, and check that each step is counted as often on it as the raw rows have it."""
    shop, program = business.shop, business.program["id"]
    first = business.versions[0].begins.date()
    days = [first + timedelta(days=number) for number in range((shop.at.date() - first).days)]
    for day in days:
        reconcile._compare_day(day, at=shop.at)
    reports = [row for row in table(shop, "conversions") if row["kind"] == "conversion"]
    received = Counter(row["received_at"][:10] for row in reports if row["program_id"] == program)
    due = Counter(
        row["at"][:10]
        for row in table(shop, "ledger")
        if row.get("program_id") == program and row["kind"] in _BECOMES_DUE and row["due"] > 0
    )
    for begin in range(0, len(days), MOST_DAYS):
        first, *_, last = days[begin : begin + MOST_DAYS] * 2
        answer = shop.get(f"/v1/programs/{program}/promptness?from={first}&to={last}&timezone=UTC")
        assert answer.status == 200, answer.body
        by_day = {one["day"]: one["steps"] for one in answer.json["days"]}
        assert [*by_day] == [day.isoformat() for day in days[begin : begin + MOST_DAYS]]
        for day, steps in by_day.items():
            assert (steps["decided"]["count"], steps["due"]["count"]) == (received[day], due[day]), (day, steps)
        for step, whole in answer.json["totals"].items():
            assert whole["count"] == sum(one[step]["count"] for one in by_day.values()), step
            worst = [one[step]["worst"] for one in by_day.values() if one[step]["count"]]
            assert whole["worst"] == max(worst, default=None), step
