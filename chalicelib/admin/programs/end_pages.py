"""Shows when a program ends, the form that sets it, and what that does before it is done."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from chalicelib.admin.english import LOCALE
from chalicelib.admin.page import AdminPage
from chalicelib.kit import instants
from chalicelib.kit.revisions import etag_of
from chalicelib.programs import find as programs
from chalicelib.programs.end_sentences import when
from chalicelib.programs.shapes import ProgramSummary
from chalicelib.programs.table import End, Program

DATES = ("touches_until", "sales_until")


def end(reference: str, *, done: str = "", typed: Mapping[str, str] | None = None, at: datetime) -> AdminPage:
    """Show when a program ends, and the form that sets it; *typed* is one that was refused."""
    program = programs.read(programs.find(reference).program.id).program
    stored = {name: _local(getattr(program.end, name), program) if program.end else "" for name in DATES}
    values = {
        "program": ProgramSummary.of(program),
        "state": state_of(program, at=at),
        "zone": program.timezone,
        "fields": {
            **stored,
            "payout_note": (program.end and program.end.payout_note) or "",
            **_typed_in(typed, program),
        },
        # What was reached can no longer be changed.
        "reached": {"touches_until": not program.takes_touch(at), "sales_until": not program.pays_for(at)},
        "etag": etag_of(program),
        "done": done,
    }
    return AdminPage("end", "programs", f"End of {program.name}", values)


def confirmation(program: Program, end: End, *, etag: str) -> AdminPage:
    """Say what setting an end does."""
    counts, earns = when(end.touches_until, program, LOCALE), when(end.sales_until, program, LOCALE)
    happens = [
        f"From {counts} on, clicks and codes bind no one. Links still lead to your website. No one can join.",
        f"What happens from {earns} on earns nothing, also for friends referred before. What happened before is paid, "
        "even if it is reported later.",
        "All partners get one email about it within the hour, unless they got it before. Their pages say it, too.",
        "Both dates can be set later until a minute before they are reached. This cannot be undone otherwise.",
    ]
    if end.payout_note:
        happens.append(f"Partners read: {end.payout_note}")
    values: dict[str, Any] = {
        "program": ProgramSummary.of(program),
        "happens": happens,
        "end": end,
        "etag": etag,
    }
    return AdminPage("confirm_end", "programs", f"End {program.name}", values)


def state_of(program: Program, *, at: datetime) -> list[str]:
    """Return what counts until when, for who administers; nothing if no end is set."""
    if program.end is None:
        return []
    counts, earns = (when(getattr(program.end, name), program, LOCALE) for name in DATES)
    sentences = [
        f"Clicks and codes {'count until' if program.takes_touch(at) else 'have not counted since'} {counts}.",
        f"Sales {'earn until' if program.pays_for(at) else 'have not earned anything since'} {earns}.",
    ]
    return [*sentences, *([f"Partners read: {program.end.payout_note}"] if program.end.payout_note else [])]


def _typed_in(typed: Mapping[str, str] | None, program: Program) -> dict[str, str]:
    """Return what was typed as the form shows it: the page that confirms it has moments in full."""
    return {name: _local(text, program) if text.endswith("Z") else text for name, text in (typed or {}).items()}


def moment_of(text: str, program: Program) -> str:
    """Return a moment as a form's field has it, by the program's clock; what is none, as it is, to be refused."""
    try:
        local = datetime.fromisoformat(text)
    except ValueError:
        return text
    return instants.text(local if local.tzinfo else local.replace(tzinfo=ZoneInfo(program.timezone)))


def _local(moment: str, program: Program) -> str:
    """Return a moment as a form's field shows it, by the program's clock: in full, so that it stays what it is."""
    local = instants.parse(moment).astimezone(ZoneInfo(program.timezone)).replace(tzinfo=None)
    return local.isoformat(timespec="milliseconds" if local.second or local.microsecond else "minutes")
