"""
`make verify` and `make reconcile`: walk the ledger, or a span of days, through the API of a running service.

Each call does some seconds of work and says where it goes on; this goes on until the end.
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
from datetime import UTC, date, datetime, timedelta
from typing import Any

Answer = dict[str, Any]


def main() -> None:
    """Do what is asked; end with 1 if anything is wrong and was not repaired."""
    options = _options()
    if not options.key:
        raise SystemExit("Say which API key: KEY=rk_... (an admin key, or one for stats:read).")
    wrong = _verify(options) if options.what == "verify" else _reconcile(options)
    sys.exit(bool(wrong))


def _verify(options: argparse.Namespace) -> bool:
    answer: Answer = {}
    for answer in _pages(options, "GET", "/v1/ledger/verify", {}):
        print(f"\r{answer['accounts']:,} accounts, {answer['entries']:,} entries", end="", flush=True)
    print()
    if answer["notes_erased"]:
        print(f"{answer['notes_erased']:,} notes of entries were erased.")
    bad = answer["bad"]
    if bad is None:
        print("Every entry follows from the one before it, and every head from its entries.")
    else:
        print(f"BAD: account {bad['account']}, {bad['row']}: {bad['what']}")
    return bad is not None


def _reconcile(options: argparse.Namespace) -> bool:
    last = date.fromisoformat(options.to) if options.to else datetime.now(UTC).date()
    day = date.fromisoformat(options.day) if options.day else last - timedelta(days=1)
    checked: Counter[str] = Counter()
    left = 0
    while day <= last:
        query = {"day": day.isoformat(), "grace_minutes": options.grace}
        answer: Answer = {}
        for answer in _pages(options, "POST" if options.repair else "GET", "/v1/reconciliation", query):
            for one in answer["differences"]:
                left += not one["repaired"]
                done = "repaired" if one["repaired"] else f"repair: {one['repair']}"
                print(f"{day}  {one['kind']:<20} {one['subject']}: {one['detail']} ({done})")
        checked.update(answer["checked"])
        day += timedelta(days=1)
    for name, count in sorted(checked.items()):
        print(f"  {name:<28}{count:>12,}")
    print("Nothing differs." if not left else f"{left} differences are left; REPAIR=1 repairs those that can be.")
    return bool(left)


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
