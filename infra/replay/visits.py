"""Replays a web server's log as visits: every path it knows becomes a link, every request a click."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, timedelta
from typing import Any

from tqdm import tqdm

from infra.replay.client import Client
from infra.replay.sources import Request

_MOST_LINKS = 100


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
    progress.close()
    clicks = _clicks(client, program, first, last)
    expected = {"all": sent["GET 302"], "head": sent["HEAD 302"]}
    wrong = [
        f"clicks, {name}: the service says {clicks[name]}, {count} were sent"
        for name, count in expected.items()
        if clicks[name] != count
    ]
    wrong += [f"{count} requests were answered {kind}" for kind, count in sent.items() if not kind.endswith(" 302")]
    return {"requests": len(todo), "links": len(links), **{f"clicks.{name}": clicks[name] for name in clicks}}, wrong


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
