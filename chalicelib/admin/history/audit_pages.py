"""The audit trail's page: who did what."""

from typing import Any

from chalicelib.access import api_keys
from chalicelib.admin.codes import name_of
from chalicelib.admin.english import minute
from chalicelib.admin.page import AdminPage
from chalicelib.audit.find import Filters, latest, list_entries
from chalicelib.audit.table import AuditEntry
from chalicelib.partners import find as partners
from chalicelib.users.find import find_names

_PAGE, _FEW = 50, 20
# Where the page of a subject is, by how its id begins.
_PAGES = {
    "adj_": "/admin/adjustments/",
    "cnv_": "/admin/conversions/",
    "cus_": "/admin/customers/",
    "pay_": "/admin/payouts/",
    "prg_": "/admin/programs/",
    "ptr_": "/admin/partners/",
    "rwd_": "/admin/rewards/",
}
_ACTORS = {"schedule": "schedule", "page": "public page", "operator": "operator's command"}


def audit(subject: str, actor: str, cursor: str | None) -> AdminPage:
    """Show one page of changes, newest first: all of them, or those of a subject or by an actor."""
    page = list_entries(Filters(subject=subject or None, actor=actor or None), list, limit=_PAGE, cursor=cursor)
    entries = page.data
    names = _names(entries)
    values = {
        "entries": [_entry(one, names) for one in entries],
        "subject": subject,
        "actor": actor,
        "following": page.next_cursor,
        "begun": cursor is not None,
    }
    return AdminPage("audit", "audit", "Audit trail", values)


def decisions(subject: str) -> list[dict[str, Any]]:
    """Return the last decisions about a subject, newest first: when, what, and who made them."""
    entries = latest(subject, limit=_FEW)
    names = _names(entries)
    return [_entry(one, names) for one in entries]


def _entry(entry: AuditEntry, names: dict[str, str]) -> dict[str, Any]:
    line = entry.line
    return {
        "at": minute(entry.at),
        "action": name_of(line.action.replace(".", "_")),
        "subject": _thing(line.subject, names),
        "part": _thing(line.part, names) if line.part else None,
        "actor": _thing(line.actor, names),
        "kind": _ACTORS.get(line.kind),
        "session": line.session,
        "request_id": line.request_id,
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
    for identifier in identifiers:
        key = api_keys.recall(identifier) if identifier.startswith("key_") else None
        if key is not None:
            names[identifier] = key.name
    return names | find_names(identifiers)
