"""`make redrive`: what reactions gave up on is brought to them again, and put away once they have dealt with it."""

import argparse
import json
import sys
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from infra.operate.account import Account, open_account
from infra.operate.columns import in_columns
from infra.operate.dead_letters import Content, DeadLetter, DeadLetters, Unreadable

Line = tuple[str, ...]
_HEADER = ("letter", "function", "records", "outcome")


def main() -> None:
    """Redrive; end with 1 if anything is left."""
    options = _options()
    account = open_account(options.stage)
    print(f"Redriving in {account}.", flush=True)
    lines, left = redrive(account, only=options.function)
    if lines:
        print(f"\n{in_columns(_HEADER, lines)}")
    print(f"\n{len(lines) - left} letters were dealt with; {left} are left." if lines else "There are no dead letters.")
    sys.exit(bool(left))


def redrive(account: Account, *, only: str | None = None) -> tuple[list[Line], int]:
    """
    Deliver every dead letter again, the oldest first, to the function that gave up on it.

    A letter is put away only if the function took all its records; reactions do the same thing once
    however often they are told, so this may be stopped and run again at any time. *only* is a
    function's name as in app.py. Returns a line for each letter, and how many are left.
    """
    letters = DeadLetters(account)
    lambda_ = account.client("lambda", patient=True)
    lines: list[Line] = []
    left = 0
    for letter in sorted(letters, key=lambda one: one.at):
        try:
            content = letters.open(letter)
        except Unreadable as reason:
            lines.append((_short(letter), "?", "?", f"left: {reason}"))
            left += 1
            continue
        if only is not None and not is_of(content.function, only):
            continue
        failure = _delivered(lambda_, content)
        if failure is None:
            letters.put_away(letter)
        left += failure is not None
        lines.append(
            (_short(letter), content.function, str(len(content.records)), f"left: {failure}" if failure else "done")
        )
        print(f"  {lines[-1][-1]:<8} {letter.key}", flush=True)
    return lines, left


def is_of(deployed: str, name: str) -> bool:
    """Say whether a deployed function is the one app.py calls by that name: `goodword-dev-RollUp-1A2B` is `roll_up`."""
    spelled = name.replace("_", "").lower()
    return spelled == deployed.lower() or f"-{spelled}-" in f"-{deployed.lower().replace('_', '')}-"


def _delivered(lambda_: Any, content: Content) -> str | None:
    """Call the function with the records. Returns why it did not take them all, or None if it did."""
    payload = json.dumps({"Records": content.records}).encode()
    try:
        answer = lambda_.invoke(FunctionName=content.function_arn, InvocationType="RequestResponse", Payload=payload)
        told = answer["Payload"].read()
    except (ClientError, BotoCoreError) as error:
        return f"it cannot be called: {error}"
    if answer.get("FunctionError"):
        return f"it raised: {_message(told)}"
    failed = (json.loads(told or b"null") or {}).get("batchItemFailures", [])
    return f"{len(failed)} of its records failed again" if failed else None


def _message(told: bytes) -> str:
    try:
        return str(json.loads(told).get("errorMessage", ""))[:200]
    except (ValueError, AttributeError):
        return told.decode(errors="replace")[:200]


def _short(letter: DeadLetter) -> str:
    return letter.key.rpartition("/")[2]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make redrive", description=__doc__)
    parser.add_argument("--stage", required=True)
    parser.add_argument("--function", help="only this one, by its name in app.py, such as conversions_to_rewards")
    return parser.parse_args()


if __name__ == "__main__":
    main()
