"""Shows API keys, and the form that creates one; one of them, right after it was made with its secret."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from chalicelib.access.api_keys import LEADS, GrantedScope, format_key, get, list_page
from chalicelib.access.table import ApiKey
from chalicelib.admin.english import minute
from chalicelib.admin.names import named_with_mode
from chalicelib.admin.page import AdminPage, rest_of
from chalicelib.kit import cursors, ids
from chalicelib.programs import find as programs
from chalicelib.programs.find import ProgramNotFound

_PAGE = 25
_MOST_PROGRAMS = 100
# What each scope allows. A `:write` scope includes its `:read`.
_SCOPES: dict[GrantedScope, str] = {
    "conversions:write": "report sign-ups, sales and refunds",
    "conversions:read": "read conversions and customers",
    "partners:write": "add and change partners",
    "partners:read": "read partners",
    "links:write": "create and change links",
    "links:read": "read links",
    "rewards:write": "decide on rewards, and correct credits",
    "rewards:read": "read rewards",
    "payouts:write": "make and settle payouts, with the names of payees",
    "payouts:read": "read payouts",
    "stats:read": "read numbers, lists, balances and rewards",
    "audit:read": "read and verify the audit trail and the ledger",
    "admin": "everything, also programs, people and keys",
}
# Where it is marked that none was chosen.
FIRST_SCOPE = next(iter(_SCOPES))


def keys(cursor: str | None, *, done: str = "", typed: Mapping[str, str] | None = None, at: datetime) -> AdminPage:
    """Show one page of the keys, newest first, and a form that creates one; *typed* is one that was refused."""
    page, position = list_page(limit=_PAGE, position=cursors.read(cursor, of="admin keys"))
    chosen, more = programs.walk_every_mode(limit=_MOST_PROGRAMS, position=None)
    names = {program.id: named_with_mode(program) for program in chosen}
    values = {
        "keys": [_row(key, names.get(key.program_id or "", key.program_id or "")) for key in page],
        "programs": list(names.items()),
        "more_programs": more is not None,
        "scopes": list(_SCOPES.items()),
        # Sent twice, a form creates one key.
        "once": ids.ulid(at),
        "done": done,
        "typed": typed or {},
        **rest_of(position, "admin keys", cursor),
    }
    return AdminPage("keys", "people", "API keys", values)


def key(identifier: str, *, secret: str = "", made: bool = False, at: datetime) -> AdminPage:
    """Show a key; with its *secret*, this once, in the answer to the form by which it was *made*."""
    row = get(identifier)
    values = {
        "key": _row(row, _name_of(row.program_id)),
        "secret": secret,
        "made": made,
        "once": ids.ulid(at),
    }
    return AdminPage("key", "people", row.name, values)


def revocation(identifier: str) -> AdminPage:
    """Say what revoking a key does."""
    row = get(identifier)
    happens = [
        f"Whatever still uses {row.name} (…{row.last_four}) is refused from now on, within half a minute.",
        "A revoked key cannot be restored. The audit trail keeps its name.",
    ]
    return AdminPage("revoke_key", "people", f"Revoke {row.name}", {"happens": happens, "id": row.id})


def _row(row: ApiKey, program: str) -> dict[str, Any]:
    publishable = row.program_id is not None
    begins = format_key(row.id, "", publishable=publishable)
    return {
        "id": row.id,
        "name": row.name,
        # How it looks where it is used: enough to find it, too little to use it.
        "looks": f"{begins[:9]}…{row.last_four}",
        "does": ["report leads and check codes" if one == LEADS else one for one in row.scopes],
        "program": program,
        "created": minute(row.created_at),
        "revoked": minute(row.revoked_at) if row.revoked_at is not None else "",
    }


def _name_of(program_id: str | None) -> str:
    try:
        return programs.find(program_id).program.name if program_id is not None else ""
    except ProgramNotFound:
        return program_id or ""
