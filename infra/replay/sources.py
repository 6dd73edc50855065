"""Reads purchases, bots, browsers and web server logs."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

DATA = Path("build/demo-data")
_SAMPLE = DATA / "lifetimes" / "datasets" / "CDNOW_sample.txt"
# By name: a file, and of how many of its customers one is taken.
CDNOW = {
    "short": (_SAMPLE, 5),
    "sample": (_SAMPLE, 1),
    "master": (DATA / "lifetimes" / "datasets" / "CDNOW_master.txt", 1),
}
# Apache's and nginx's "combined" format.
_COMBINED = re.compile(
    r'(?P<address>\S+) \S+ \S+ \[(?P<at>[^\]]+)\] "(?P<method>\S+) (?P<path>\S*)[^"]*" \d+ \S+'
    r' "(?P<referrer>[^"]*)" "(?P<agent>(?:[^"\\]|\\.)*)"'
)

_IN_APP = re.compile(r"; wv\).*(?:Instagram|Facebook)")
_MOBILE_MAC = re.compile(r"Macintosh.*Mobile/")


@dataclass(frozen=True)
class Purchase:
    """One purchase: its line in the file is its key, since some customers buy twice a day."""

    line: int
    customer: str
    day: date
    cents: int


@dataclass(frozen=True)
class Request:
    """One line of a web server's log."""

    address: str
    at: datetime
    method: str
    path: str
    referrer: str
    user_agent: str


def purchases(file: Path, one_of: int = 1) -> list[Purchase]:
    """
    Return the purchases of a file in CDNOW's form: customer first, then ..., date, pieces, dollars last.

    With *one_of* 5, those of each fifth customer, in the order in which the file has them. The first line may name the
    columns; any other that is not a purchase is an error.
    """
    bought = []
    for number, line in enumerate(file.read_text().splitlines(), start=1):
        fields = line.split()
        if not fields or (number == 1 and not fields[-1][0].isdigit()):
            continue
        try:
            day = datetime.strptime(fields[-3], "%Y%m%d").replace(tzinfo=UTC).date()
            bought.append(Purchase(number, fields[0], day, int(Decimal(fields[-1]) * 100)))
        except (ValueError, IndexError, ArithmeticError):
            raise SystemExit(f"{file}, line {number} is not a purchase: {line.strip()[:80]!r}") from None
    if not bought:
        raise SystemExit(f"{file} has no purchases")
    taken = set(list(dict.fromkeys(purchase.customer for purchase in bought))[::one_of])
    return sorted(
        (purchase for purchase in bought if purchase.customer in taken),
        key=lambda purchase: (purchase.day, purchase.line),
    )


def requests(file: Path) -> Iterator[Request]:
    """Return the requests of a log in combined format, in the order they were made; other lines are passed over."""
    entries = []
    for line in file.read_text(errors="replace").splitlines():
        parts = _COMBINED.match(line)
        if parts:
            at = datetime.strptime(parts["at"], "%d/%b/%Y:%H:%M:%S %z")
            entries.append(
                Request(parts["address"], at, parts["method"], parts["path"], parts["referrer"], parts["agent"])
            )
    return iter(sorted(entries, key=lambda request: request.at))


def bots() -> list[str]:
    """Return real user agents of crawlers and previews."""
    listed = json.loads((DATA / "crawleruseragents" / "crawler-user-agents.json").read_text())
    agents = [agent for entry in listed for agent in entry.get("instances", []) if agent.isascii()]
    # Two are browsers of apps, which the list has as crawlers of Instagram and Facebook.
    return [agent if not _IN_APP.search(agent) else agents[0] for agent in agents]


def browsers() -> list[str]:
    """Return real user agents of people's browsers: a common one more than once."""
    return [one["useragent"] for one in _listed_browsers()]


def devices() -> dict[str, str]:
    """Return the kind of device of each of these browsers."""
    # One is listed as a desktop, and says itself that it is mobile.
    return {
        one["useragent"]: one["type"] if not _MOBILE_MAC.search(one["useragent"]) else "mobile"
        for one in _listed_browsers()
    }


def _listed_browsers() -> list[dict[str, str]]:
    lines = (DATA / "fake_useragent" / "data" / "browsers.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines if line]
