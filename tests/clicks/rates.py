"""
How often screening errs, on lists of real user agents: `python -m tests.clicks.rates [FILE...]`.

A file has a user agent a line, perhaps with a tab and its source behind it, and lines of notes that begin with `#`; its
agents are people's. Without one, it is those of agents/, and the browsers of the package fake-useragent.
"""

import json
import sys
from collections.abc import Iterable
from importlib.resources import files
from pathlib import Path

import crawleruseragents

from chalicelib.clicks.screening import screen

AGENTS = Path(__file__).parent / "agents"


def kind(user_agent: str) -> str:
    """Return the class of a hit with this user agent."""
    return screen("GET", {"user-agent": user_agent}).kind


def read(path: Path) -> list[str]:
    """Return the user agents of a file, in order."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [line.partition("\t")[0] for line in lines if line and not line.startswith("#")]


def crawlers() -> list[str]:
    """Return the agents that crawler-user-agents knows."""
    text = files(crawleruseragents).joinpath("crawler-user-agents.json").read_text(encoding="utf-8")
    return [agent for entry in json.loads(text) for agent in entry.get("instances", [])]


def browsers() -> list[str]:
    """Return the agents of fake-useragent: browsers of desks and phones, none inside an app."""
    text = files("fake_useragent").joinpath("data/browsers.jsonl").read_text(encoding="utf-8")
    return [json.loads(line)["useragent"] for line in text.splitlines()]


def taken_for_people(machines: Iterable[str]) -> list[str]:
    """Return the machines that are counted as people."""
    return [agent for agent in machines if kind(agent) == "human"]


def taken_for_machines(people: Iterable[str]) -> list[str]:
    """Return the people who are counted as machines."""
    return [agent for agent in people if kind(agent) != "human"]


def main(paths: list[str]) -> None:
    people = {path: read(Path(path)) for path in paths} or {
        **{path.stem: read(path) for path in sorted(AGENTS.glob("*.txt"))},
        "fake-useragent": browsers(),
    }
    for name, agents in people.items():
        _show(f"people of {name} taken for machines", taken_for_machines(agents), len(agents))
    if not paths:
        _show("machines of crawler-user-agents taken for people", taken_for_people(crawlers()), len(crawlers()))


def _show(what: str, errors: list[str], of: int) -> None:
    print(f"{what}: {len(errors)} of {of:,} ({len(errors) / of:.2%})")
    for agent in errors:
        print(f"    {agent}")


if __name__ == "__main__":
    main(sys.argv[1:])
