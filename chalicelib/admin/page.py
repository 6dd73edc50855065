"""What is shown on an admin page, and the answer that shows it."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from chalice.app import Response
from msgspec import Struct

from chalicelib.access.sessions import SessionToken
from chalicelib.admin import codes, english
from chalicelib.admin.serve import name_of
from chalicelib.audit.actor import Actor
from chalicelib.kit import cursors
from chalicelib.kit.errors import Refused
from chalicelib.kit.ids import Mode, is_test
from chalicelib.language.texts import texts
from chalicelib.users.roles import Rights
from chalicelib.users.sessions import Administrator
from chalicelib.web import shell
from chalicelib.web.flash import make_flash, read_flash
from chalicelib.web.refusals import explain

SHELL = shell.signed_in(__file__)
# How templates write what they are given.
_WRITTEN = {
    "money": english.money,
    "number": english.number,
    "day": english.day,
    "minute": english.minute,
    "named": codes.name_of,
    "rule": codes.name_of_rule,
}


class AdminPage(NamedTuple):
    """A page's name, its section and title, the values its template takes, and whether it has charts, and frames."""

    name: str
    section: str
    title: str
    values: dict[str, Any]
    charts: bool = False
    frames: bool = False


class AdminVisit(Struct):
    """An admin who is signed in, what they ask for, and when; and the programs that this is of, where they matter."""

    administrator: Administrator
    actor: Actor
    query: dict[str, str]
    form: dict[str, str]
    # What the forms have that send to the view.
    fields: tuple[str, ...]
    flash: str
    at: datetime
    programs: frozenset[str] | None = None
    # What the path names, if it names anything.
    subject: str = ""

    @property
    def token(self) -> SessionToken:
        return self.administrator.token

    @property
    def rights(self) -> Rights:
        return self.administrator.rights

    def may(self, scope: str) -> bool:
        """Return whether they may do what needs a scope, to what they look at."""
        return self.rights.may(scope, self.programs)


def respond(
    visit: AdminVisit,
    page: AdminPage,
    *,
    refusal: Refused | None = None,
    invalid: Collection[str] = (),
    status: int = 200,
) -> Response:
    """Answer with a page; for a refused form, as it was filled in, with what is wrong, and where."""
    bad = explain(refusal, texts(english.LOCALE)) if refusal else ""
    titled: dict[str, Any] = {
        "title": f"{page.title} – Goodword",
        "heading": page.title,
        "here": page.section,
        "bad": bad,
        "invalid": invalid,
        "test": _is_test(visit, page),
    }
    # What they may do here, in all programs, and in some: what they may not is not offered.
    rights = {"may": visit.may, "may_in_all": visit.rights.may, "may_somewhere": visit.rights.may_somewhere}
    titled |= rights | {"who": visit.administrator.name}
    titled["note_path"] = f"{shell.root()}/admin/notes/" if visit.rights.may("admin") else ""
    # Every page about one program has the bar of its pages.
    part = page.name if "program" in page.values else ""
    values: dict[str, Any] = {
        "t": texts(english.LOCALE),
        "typed_search": "",
        **titled,
        "part": part,
        "file": name_of,
        **_WRITTEN,
        **page.values,
    }
    status = 422 if refusal else status
    return shell.respond(SHELL, f"{page.name}.html", values, status=status, files=page.charts, frames=page.frames)


def _is_test(visit: AdminVisit, page: AdminPage) -> bool:
    """Return whether a page is about something in a test program: its path or its values say so."""
    about = (page.values.get(name) for name in ("program", "partner"))
    asked_for = (visit.query.get(name) for name in ("program", "partner", "customer"))
    identifiers = [visit.subject, *asked_for, *(getattr(one, "id", None) for one in about)]
    return any(is_test(one) for one in identifiers) or page.values.get("mode") == "test"


def mode_asked(query: Mapping[str, str]) -> Mode:
    """Return which list a page's address asks for: the live one, unless it says `test`."""
    return "test" if query.get("mode") == "test" else "live"


def go_on(visit: AdminVisit, path: str, message: str) -> Response:
    """Redirect a browser from a form to the page that shows *message*, what was done."""
    done = make_flash(path, message, reader=visit.token.holder_id)
    return shell.redirect(SHELL, done.path, cookie=done.cookie)


def done_before(visit: AdminVisit, path: str) -> str:
    """Return what the form that led to the page of that path did; empty if none did."""
    return read_flash(path, visit.query, visit.flash, reader=visit.token.holder_id)


def rest_of(position: dict[str, Any] | None, named: str, cursor: str | None) -> dict[str, Any]:
    """Return the values for a list's links: to its next page and, from the page at a *cursor*, to its first one."""
    return {"following": cursors.write(position, of=named), "begun": cursor is not None}
