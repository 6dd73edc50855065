"""The page on which a person chooses what to save, and saves it part by part."""

from collections.abc import Mapping
from datetime import datetime
from urllib.parse import urlencode

from chalicelib.access.api_keys import Forbidden
from chalicelib.admin.page import AdminPage
from chalicelib.exports.columns import Name
from chalicelib.exports.export import export, find_name
from chalicelib.exports.shapes import PartQuery
from chalicelib.exports.sources import check_program
from chalicelib.kit import bodies
from chalicelib.kit.errors import InvalidValue
from chalicelib.kit.responses import ExportPart
from chalicelib.programs import find as programs
from chalicelib.users.roles import Rights

_MOST_PROGRAMS = 100
# A person saves more at once than a program does.
_MOST_ROWS, _MOST_SECONDS = 10_000, 15.0
NAMES: dict[Name, str] = {
    "conversions": "Conversions",
    "rewards": "Rewards",
    "clicks": "Clicks",
    "partners": "Partners",
    "payouts": "Payments",
}
# What a person may choose, and what that is for the API.
_FORMATS: dict[str, tuple[str, dict[str, str]]] = {
    "excel": ("Spreadsheet (1.50)", {"bom": "true"}),
    "excel-de": ("Spreadsheet (1,50)", {"locale": "de"}),
    "csv": ("CSV for programs", {}),
    "jsonl": ("JSON Lines", {"format": "jsonl"}),
}
_TAKEN = ("program", "from", "to", "cursor")
_FIELDS = ("export", "program", "from", "to", "file")


def form(filters: Mapping[str, str]) -> AdminPage:
    """Return the form, as it was filled in; and if it was, the part that it leads to. Refuses what no export takes."""
    chosen = next((name for name in NAMES if name == filters.get("export")), None)
    part = ""
    if chosen is not None:
        query = query_of(filters)
        bodies.read_span(query)
        check_program(chosen, query.program)
        part = filters["part"] if filters.get("part", "").isdecimal() else "1"
    return _page(filters, chosen, part)


def refused(filters: Mapping[str, str]) -> AdminPage:
    """Return the form, as it was filled in."""
    return _page(filters, None, "")


def _page(filters: Mapping[str, str], chosen: Name | None, part: str) -> AdminPage:
    every_program, _ = programs.list_page(limit=_MOST_PROGRAMS, position=None)
    fields = {name: filters[name] for name in (*_FIELDS, "cursor", "part") if filters.get(name, "").strip()}
    address = f"/admin/exports/{chosen}?{urlencode(fields)}"
    values = {
        "filters": filters,
        "names": NAMES,
        "formats": [(name, words) for name, (words, _) in _FORMATS.items()],
        "programs": [(one.id, one.name) for one in every_program],
        "chosen": NAMES[chosen] if chosen is not None else "",
        "part_number": part,
        "last": filters.get("last") == "1",
        "file_address": address,
        "next_address": f"{address}&next=1",
    }
    return AdminPage("exports", "exports", "Save as files", values)


def name_of(text: str, rights: Rights) -> Name:
    """Return which export is meant. Refuses payments to who may not see payouts."""
    name = find_name(text)
    if name == "payouts" and not rights.may("payouts:write"):
        raise Forbidden("Your role does not allow this. Ask an owner to change your role.")
    return name


def save(name: Name, filters: Mapping[str, str], *, at: datetime) -> ExportPart:
    """Return the part of an export that a form, and then its links, lead to."""
    return export(name, query_of(filters), most_rows=_MOST_ROWS, most_seconds=_MOST_SECONDS, at=at)


def following(name: Name, filters: Mapping[str, str], saved: ExportPart) -> str:
    """Return where the part after one is shown; or this one again, as the last."""
    fields = {field: filters[field] for field in _FIELDS if filters.get(field, "").strip()} | {"export": name}
    number = int(filters["part"]) if filters.get("part", "").isdecimal() else 1
    if saved.next_cursor is not None:
        fields |= {"cursor": saved.next_cursor, "part": str(number + 1)}
    else:
        fields |= {field: filters[field] for field in ("cursor", "part") if field in filters} | {"last": "1"}
    return f"/admin/exports?{urlencode(fields)}"


def query_of(filters: Mapping[str, str]) -> PartQuery:
    """Return what a form asks for. Refuses what no export takes."""
    file = filters.get("file") or "excel"
    if file not in _FORMATS:
        raise InvalidValue("Choose one of the formats.", pointer="/file")
    query = {field: filters[field].strip() for field in _TAKEN if filters.get(field, "").strip()}
    return bodies.typed(query | _FORMATS[file][1], PartQuery, strict=False)
