"""Shows messages, and what functions gave up on: the values that their pages' templates take."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, get_args

from chalicelib.admin.codes import name_of
from chalicelib.admin.english import minute, number
from chalicelib.admin.history import event_pages
from chalicelib.admin.history.audit_pages import decisions
from chalicelib.admin.lists import ListOf, Row
from chalicelib.admin.names import names_of
from chalicelib.admin.page import AdminPage
from chalicelib.dead_letters import find as dead_letters
from chalicelib.dead_letters.shapes import DeadLetterView
from chalicelib.emails.catalog import FOOTERS, TEMPLATES
from chalicelib.emails.preview import SECRET, render_now
from chalicelib.kit import cursors
from chalicelib.kit.csv_text import Cell
from chalicelib.kit.shapes import fold
from chalicelib.outbox import find as outbox
from chalicelib.outbox.lists import MOST_CALLS
from chalicelib.outbox.message import EMAIL, FAILED, SKIPPED
from chalicelib.outbox.queue import LEASE
from chalicelib.outbox.shapes import MessagesQuery, MessageView, Status
from chalicelib.outbox.table import Message
from chalicelib.programs import find as programs
from chalicelib.search.messages import cause_of, list_messages
from chalicelib.webhooks.triggers import EVENT, GIVE, TAKE_BACK

_PAGE = 25
_STATES = ("any", *get_args(Status))
_WHAT = [*sorted(set(TEMPLATES) - FOOTERS, key=name_of), EVENT, GIVE, TAKE_BACK]
# Who has a page, by how their id begins.
_PEOPLE = {"ptr_": "/admin/partners/", "cus_": "/admin/customers/", "end_": "/admin/endpoints/"}


def messages(dead: str | None = None, *, at: datetime) -> ListOf:
    """Return the list of messages, by default those that failed; with one page of what functions gave up on."""
    return ListOf(
        name="messages",
        section="messages",
        title="Messages",
        path="messages",
        query=MessagesQuery,
        read=partial(list_messages, most_calls=MOST_CALLS, at=at),
        rows=_rows,
        header=(
            *("Created", "What", "Sent by", "Status", "To", "Name", "Program", "Reason", "Attempts"),
            *("Next attempt", "To be sent", "ID"),
        ),
        lines=_lines,
        columns=("what", "to", "why", "attempts"),
        defaults={"status": FAILED},
        more={"states": _STATES, "what": _WHAT, **_dead(dead)},
    )


def _rows(page: Sequence[MessageView]) -> list[Row]:
    names = names_of({one.recipient for one in page})
    return [
        {
            "view": one,
            "to": _person(one.recipient, names),
            "sort": {
                "at": one.id,
                "what": name_of(one.template),
                "to": fold(names.get(one.recipient, one.recipient)),
                "why": name_of(one.reason) if one.reason else "",
                "attempts": one.attempts,
            },
        }
        for one in page
    ]


def _lines(page: Sequence[MessageView]) -> list[Sequence[Cell]]:
    names = names_of({one.recipient for one in page})
    return [
        (
            *(one.created_at, one.template, one.channel, one.status, one.recipient, names.get(one.recipient, "")),
            *(one.program or "", one.reason or "", one.attempts, one.retry_at or "", one.send_at or "", one.id),
        )
        for one in page
    ]


def message(identifier: str, *, done: str = "", at: datetime) -> AdminPage:
    """Show a message: how it went, which event caused it, and what an email would say now."""
    row = outbox.find(identifier, at=at)
    view, cause = MessageView.of(row), cause_of(row)
    names = names_of([view.recipient])
    values = {
        "message": view,
        "mode": "test" if row.is_test else "live",
        "done": done,
        "to": _person(view.recipient, names),
        "program_name": programs.find(view.program).program.name if view.program else "",
        "endpoint": row.endpoint_id or "",
        "answer": _answer(row),
        "history": _history(row),
        "cause": event_pages.show_event(cause) if cause is not None else None,
        "can_retry": view.status in (FAILED, SKIPPED),
        "is_secret": row.template in SECRET,
        "email": render_now(row) if row.channel == EMAIL else None,
    }
    return AdminPage("message", "messages", name_of(view.template), values)


def _dead(cursor: str | None) -> dict[str, Any]:
    start = cursors.read(cursor, of="admin dead letters")
    page, after = dead_letters.list_page(limit=_PAGE, after=start["after"] if start else None)
    following = cursors.write({"after": after} if after is not None else None, of="admin dead letters")
    views = sorted((DeadLetterView.of(one) for one in page), key=lambda view: view.given_up_at)
    return {"dead_letters": views, "following_dead": f"/admin/messages?dead={following}" if following else ""}


def _person(identifier: str, names: Mapping[str, str]) -> dict[str, str]:
    """Return what a recipient is shown as, and the page they have."""
    page = _PEOPLE.get(identifier[:4], "")
    return {"name": names.get(identifier, identifier), "page": f"{page}{identifier}" if page else ""}


def _answer(row: Message) -> str:
    """Return what an endpoint answered the last time; empty if it was not called."""
    if row.calls is None:
        return ""
    status = f"status {row.answer_status}" if row.answer_status is not None else "no answer"
    return f"{status} after {number(row.answer_milliseconds or 0)} ms"


def _history(row: Message) -> list[tuple[str, str, str]]:
    """
    Return what is known of what happened to a message, oldest first: when, what, and why or by whom.

    Its row has the last attempt only; that a person requeued it, is in the audit trail.
    """
    view = MessageView.of(row)
    steps: list[tuple[datetime, str, str]] = [(row.created_at, "Created", "")]
    if row.requeued_at is not None and row.send_at is not None and row.requeued_at >= row.send_at:
        steps.append((row.send_at, "Due", ""))
    if row.leased_until is not None:
        attempts = f"{number(row.attempts)} since it was last queued" if row.attempts > 1 else ""
        steps.append((row.leased_until - LEASE, "Last attempt", attempts))
    if row.requeued_at is not None:
        steps.append((row.requeued_at, "Queued again", f"retry {row.retries}" if row.retries else ""))
    ended = row.sent_at or (row.leased_until - LEASE if row.leased_until is not None else row.created_at)
    if view.status not in ("pending", "sending", "scheduled"):
        steps.append((ended, name_of(view.status), name_of(view.reason) if view.reason else ""))
    by_people = [(one["at"], f"{one['action']} by {one['actor']['name']}", "") for one in decisions(row.id)]
    if row.send_at is not None and view.status == "scheduled":
        steps.append((row.send_at, "Will be sent", "unless it is no longer needed then"))
    if row.retry_at is not None:
        steps.append((row.retry_at, "Next attempt", ""))
    return [*((minute(at), what, why) for at, what, why in sorted(steps, key=lambda one: one[0])), *by_people]
