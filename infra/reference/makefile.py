"""The Makefile's targets and variables, with their help."""

import re
from dataclasses import dataclass
from pathlib import Path

MAKEFILE = Path(__file__).parents[2] / "Makefile"


@dataclass(frozen=True)
class Target:
    """A target with its help."""

    name: str
    help: str
    variables: tuple[str, ...]


@dataclass(frozen=True)
class Variable:
    """A variable that can be given on make's command line."""

    name: str
    default: str
    meaning: str


def targets() -> list[Target]:
    """Return the targets that `make help` lists, in its order."""
    text = MAKEFILE.read_text(encoding="utf-8")
    settings = {one.name for one in variables()}
    result = []
    for rule in re.finditer(r"^([a-z0-9-]+):(.*?)  ## (.*)\n((?:\t.*\n)*)", text, re.MULTILINE):
        name, needs, description, recipe = rule.groups()
        # Some commands read theirs themselves, from the environment that make passes on; the help names those.
        named = {*re.findall(r"\b([A-Z_]+)=", description), *re.findall(r"\b[A-Z_]+\b", needs + recipe)}
        result.append(Target(name, description, tuple(sorted(named & settings))))
    return result


def variables() -> list[Variable]:
    """Return the variables, as the comment that explains them lists them."""
    text = MAKEFILE.read_text(encoding="utf-8")
    defaults = dict(re.findall(r"^([A-Z_]+) \?= ?(.*)$", text, re.MULTILINE))
    return [
        Variable(name, defaults.get(name, ""), meaning)
        for name, meaning in re.findall(r"^#   ([A-Z_]+) +(.*)$", text, re.MULTILINE)
    ]
