"""Shows the forms that change a program's settings and a link: as they are, or as they were typed and refused."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, get_args

from chalicelib.admin.english import minute
from chalicelib.admin.link_pages import activity
from chalicelib.admin.page import AdminPage
from chalicelib.kit.dynamo.rows import Revised
from chalicelib.kit.errors import Refused
from chalicelib.kit.revisions import PreconditionFailed, etag_of
from chalicelib.links import find as links
from chalicelib.links.shapes import make_url
from chalicelib.links.table import Link
from chalicelib.partners import find as partners
from chalicelib.programs import find as programs
from chalicelib.programs.shapes import Consent, Joining, ProgramSummary, consent_of
from chalicelib.programs.table import Program

Fields = Mapping[str, str]
# The message of a form that was opened before another person's change.
STALE = (
    "Someone else saved this page after you opened it, so nothing was saved. Their values are shown below the fields"
    " that differ. Save again to replace them."
)


def settings(
    reference: str, *, done: str = "", typed: Fields | None = None, refusal: Refused | None = None
) -> AdminPage:
    """Show the form for a program's settings; *typed* is one that was refused."""
    program = programs.read(programs.find(reference).program.id).program
    values = {
        "program": ProgramSummary.of(program),
        "since": minute(program.timezone_from) if program.timezone_from else "",
        "joining": get_args(Joining),
        "consent": get_args(Consent),
        "done": done,
        **form_values(program, fields_of_program(program), typed, refusal),
    }
    return AdminPage("settings", "programs", f"Settings of {program.name}", values)


def link(
    reference: str,
    filters: Fields,
    *,
    done: str = "",
    typed: Fields | None = None,
    refusal: Refused | None = None,
    at: datetime,
) -> AdminPage:
    """Show a link, its clicks by *filters*, and the form that changes it; *typed* is one that was refused."""
    row = links.find(reference)
    program = programs.find(row.program_id).program
    values = {
        "link": row,
        "url": make_url(row.code),
        "live": links.is_live(row, at),
        "program": ProgramSummary.of(program),
        "partner": partners.find(row.partner_id).partner,
        "done": done,
        **activity(row, filters, at=at),
        **form_values(row, fields_of_link(row), typed, refusal),
    }
    return AdminPage("link", "partners", f"Link {row.code}", values)


def link_to_end(reference: str) -> AdminPage:
    """Say what ending a link does."""
    row = links.find(reference)
    name = partners.find(row.partner_id).partner.name
    happens = [
        f"{make_url(row.code)} stops working within ten seconds: a page says that it may have ended.",
        "Its code is never used again, and a link that was ended stays ended.",
        f"What {name} earned by it stays, and friends who came by it before keep counting.",
    ]
    return AdminPage("end_link", "partners", "End this link", {"link": row, "happens": happens})


def fields_of_program(program: Program) -> dict[str, str]:
    """Return a program's settings as its form has them: of several, one a line."""
    return {
        "name": program.name,
        "landing_url": program.landing_url,
        "hosts": "\n".join(program.hosts),
        "timezone": program.timezone,
        "joining": program.joining,
        "consent": consent_of(program),
        "origins": "\n".join(program.origins),
        "privacy_url": program.privacy_url or "",
        "imprint_url": program.imprint_url or "",
        "contact_email": program.contact_email or "",
        "postal_address": program.postal_address or "",
    }


def fields_of_link(link: Link) -> dict[str, str]:
    """Return what a link's form has: its expiry by the minute, in UTC, as a browser's own control has it."""
    expires_at = f"{link.expires_at:%Y-%m-%dT%H:%M}" if link.expires_at else ""
    return {"destination": link.destination, "channel": link.channel or "", "expires_at": expires_at}


def form_values(row: Revised, stored: Fields, typed: Fields | None, refusal: Refused | None) -> dict[str, Any]:
    """
    Return the values of a form: the fields to show, and for a stale form the stored values, too.

    A stale form gets the current ETag: sent again, it replaces values that its sender has seen. Others keep theirs.
    """
    stale = isinstance(refusal, PreconditionFailed)
    fields = {name: (typed or {}).get(name, "") for name in stored} if typed is not None else dict(stored)
    etag = etag_of(row) if stale or typed is None else typed.get("etag", "*")
    return {
        "fields": fields,
        "etag": etag,
        "now": {
            name: value for name, value in stored.items() if stale and value.splitlines() != fields[name].splitlines()
        },
    }
