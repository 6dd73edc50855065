"""
Does one thing with each of the rows that a person selected on a list, after a page has said what will happen.

Each is done by itself, so that one that is refused harms no other. The results are kept for two days under the token of
the form: a form that is sent twice, or a page that is reloaded, does nothing again.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, NamedTuple

import msgspec
from msgspec import Struct

from chalicelib.admin import english
from chalicelib.admin.lists import MOST_ROWS
from chalicelib.admin.page import AdminPage
from chalicelib.audit.actor import Actor
from chalicelib.kit import idempotency, ids
from chalicelib.kit.dynamo import rows, writes
from chalicelib.kit.errors import InvalidValue, NotFound, Refused
from chalicelib.kit.keyed_digests import fingerprints
from chalicelib.kit.walk import Deadline
from chalicelib.language.texts import texts
from chalicelib.web.refusals import explain

# The check boxes of a list: as many as it has rows at most.
PICKS = tuple(f"pick_{number}" for number in range(MOST_ROWS))
# What the forms of a list with check boxes have, and those of the page that says what will happen.
FIELDS = (*PICKS, "action", "step", "note", "once")
# What each selected row may be given, under the number that the row has on the page that says what will happen.
CODES = tuple(f"code_{number}" for number in range(MOST_ROWS))
# A browser waits. What is not reached has a result of its own, and can be selected again.
_SECONDS = 15.0
_LABELS = {"done": "Done", "refused": "Refused", "not_reached": "Not reached"}
_TONES = {"done": "good", "refused": "bad", "not_reached": "late"}


class Item(NamedTuple):
    """A selected row as a page shows it: its id, its name, its page, and what will happen to it."""

    id: str
    label: str
    page: str
    effect: str
    possible: bool = True


class Work(NamedTuple):
    """What is done with the rows of a list, at *path*: what it is called, and what to know before it is."""

    path: str
    section: str
    action: str
    title: str
    button: str
    happens: Sequence[str]
    asks_note: bool = False
    asks_codes: bool = False
    harms: bool = False


class Result(Struct, frozen=True):
    """What became of a selected row; its name is not kept."""

    id: str
    result: Literal["done", "refused", "not_reached"]
    remark: str = ""


def selected_ids(form: Mapping[str, str]) -> list[str]:
    """Return the ids that were selected, each once. Refuses a form without any."""
    chosen = list(dict.fromkeys(form[name] for name in PICKS if name in form))
    if not chosen:
        raise InvalidValue("Select at least one row of the list first.", pointer="/")
    return chosen


def question(work: Work, items: Sequence[Item], *, typed: Mapping[str, str], at: datetime) -> AdminPage:
    """Say what will happen to each selected row; what cannot be done is left out."""
    values: dict[str, Any] = {
        "work": work,
        "items": items,
        "picks": [one.id for one in items if one.possible],
        "once": typed.get("once") or ids.ulid(at),
        "typed": typed,
        "number_possible": sum(one.possible for one in items),
    }
    return AdminPage("selected_check", work.section, work.title, values)


def do_with_each(
    work: Work, identifiers: Sequence[str], do: Callable[[str], object], *, once: str, actor: Actor, at: datetime
) -> str:
    """Do it with each, and keep the results under the form's token. Returns the path of the page with the results."""
    idempotency.check(once)
    call, digests = _call(work.path, once, actor), fingerprints([work.action, *identifiers])
    if idempotency.find(call, fingerprints=digests, at=at) is None:
        deadline = Deadline(_SECONDS)
        results = [_do(one, do, deadline) for one in identifiers]
        body = msgspec.json.encode(results).decode()
        # If the same form was faster in another window, its results stay: what they say is done, too.
        writes.commit(idempotency.receipt(call, fingerprint=digests[0], status=303, body=body, at=at))
    return f"/admin/{work.path}/selected?result={once}"


def find_results(path: str, once: str, *, actor: Actor, at: datetime) -> list[Result]:
    """Return what became of each row that was selected, of one's own. Raises NotFound."""
    receipt = rows.find(idempotency.CallReceipt, _call(path, once, actor), "receipt")
    if receipt is None or receipt.good_until <= at:
        raise NotFound("The results are kept for two days, for the person who did this.")
    return msgspec.json.decode(receipt.body, type=list[Result])


def results_page(path: str, section: str, results: Sequence[Result], named: Mapping[str, tuple[str, str]]) -> AdminPage:
    """Show what became of each row that was selected; *named* has the name and the page of each, by id."""
    counter: Counter[str] = Counter(one.result for one in results)
    values = {
        "path": path,
        "results": [
            (one, *named.get(one.id, (one.id, "")), _LABELS[one.result], _TONES[one.result]) for one in results
        ],
        "counts": [(label, counter[result]) for result, label in _LABELS.items() if counter[result]],
        "not_reached": bool(counter["not_reached"]),
    }
    return AdminPage("selected_results", section, "Results", values)


def _do(identifier: str, do: Callable[[str], object], deadline: Deadline) -> Result:
    if deadline.passed:
        return Result(identifier, "not_reached")
    try:
        do(identifier)
    except Refused as refusal:
        return Result(identifier, "refused", explain(refusal, texts(english.LOCALE)))
    return Result(identifier, "done")


def _call(path: str, once: str, actor: Actor) -> str:
    return f"{actor.id}#/admin/{path}/selected#{once}"
