"""`make redrive`: delivers dead letters to their functions again, and archives those that succeed."""

import argparse
import sys
from collections.abc import Callable

from chalicelib.dead_letters.bucket import Gone
from chalicelib.dead_letters.dead_letter import Content, DeadLetter, Unreadable
from infra.operate.account import Account, open_account, speak_to
from infra.operate.columns import in_columns
from infra.operate.dead_letters import bucket_of

Line = tuple[str, ...]
# Enters that a dead letter is delivered again.
Enter = Callable[[DeadLetter, Content], None]
_HEADER = ("dead letter", "function", "records", "outcome")


def main() -> None:
    """Redrive; end with 1 if anything is left."""
    options = _options()
    account = open_account(options.stage)
    print(f"Redriving in {account}.", flush=True)
    lines, left = redrive(account, only=options.function, enter=open_trail(account))
    if lines:
        print(f"\n{in_columns(_HEADER, lines)}")
    print(
        f"\n{len(lines) - left} dead letters were dealt with; {left} are left."
        if lines
        else "There are no dead letters."
    )
    sys.exit(bool(left))


def open_trail(account: Account) -> Enter:
    """Return what enters in the stage's audit trail that a dead letter is delivered again."""
    speak_to(account)
    # The tables' names and their region are read when these are imported.
    from chalicelib.audit.actor import Actor
    from chalicelib.kit import clock

    actor = Actor("operator", "redrive")

    def enter(dead_letter: DeadLetter, content: Content) -> None:
        actor.commit(action="dead_letter.redriven", subject=dead_letter.id, part=content.reaction, at=clock.now())

    return enter


def redrive(account: Account, *, only: str | None = None, enter: Enter | None = None) -> tuple[list[Line], int]:
    """
    Redrive every dead letter, oldest first, to its function.

    A dead letter is deleted only if the function took all its records; reactions are idempotent, so this
    may be stopped and run again at any time. *only* is a function's name as in app.py; *enter* is called
    before each delivery, since its effects are not part of one transaction with its entry. Returns a line
    for each dead letter, and how many are left.
    """
    from chalicelib.dead_letters.redrive import deliver

    bucket = bucket_of(account)
    lambda_ = account.client("lambda", patient=True)
    lines: list[Line] = []
    left = 0
    for dead_letter in sorted(bucket, key=lambda one: one.at):
        try:
            content = bucket.open(dead_letter)
        except Gone:
            continue
        except Unreadable as reason:
            lines.append((_short(dead_letter), "?", "?", f"left: {reason}"))
            left += 1
            continue
        if only is not None and content.reaction != only:
            continue
        if enter is not None:
            enter(dead_letter, content)
        failure = deliver(lambda_, content)
        if failure is None:
            bucket.put_away(dead_letter)
        left += failure is not None
        outcome = f"left: {failure.message}" if failure else "done"
        lines.append((_short(dead_letter), content.reaction, str(len(content.records)), outcome))
        print(f"  {lines[-1][-1]:<8} {dead_letter.key}", flush=True)
    return lines, left


def _short(dead_letter: DeadLetter) -> str:
    return dead_letter.key.rpartition("/")[2]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make redrive", description=__doc__)
    parser.add_argument("--stage", required=True)
    parser.add_argument("--function", help="only this one, by its name in app.py, such as conversions_to_rewards")
    return parser.parse_args()


if __name__ == "__main__":
    main()
