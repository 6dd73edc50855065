"""Shows the form that imports partners into a program, what an import would do, and what one did."""

from collections import Counter
from datetime import datetime
from typing import Any

from chalicelib.admin.page import AdminPage
from chalicelib.admin.partners.import_file import MOST_BYTES
from chalicelib.admin.partners.import_reading import COLUMNS, MOST, Table
from chalicelib.admin.partners.import_results import LABELS, LineResult
from chalicelib.kit import ids
from chalicelib.links.shapes import make_url
from chalicelib.partners import find as partners
from chalicelib.programs.table import Program

_TONES = {"created": "good", "added": "good", "refused": "bad", "not_reached": "late"}
# These change something.
_TO_DO = ("created", "added", "not_reached")


def form(program: Program, *, csv: str = "", once: str = "", results: list[LineResult] | None = None) -> AdminPage:
    """Show the form, filled in as it was sent; or the *results* of the import with that token, and an empty form."""
    values: dict[str, Any] = {
        "program": program,
        "columns": COLUMNS,
        "most": MOST,
        "most_kb": MOST_BYTES // 1000,
        "csv": csv,
        "once": once,
        "not_reached": any(one.result == "not_reached" for one in results or []),
        **_counted(results or []),
        "lines": _with_names(results or []),
    }
    return AdminPage("import", "programs", f"Import partners into {program.name}", values)


def check(program: Program, table: Table, results: list[LineResult], csv: str, *, at: datetime) -> AdminPage:
    """Show what would become of every line, and a button that imports them, once however often it is sent."""
    typed = {line.number: line.item for line in table.lines}
    values: dict[str, Any] = {
        "program": program,
        "csv": csv,
        "once": ids.ulid(at),
        "unused": table.unused,
        "to_do": sum(one.result in _TO_DO for one in results),
        **_counted(results),
        "lines": [_line(one, _name_of(typed[one.number]), typed[one.number].get("link")) for one in results],
    }
    return AdminPage("import_check", "programs", f"Check the import into {program.name}", values)


def _counted(results: list[LineResult]) -> dict[str, Any]:
    counter = Counter(one.result for one in results)
    return {"counts": [(label, counter[result]) for result, label in LABELS.items() if counter[result]]}


def _with_names(results: list[LineResult]) -> list[dict[str, Any]]:
    people = partners.find_rows(one.partner for one in results if one.partner is not None)
    return [_line(one, people[one.partner].name if one.partner in people else "", None) for one in results]


def _line(one: LineResult, name: str, link: dict[str, str] | None) -> dict[str, Any]:
    if one.result == "refused":
        link = None
    code = one.code or (link or {}).get("code")
    return {
        "number": one.number,
        "name": name,
        "partner": one.partner,
        "link": make_url(code) if code else "with a random code" if link else "",
        "label": LABELS[one.result],
        "tone": _TONES.get(one.result, ""),
        "remarks": one.remarks,
    }


def _name_of(item: dict[str, Any]) -> str:
    return str(item.get("name") or item.get("email") or item.get("external_id") or "")
