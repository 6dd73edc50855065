"""Shows messages, and what functions gave up on: the values that their page's template takes."""

from datetime import datetime
from typing import Any

import msgspec

from chalicelib.admin.money_pages import names_of
from chalicelib.admin.page import AdminPage, rest_of
from chalicelib.dead_letters import find as dead_letters
from chalicelib.dead_letters.shapes import DeadLetterView
from chalicelib.kit import cursors
from chalicelib.outbox import find as outbox
from chalicelib.outbox.find import Position
from chalicelib.outbox.shapes import MessageView

_PAGE = 25


def messages(status: str, cursor: str | None, dead_cursor: str | None = None, *, at: datetime) -> AdminPage:
    """Show one page of the messages of a status, newest first, and one of what functions gave up on."""
    named = f"admin messages {status}"
    after = cursors.read(cursor, of=named)
    position = msgspec.convert(after, Position) if after else Position()
    page, following = outbox.page(status, limit=_PAGE, position=position, at=at)
    rest = msgspec.to_builtins(following) if following else None
    views = [MessageView.of(one) for one in page]
    names = names_of(one.recipient for one in views)
    values = {"status": status, "messages": views, "names": names, **rest_of(rest, named, cursor)}
    return AdminPage("messages", "messages", "Messages", {**values, **_dead(dead_cursor)})


def _dead(cursor: str | None) -> dict[str, Any]:
    start = cursors.read(cursor, of="admin dead letters")
    page, after = dead_letters.list_page(limit=_PAGE, after=start["after"] if start else None)
    rest = {"after": after} if after is not None else None
    views = sorted((DeadLetterView.of(one) for one in page), key=lambda view: view.given_up_at)
    return {"dead_letters": views, "following_dead": cursors.write(rest, of="admin dead letters")}
