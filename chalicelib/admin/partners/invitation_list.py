"""Lists a program's invitations: all of them, or those that were accepted, or not, by when they were sent."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import get_args
from zoneinfo import ZoneInfo

from chalicelib.admin import codes
from chalicelib.admin.english import day, moment
from chalicelib.admin.lists import ListOf, Row, zone_of
from chalicelib.emails.suppressions import unsubscribed_from_invitations
from chalicelib.kit import instants
from chalicelib.kit.csv_text import Cell
from chalicelib.kit.shapes import fold
from chalicelib.onboarding.shapes import InvitationsQuery, InvitationStatus
from chalicelib.partners.joining_table import Invitation
from chalicelib.programs import find as programs
from chalicelib.search.by_moment import find_invitations


def invitations(reference: str, *, at: datetime) -> ListOf:
    """Return the list of a program's invitations."""
    program = programs.find(reference).program
    return ListOf(
        name="invitations",
        section="programs",
        title=f"Invitations to {program.name}",
        path=f"programs/{program.id}/invitations",
        query=InvitationsQuery,
        read=lambda query: find_invitations(query, list),
        rows=partial(_rows, zone=zone_of(program.id, at=at)),
        header=("Invited", "Email", "Name", "Language", "Accepted", "Unsubscribed", "Partner", "ID"),
        lines=_lines,
        columns=("email", "name", "accepted"),
        fixed={"program": program.id},
        more={"program": program, "statuses": [(one, codes.name_of(one)) for one in get_args(InvitationStatus)]},
    )


def _rows(page: list[Invitation], *, zone: ZoneInfo) -> list[Row]:
    unwanted = unsubscribed_from_invitations(one.email for one in page)
    return [
        {
            "email": one.email,
            "name": one.name or "",
            "at": moment(one.created_at, zone),
            "partner": one.partner_id if one.accepted_at else "",
            "accepted": day(one.accepted_at.astimezone(zone)) if one.accepted_at else "",
            "unwanted": day(unwanted[one.email].astimezone(zone)) if one.email in unwanted else "",
            "sort": {
                "at": one.created_at,
                "email": fold(one.email),
                "name": fold(one.name),
                "accepted": one.accepted_at,
            },
        }
        for one in page
    ]


def _lines(page: list[Invitation]) -> list[Sequence[Cell]]:
    unwanted = unsubscribed_from_invitations(one.email for one in page)
    return [
        (
            *(instants.text(one.created_at), one.email, one.name or "", one.locale),
            instants.text(one.accepted_at) if one.accepted_at else "",
            instants.text(unwanted[one.email]) if one.email in unwanted else "",
            *(one.partner_id or "", one.id),
        )
        for one in page
    ]
