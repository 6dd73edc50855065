"""Shows API keys, and the form that creates one; one of them, right after it was made with its secret."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from chalicelib.access.api_keys import LEADS, GrantedScope, format_key, get
from chalicelib.access.table import ApiKey
from chalicelib.admin.english import minute
from chalicelib.admin.lists import ListOf
from chalicelib.admin.names import program_choices
from chalicelib.admin.page import AdminPage
from chalicelib.kit import ids, instants
from chalicelib.kit.csv_text import Cell
from chalicelib.kit.shapes import OrderedQuery, fold
from chalicelib.programs import find as programs
from chalicelib.programs.find import ProgramNotFound
from chalicelib.search.business import list_keys

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
    "moments:write": "ask customers, and decide when",
    "moments:read": "read who was asked, and what that brought",
    "payouts:write": "make and settle payouts, with the names of payees",
    "payouts:read": "read payouts",
    "materials:write": "write, publish and withdraw materials",
    "materials:read": "read materials, and who has read them",
    "stats:read": "read numbers, lists, balances and rewards",
    "audit:read": "read and verify the audit trail and the ledger",
    "admin": "everything, also programs, people and keys",
}
# Where it is marked that none was chosen.
FIRST_SCOPE = next(iter(_SCOPES))


def keys(*, done: str = "", typed: Mapping[str, str] | None = None, at: datetime) -> ListOf:
    """Return the list of the keys, with a form that creates one; *typed* is one that was refused."""
    names, more = program_choices()
    return ListOf(
        name="keys",
        section="people",
        title="API keys",
        path="keys",
        query=OrderedQuery,
        read=lambda query: list_keys(query, list),
        rows=lambda page: [_row(key, names.get(key.program_id or "", key.program_id or "")) for key in page],
        header=("Created", "Name", "Begins", "Ends", "Scopes", "Program", "Revoked", "ID"),
        lines=_lines,
        columns=("name", "state"),
        more={
            "programs": list(names.items()),
            "more_programs": more,
            "scopes": list(_SCOPES.items()),
            # Sent twice, a form creates one key.
            "once": ids.ulid(at),
            "done": done,
            "typed": typed or {},
        },
    )


def _lines(page: list[ApiKey]) -> list[Sequence[Cell]]:
    return [
        (
            *(instants.text(key.created_at), key.name, _beginning(key), key.last_four, " ".join(key.scopes)),
            *(key.program_id or "", instants.text(key.revoked_at) if key.revoked_at else "", key.id),
        )
        for key in page
    ]


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
    return {
        "id": row.id,
        "name": row.name,
        # How it looks where it is used: enough to find it, too little to use it.
        "looks": f"{_beginning(row)}…{row.last_four}",
        "does": ["report leads and check codes" if one == LEADS else one for one in row.scopes],
        "program": program,
        "created": minute(row.created_at),
        "revoked": minute(row.revoked_at) if row.revoked_at is not None else "",
        "sort": {"at": row.id, "name": fold(row.name), "state": row.revoked_at},
    }


def _beginning(row: ApiKey) -> str:
    return format_key(row.id, "", publishable=row.program_id is not None)[:9]


def _name_of(program_id: str | None) -> str:
    try:
        return programs.find(program_id).program.name if program_id is not None else ""
    except ProgramNotFound:
        return program_id or ""
