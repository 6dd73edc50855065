"""Dollars for a million clicks, sales and emails: the cost model, fed with what was counted and measured."""

import json
from pathlib import Path

from bench import costs
from bench.costs import Bill, Work
from bench.lines import Line, Result, Table
from infra.local import templates

_CHALICE = Path(__file__).parents[1] / ".chalice" / "config.json"
# By the rates that bench/consumption.py counts at.
_RATES = {"one a minute": "0.0166667", "one a second": "1", "ten a second": "10", "a thousand a second": "1000"}
# The API logs one line a call, in Lambda's JSON; the redirect and the reactions log what goes wrong.
_API_LOG_BYTES = 300
# What others ask for a million clicks a month, as published; see docs/explanation/performance.md for where and when.
_HOSTED = [
    ("Dub, Advanced plan: 1,000,000 tracked events a month", "250.00", "dub.co/pricing, June 2026"),
    ("Linquid, by use: a click is 0.0001", "100.00", "docs.linquid.io, plans, pricing and limits, 2026"),
    ("Tapfiliate, ten times the Scale plan's 100,000 clicks", "1,790.00", "tapfiliate.com/pricing, August 2026"),
]


def measure(*, figures: dict[str, float]) -> Result:
    """Put together what a million clicks at each rate, a million sales and a million emails cost."""
    rows: list[list[str]] = []
    lines: list[Line] = []
    for name, rate in _RATES.items():
        redirect = Work(
            calls=1,
            cpu_seconds=figures["click_cpu"],
            waits=1,
            megabytes=megabytes("Redirect"),
            write_units=figures[f"click_writes_{rate}"],
            read_units=figures[f"click_reads_{rate}"],
        )
        counting = costs.bill(_counting(figures, rate))
        for door, behind_rest, goal in (("Function URL", False, 1.50), ("REST API", True, 5.0)):
            billed = costs.bill(redirect, behind_rest=behind_rest) + counting
            rows.append(_row(f"a million clicks, {name}, {door}", billed))
            # At one a minute the units that are allowed (2.5) cost more than the goal: it is for links that are used.
            aim = None if name == "one a minute" else goal
            lines.append(Line(f"a million clicks, {name}, {door}", "list prices", billed.total, aim, unit="$"))
    rows += [_row(f"a million sales ({what}), without emails", _sale(figures, what)) for what in ("known", "binds")]
    rows.append(_row("a million emails by SES", costs.bill(Work(emails=1))))
    header = ("what", "door", "functions", "DynamoDB", "emails", "logs", "dollars")
    note = (
        f"List prices of us-east-1, seen in {costs.PRICES_OF}, without free tiers. "
        f"A call to DynamoDB waits {costs.CALL_SECONDS * 1000:.0f} ms."
    )
    return Result(
        lines=lines,
        tables=[
            Table("What a million cost", header, rows, note),
            Table(
                "What others ask for a million clicks a month",
                ("who", "dollars", "published"),
                [list(one) for one in _HOSTED],
            ),
        ],
    )


def _counting(figures: dict[str, float], rate: str) -> Work:
    """Return a click's part of the function that counts: its calls are shared by all clicks of a batch."""
    batches = figures[f"click_batches_{rate}"]
    # Between a batch of one and a thousand, what a record takes falls from the one figure to the other.
    cpu = max(batches * figures["stream_cpu_one"], figures["stream_cpu_hot"])
    return Work(
        calls=batches,
        cpu_seconds=cpu,
        waits=figures[f"click_recount_calls_{rate}"],
        megabytes=megabytes("ClicksToStats"),
    )


def _sale(figures: dict[str, float], what: str) -> Bill:
    """Return a sale behind the REST API, with all that follows but the emails' own price."""
    api_calls = figures["conversion_calls_next" if what == "known" else "conversion_calls_first"]
    api_cpu = figures["conversion_cpu_next" if what == "known" else "conversion_cpu_first"]
    api = Work(
        calls=1,
        cpu_seconds=api_cpu,
        waits=api_calls,
        megabytes=megabytes("APIHandler"),
        write_units=figures[f"sale_writes_{what}"],
        read_units=figures[f"sale_reads_{what}"],
        log_bytes=_API_LOG_BYTES,
    )
    waits = figures[f"sale_calls_{what}"] - api_calls
    # What a reaction's call to DynamoDB takes is taken to be what one of the API's does.
    reactions = Work(
        calls=figures[f"sale_functions_{what}"] - 1,
        cpu_seconds=waits * api_cpu / api_calls,
        waits=waits,
        megabytes=megabytes("ConversionsToRewards"),
    )
    return costs.bill(api, behind_rest=True) + costs.bill(reactions)


def megabytes(function: str) -> int:
    """Return how much memory a function is deployed with."""
    named = templates.read("app.yaml")["Resources"].get(function, {}).get("Properties", {})
    return int(named.get("MemorySize") or json.loads(_CHALICE.read_text())["lambda_memory_size"])


def _row(what: str, billed: Bill) -> list[str]:
    parts = (billed.door, billed.functions, billed.database, billed.emails, billed.logs, billed.total)
    return [what, *(f"{part:.2f}" for part in parts)]
