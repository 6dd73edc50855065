"""
`make verify` and `make reconcile`: walk ledger and audit trail, or some days, through the API of a running service.

Each call does some seconds of work and returns where to continue; this repeats it until the end.
"""

import argparse
import json
import os
import sys
import urllib.error
import urllib.parse
import urllib.request
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

Answer = dict[str, Any]


def main() -> None:
    """Run the command; exit with 1 if anything is wrong and was not repaired."""
    options = _options()
    if not options.key:
        raise SystemExit("Say which API key: KEY=rk_... (an admin key, or one for audit:read).")
    wrong = _verify(options) if options.what == "verify" else _reconcile(options)
    sys.exit(bool(wrong))


def _verify(options: argparse.Namespace) -> bool:
    ledger = _walk(options, "/v1/ledger/verify", "Ledger", {"accounts": "accounts", "entries": "entries"})
    if ledger["notes_erased"]:
        print(f"{ledger['notes_erased']:,} notes of entries were erased.")
    trail = _walk(options, "/v1/audit/verify", "Audit trail", {"chains": "chains", "entries": "entries"})
    root = _walk(options, "/v1/roots/verify", "Last daily root", {"chains": "chains"})
    print(f"The root of {root['day']} is {root['root']}." if root["day"] else "There is no daily root yet.")
    bad = [answer["bad"] for answer in (ledger, trail, root) if answer["bad"] is not None]
    for one in bad:
        print(f"BAD: {one.get('chain') or 'account ' + one['account']}, {one['row']}: {one['what']}")
    if not bad:
        print("Every entry follows from the one before it, and every head from its entries; no end was cut off.")
    if not bad and not ledger["entries"]:
        print("The ledger has no entries: there was nothing to verify.")
    return bool(bad)


def _walk(options: argparse.Namespace, path: str, what: str, numbers: dict[str, str]) -> Answer:
    """Ask until the end, and return the last answer; print how far it is."""
    answer: Answer = {}
    for answer in _pages(options, "GET", path, {}):
        counted = ", ".join(f"{answer[field]:,} {name}" for field, name in numbers.items())
        print(f"\r{what}: {counted}", end="", flush=True)
    print()
    return answer


def _reconcile(options: argparse.Namespace) -> bool:
    """Compare the requested days, by the service's clock: the newest first. Returns whether differences are left."""
    compared = _Compared()
    # Without a day, the service compares its own today, which can differ from this machine's.
    last = compared.add(options, options.to)
    first = date.fromisoformat(options.day) if options.day else last - timedelta(days=1)
    if first > last:
        raise SystemExit(f"Nothing was compared: {first} is after {last}, the last day.")
    day = last
    while day > first:
        day -= timedelta(days=1)
        compared.add(options, day.isoformat())
    for name, count in sorted(compared.checked.items()):
        print(f"  {name:<28}{count:>12,}")
    print(f"{first} to {last}, up to {compared.up_to}: {compared.verdict}")
    return bool(compared.left)


class _Compared:
    """What was compared so far, and how many differences are left."""

    def __init__(self) -> None:
        self.checked: Counter[str] = Counter()
        self.left = 0
        self.up_to = ""

    @property
    def verdict(self) -> str:
        if self.left:
            return f"{self.left} differences are left; REPAIR=1 repairs those that can be."
        return "nothing differs." if sum(self.checked.values()) else "there was nothing to compare."

    def add(self, options: argparse.Namespace, day: str | None) -> date:
        """Compare a day, or the service's today, and print what differs. Returns which day it is."""
        query = {"grace_minutes": options.grace, **({"day": day} if day else {})}
        answer: Answer = {}
        for answer in _pages(options, "POST" if options.repair else "GET", "/v1/reconciliation", query):
            for one in answer["differences"]:
                self.left += not one["repaired"]
                done = "repaired" if one["repaired"] else f"repair: {one['repair']}"
                print(f"{answer['day']}  {one['kind']:<20} {one['subject']}: {one['detail']} ({done})")
        self.checked.update(answer["checked"])
        self.up_to = max(self.up_to, answer["up_to"])
        return date.fromisoformat(answer["day"])


def _pages(options: argparse.Namespace, method: str, path: str, query: Answer) -> Iterator[Answer]:
    cursor = None
    while True:
        answer = _call(options, method, path, {**query, **({"cursor": cursor} if cursor else {})})
        yield answer
        cursor = answer["next_cursor"]
        if cursor is None:
            return


def _call(options: argparse.Namespace, method: str, path: str, values: Answer) -> Answer:
    query = f"?{urllib.parse.urlencode(values)}" if method == "GET" else ""
    body = json.dumps(values).encode() if method == "POST" else None
    headers = {"Authorization": f"Bearer {options.key}", "Content-Type": "application/json"}
    request = urllib.request.Request(f"{options.url.rstrip('/')}{path}{query}", body, headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            content: Answer = json.load(answer)
            return content
    except urllib.error.HTTPError as refusal:
        raise SystemExit(f"{method} {path}: {refusal.code} {refusal.read().decode(errors='replace')[:500]}") from None
    except urllib.error.URLError as failure:
        raise SystemExit(f"{options.url} does not answer: {failure.reason}") from None


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["verify", "reconcile"])
    parser.add_argument("--url", default=os.environ.get("GOODWORD", "http://localhost:8000"))
    parser.add_argument("--key", default=os.environ.get("KEY", ""))
    parser.add_argument("--day", help="the first UTC day (default: yesterday)")
    parser.add_argument("--to", help="the last UTC day (default: today)")
    parser.add_argument("--grace", type=int, default=10, help="minutes: what is younger may still be on its way")
    parser.add_argument("--repair", action="store_true", help="repair what can be repaired")
    return parser.parse_args()


if __name__ == "__main__":
    main()
