"""
`make check`: that the subjects of commits say where, and what they do.

A subject is `area: imperative ...` in at most 72 characters. Looked at are the commits since
origin/main, or those of a range that is named; merges, what bots write and what is older than this
rule are not.
"""

import argparse
import re
import subprocess
from collections.abc import Iterable

SINCE = "2026-11-28"
MOST = 72
UPSTREAM = "origin/main"
_SUBJECT = re.compile(r"(?P<area>[a-z][a-z0-9_./-]*(?:, [a-z][a-z0-9_./-]*)*): (?P<verb>\S+)(?: .*)?")
# Verbs that end as other forms of verbs do.
_IMPERATIVES = {"bring", "embed", "exceed", "feed", "focus", "need", "proceed", "seed", "shed", "speed", "spring"}


def objection(subject: str) -> str | None:
    """Return what is wrong with a subject, or None."""
    if len(subject) > MOST:
        return f"has {len(subject)} characters; {MOST} is the most"
    match = _SUBJECT.fullmatch(subject)
    if match is None:
        return "is not `area: imperative ...`"
    verb = match["verb"]
    if verb[0].isupper():
        return f"has a capital letter after its area: `{verb}`"
    if verb not in _IMPERATIVES and re.search(r"(ed|ing|[^s]s)$", verb):
        return f"says what was or is done, `{verb}`, and not what to do"
    return "ends with a period" if subject.endswith(".") else None


def objections(commits: Iterable[tuple[str, str]]) -> list[str]:
    """Return a line for each commit, given as its hash and its subject, that something is wrong with."""
    return [
        f"{commit[:9]} {wrong}: {subject}" for commit, subject in commits if (wrong := objection(subject)) is not None
    ]


def commits(span: str) -> list[tuple[str, str]]:
    """Return the commits of a range that the rule is for. Raises CalledProcessError if git does not know the range."""
    log = _git("log", "--no-merges", f"--since={SINCE}T00:00:00Z", "--format=%h%x09%an%x09%s", span)
    parts = [line.split("\t", 2) for line in log.splitlines()]
    return [(commit, subject) for commit, author, subject in parts if not author.endswith("[bot]")]


def span_of(named: str | None) -> str | None:
    """Return which commits are looked at; None where there is nothing to compare with, as in a download or clone."""
    if named:
        return named
    try:
        _git("rev-parse", "--verify", "--quiet", f"{UPSTREAM}^{{commit}}")
    except (subprocess.CalledProcessError, FileNotFoundError):
        return None
    return f"{UPSTREAM}..HEAD"


def main() -> None:
    """Print bad subjects; exit with 1 if there are any."""
    parser = argparse.ArgumentParser(prog="python -m infra.commits", description=__doc__)
    parser.add_argument("range", nargs="?", help=f"such as main..HEAD; without it, what {UPSTREAM} does not have")
    span = span_of(parser.parse_args().range)
    if span is None:
        print(f"commits: there is no {UPSTREAM} to compare with")
        return
    looked_at = commits(span)
    wrong = objections(looked_at)
    for line in wrong:
        print(f"commits: {line}")
    if wrong:
        raise SystemExit(1)
    print(f"commits: {len(looked_at)} subjects are well formed")


def _git(*words: str) -> str:
    return subprocess.run(["git", *words], check=True, capture_output=True, text=True).stdout


if __name__ == "__main__":
    main()
