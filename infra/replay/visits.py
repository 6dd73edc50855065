"""Replays a web server's log as visits: every path it knows becomes a link, every request a click."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, timedelta
from typing import Any
from urllib.parse import urlsplit

from tqdm import tqdm

from infra.replay.client import Client
from infra.replay.facts import Fact
from infra.replay.reports import Checks, Comparison, check_reports
from infra.replay.sources import Request

_MOST_LINKS = 100
# Of a link and day, so many hosts are named, and the others together.
_MOST_HOSTS, _OTHER = 20, "other"
_OF_HITS = ("hits", "clicks")
_COMPARISONS = [
    Comparison("day", lambda fact: (fact.day.isoformat(),), _OF_HITS),
    Comparison("link", lambda fact: (fact.link,), _OF_HITS),
    Comparison("day,hour", lambda fact: (fact.day.isoformat(), fact.hour), _OF_HITS),
    Comparison("referrer_host", lambda fact: (fact.host,), _OF_HITS),
    Comparison("day,referrer_host", lambda fact: (fact.day.isoformat(), fact.host), _OF_HITS),
]


def replay(client: Client, requests: Iterator[Request], *, progress: "tqdm[Any]") -> tuple[dict[str, Any], list[str]]:
    """
    Send every request of the log to a link, at its own time, as its own visitor.

    Returns the figures, and what differs between the hits sent and the clicks the service counted.
    """
    todo = list(requests)
    if not todo:
        raise SystemExit("The log has no line in combined format.")
    first, last = todo[0].at.astimezone(UTC).date(), todo[-1].at.astimezone(UTC).date()
    _set_clock(client, f"{first - timedelta(days=1)}T12:00:00Z")
    program = _program(client)
    links: dict[str, str] = {}
    sent: Counter[str] = Counter()
    hour = ""
    for request in todo:
        now = f"{request.at.astimezone(UTC):%Y-%m-%dT%H:00:00Z}"
        if now != hour:
            hour = now
            _set_clock(client, hour)
        code = _link(client, program, links, request.path)
        method = request.method if request.method in ("GET", "HEAD") else "GET"
        headers = {"User-Agent": request.user_agent, "X-Forwarded-For": request.address, "Referer": request.referrer}
        status, _, _ = client.send(method, f"/{code}", headers)
        sent[f"{method} {status}"] += 1
        progress.update()
    client.api("POST", "/_local/settle")
    # Where clicks came from is counted once their day is over.
    _set_clock(client, f"{last + timedelta(days=2)}T12:00:00Z")
    client.api("POST", "/_local/settle")
    progress.close()
    clicks = _clicks(client, program, first, last)
    expected = {"all": sent["GET 302"], "head": sent["HEAD 302"]}
    wrong = [
        f"clicks, {name}: the service says {clicks[name]}, {count} were sent"
        for name, count in expected.items()
        if clicks[name] != count
    ]
    wrong += [f"{count} requests were answered {kind}" for kind, count in sent.items() if not kind.endswith(" 302")]
    checks = Checks()
    check_reports(checks, client, program, facts_of(todo, links), _COMPARISONS)
    figures = {"requests": len(todo), "links": len(links), "numbers_of_reports_checked": checks.compared}
    return figures | {f"clicks.{name}": clicks[name] for name in clicks}, [*wrong, *checks.wrong]


def facts_of(requests: Iterable[Request], links: Mapping[str, str]) -> list[Fact]:
    """Return what reports must say of the requests, by the code of the link that each path became."""
    requests = list(requests)
    named = _named_hosts(requests, links)
    facts = []
    for request in requests:
        at, code = request.at.astimezone(UTC), links[request.path].lower()
        host = _host(request)
        bounded = host if host is None or host in named[code, at.date()] else _OTHER
        head = request.method == "HEAD"
        numbers = {"hits": 1, "clicks": int(not head)}
        facts.append(Fact(at.date(), None, numbers, bounded, link=code, hour=f"{at:%H}"))
    return facts


def _named_hosts(requests: Iterable[Request], links: Mapping[str, str]) -> dict[tuple[str, date], set[str]]:
    """Return the hosts that are named of each link and day: those with most requests; of as many, the first by name."""
    counted: dict[tuple[str, date], Counter[str]] = defaultdict(Counter)
    for request in requests:
        if (host := _host(request)) is not None:
            counted[links[request.path].lower(), request.at.astimezone(UTC).date()][host] += 1
    return {
        place: {host for host, _ in sorted(hosts.items(), key=lambda one: (-one[1], one[0]))[:_MOST_HOSTS]}
        for place, hosts in counted.items()
    }


def _host(request: Request) -> str | None:
    """Return the host of the page before."""
    parts = urlsplit(request.referrer)
    return parts.hostname if parts.scheme in ("http", "https") else None


def _program(client: Client) -> str:
    body = {
        "name": "The web site",
        "landing_url": "https://site.example/",
        "currency": "USD",
        "rules": [],
        "external_id": "site",
    }
    program: str = client.api("POST", "/v1/programs", body)["id"]
    client.api("POST", "/v1/partners", {"name": "The log", "external_id": "log", "programs": [program]})
    return program


def _link(client: Client, program: str, links: dict[str, str], path: str) -> str:
    """Return the code for a path; once there are as many links as a partner may have, paths share them."""
    if path not in links:
        codes = list(dict.fromkeys(links.values()))
        if len(codes) >= _MOST_LINKS:
            links[path] = codes[len(links) % _MOST_LINKS]
        else:
            links[path] = client.api("POST", "/v1/links", {"program": program, "partner": "ext_log"})["code"]
    return links[path]


def _set_clock(client: Client, now: str) -> None:
    client.api("POST", "/_local/clock", {"now": now})


def _clicks(client: Client, program: str, first: date, last: date) -> Counter[str]:
    total: Counter[str] = Counter()
    while first <= last:
        end = min(last, first + timedelta(days=91))
        answer = client.api("GET", f"/v1/programs/{program}/stats?from={first.isoformat()}&to={end.isoformat()}")
        total.update(answer["totals"]["clicks"])
        first = end + timedelta(days=1)
    return total
