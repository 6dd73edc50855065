"""The audit trail's page: who did what."""

from collections.abc import Sequence
from typing import Any, get_args

from chalicelib.access import api_keys
from chalicelib.admin.codes import name_of
from chalicelib.admin.english import minute
from chalicelib.admin.lists import ListOf
from chalicelib.audit.entries import Action
from chalicelib.audit.find import filters_of, latest, list_entries
from chalicelib.audit.shapes import AuditQuery
from chalicelib.audit.table import AuditEntry
from chalicelib.kit import instants
from chalicelib.kit.csv_text import Cell
from chalicelib.kit.cursors import ListPage
from chalicelib.kit.shapes import fold
from chalicelib.partners import find as partners
from chalicelib.users.find import find_names

_FEW = 20
# Where the page of a subject is, by how its id begins.
_PAGES = {
    "adj_": "/admin/adjustments/",
    "cnv_": "/admin/conversions/",
    "cus_": "/admin/customers/",
    "itr_": "/admin/introductions/",
    "pay_": "/admin/payouts/",
    "prg_": "/admin/programs/",
    "ptr_": "/admin/partners/",
    "rwd_": "/admin/rewards/",
}
_ACTORS = {"schedule": "schedule", "page": "public page", "operator": "operator's command"}


def audit() -> ListOf:
    """Return the list of changes: all of them, or those of a subject, by an actor, of a kind, or of a time."""
    return ListOf(
        name="audit",
        section="audit",
        title="Audit trail",
        path="audit",
        query=AuditQuery,
        read=_read,
        rows=lambda entries: [_entry(one, names) for names in [_names(entries)] for one in entries],
        header=("At", "Action", "Subject", "Part", "Actor", "Name", "Kind", "Session", "Request", "ID"),
        lines=_lines,
        columns=("action", "subject", "actor"),
        more={"actions": sorted(((one, _action(one)) for one in get_args(Action)), key=lambda one: one[1])},
    )


def _read(query: AuditQuery) -> ListPage[AuditEntry]:
    return list_entries(filters_of(query), list, limit=query.limit, cursor=query.cursor, order=query.order)


def _lines(entries: list[AuditEntry]) -> list[Sequence[Cell]]:
    names = _names(entries)
    return [
        (
            *(instants.text(one.at), one.line.action, one.line.subject, one.line.part or "", one.line.actor),
            *(names.get(one.line.actor, ""), one.line.kind, one.line.session or "", one.line.request_id or ""),
            str(one.id),
        )
        for one in entries
    ]


def _action(action: str) -> str:
    return name_of(action.replace(".", "_"))


def decisions(subject: str) -> list[dict[str, Any]]:
    """Return the last decisions about a subject, newest first: when, what, and who made them."""
    entries = latest(subject, limit=_FEW)
    names = _names(entries)
    return [_entry(one, names) for one in entries]


def _entry(entry: AuditEntry, names: dict[str, str]) -> dict[str, Any]:
    line = entry.line
    return {
        "at": minute(entry.at),
        "action": _action(line.action),
        "subject": _thing(line.subject, names),
        "part": _thing(line.part, names) if line.part else None,
        "actor": _thing(line.actor, names),
        "kind": _ACTORS.get(line.kind),
        "session": line.session,
        "request_id": line.request_id,
        "sort": {
            "at": entry.id,
            "action": _action(line.action),
            "subject": fold(names.get(line.subject, line.subject)),
            "actor": fold(names.get(line.actor, line.actor)),
        },
    }


def _thing(identifier: str, names: dict[str, str]) -> dict[str, str]:
    """Return what an id is shown as, and the page it has."""
    page = _PAGES.get(identifier[:4], "")
    return {"id": identifier, "name": names.get(identifier, identifier), "page": f"{page}{identifier}" if page else ""}


def _names(entries: list[AuditEntry]) -> dict[str, str]:
    """Return the names of the partners, the keys and the users that entries are about, or by."""
    identifiers = {one for entry in entries for one in (entry.line.actor, entry.line.subject, entry.line.part) if one}
    rows = partners.find_rows(sorted(one for one in identifiers if one.startswith("ptr_")))
    names = {row.id: row.name for row in rows.values()}
    return names | api_keys.names_of(identifiers) | find_names(identifiers)
