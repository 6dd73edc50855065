"""
Classifies one request: a person, a bot, a link preview or a prefetch; with a reason.

Headers first, then the user agent, by the patterns in patterns.txt, which are read once, when this is imported. In
doubt, it is a person; and anyone who signs up is one: a class is for statistics, and never refuses credit.
Pure: no I/O, no clock.
"""

import os
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

_FILE = f"{os.path.dirname(__file__)}/patterns.txt"


def read_patterns() -> dict[str, list[str]]:
    """Return the patterns of patterns.txt, by its sections."""
    patterns: dict[str, list[str]] = {}
    with open(_FILE, encoding="utf-8") as file:
        for line in file.read().splitlines():
            if line.startswith("[") and line.endswith("]"):
                section = patterns.setdefault(line.strip("[]"), [])
            elif line and not line.startswith("#"):
                section.append(line.split("  ", 1)[0])
    return patterns


_PATTERNS = {section: re.compile("|".join(patterns)) for section, patterns in read_patterns().items()}
_PREVIEW, _MARK, _MACHINE, _PERSON, _BROWSER = (
    _PATTERNS[section] for section in ("preview", "mark", "machine", "person", "browser")
)
# The first bracket of a phone or a tablet: its system, its model and its build. Some forget to close it.
_DEVICE = re.compile(
    r"\((?:linux;[^()]{0,20}\bandroid|android|iphone|ipad|ipod)\b"
    r"(?:(?:[^()]|\([^()]*\))*?\)|.*?(?=applewebkit|$))"
)


class Screening(NamedTuple):
    """The class of a hit, and why."""

    kind: str
    reason: str


HUMAN = Screening("human", "browser")


def screen(method: str, headers: Mapping[str, str]) -> Screening:
    """Return the class of a hit. *headers* have lower-case names. In doubt it is a person."""
    if method == "HEAD":
        return Screening("head", "head_request")
    purpose = " ".join(headers.get(name, "") for name in ("sec-purpose", "purpose", "x-purpose", "x-moz")).lower()
    if "prefetch" in purpose or "prerender" in purpose:
        return Screening("prefetch", "prefetch_header")
    if "preview" in purpose:
        return Screening("preview", "preview_header")
    if headers.get("sec-fetch-dest", "document") not in ("document", "empty", "iframe"):
        return Screening("bot", "embedded_as_" + re.sub(r"[^a-z]", "", headers["sec-fetch-dest"].lower())[:20])
    return _by_user_agent(headers.get("user-agent", "")[:1000])


@lru_cache(maxsize=4096)
def _by_user_agent(user_agent: str) -> Screening:
    if not user_agent.strip():
        return Screening("bot", "no_user_agent")
    lowered = user_agent.lower()
    if _PREVIEW.search(lowered):
        return Screening("preview", "preview_user_agent")
    if _MARK.search(lowered):
        return Screening("bot", "bot_user_agent")
    named = _DEVICE.sub("", lowered, count=1)
    if _PERSON.search(named):
        return HUMAN
    if not _BROWSER.search(lowered):
        return Screening("bot", "not_a_browser")
    if _MACHINE.search(named):
        return Screening("bot", "bot_user_agent")
    return HUMAN
