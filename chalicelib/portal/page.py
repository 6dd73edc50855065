"""What is shown on a page of the portal, and the answers that show it."""

from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from chalice.app import Response
from msgspec import Struct

from chalicelib.access.sessions import SessionToken
from chalicelib.audit.actor import Actor
from chalicelib.kit.errors import Refused
from chalicelib.language.texts import Texts
from chalicelib.ledger.find_owner import only_program_of
from chalicelib.partners.find import PartnerProfile
from chalicelib.portal.profiles import name_profiles
from chalicelib.programs import find as programs
from chalicelib.programs.receiving import receiving_of
from chalicelib.web import shell
from chalicelib.web.brand import Brand, brand_of
from chalicelib.web.fields import fields_at_fault
from chalicelib.web.flash import make_flash, read_flash
from chalicelib.web.refusals import explain

SHELL = shell.signed_in(__file__)
# What a form says of its own if it is wrong.
FIELDS = (
    "name",
    "email",
    "payout_email",
    "payout_name",
    "friend_name",
    "display_name",
    "shared_name",
    "agrees",
    "channel",
    "code",
    "score",
    "words",
    "currency",
    "month",
    "version",
    # Of an introduction.
    "phone",
    "company",
    "role",
    "why",
    "closeness",
    "sent_by",
    "consent",
    "answers",
    "csv",
    "file",
)


class PortalPage(NamedTuple):
    """
    A page's name, and what is shown on it.

    *path* is where it is, and *title* the key of its title, if its name does not say so; *script* is inlined.
    *invalid* are fields at fault that the refusal does not name as the form does.
    """

    name: str
    values: dict[str, Any]
    path: str = ""
    title: str = ""
    script: Path | None = None
    invalid: tuple[str, ...] = ()


class PortalVisit(Struct, frozen=True):
    """A signed-in partner: their profiles, the current one, the texts, the purpose of the visit, and its time."""

    profiles: list[PartnerProfile]
    profile: PartnerProfile
    t: Texts
    token: SessionToken
    actor: Actor
    query: dict[str, str]
    form: dict[str, str]
    flash: str
    at: datetime


def go_on(visit: PortalVisit, path: str, sentence: str) -> Response:
    """Send a browser on from a form to a page that says what was done."""
    done = make_flash(path, sentence, reader=visit.token.holder_id)
    return shell.redirect(SHELL, done.path, cookie=done.cookie)


def respond(visit: PortalVisit, page: PortalPage, *, refusal: Refused | None = None) -> Response:
    """Show a page, and what was done; for a refused form, what is wrong, and the form as it was filled in."""
    here = page.path or ("/portal" if page.name == "overview" else f"/portal/{page.name}")
    done = read_flash(here, visit.query, visit.flash, reader=visit.token.holder_id)
    t = visit.t
    notice = explain(refusal, t, fields=FIELDS) if refusal else done
    values = {"t": t, "here": page.name, "title": f"{t[page.title or page.name]} – {t['portal']}", **page.values}
    named = name_profiles(visit.profiles, t) if len(visit.profiles) > 1 else []
    values |= {"own_profiles": named, "own_profile": visit.profile.partner.id}
    values["takes_introductions"] = values["here"] == "introductions" or _takes_introductions(visit.profile)
    form = visit.form if refusal else {}
    at_fault = fields_at_fault(refusal, FIELDS) | set(page.invalid)
    context = {**values, "notice": notice, "bad": refusal is not None, "invalid": at_fault, "form": form}
    brand, status = _brand_of(visit.profile), 422 if refusal else 200
    return shell.respond(SHELL, f"{page.name}.html", context, brand=brand, status=status, script=page.script)


def _takes_introductions(profile: PartnerProfile) -> bool:
    """Return whether a program that a partner takes part in is open for introductions; by one read at most."""
    taken = [one.program_id for one in profile.enrollments if one.left_at is None]
    # One program is remembered; several are read at once.
    rows = [programs.find(taken[0]).program] if len(taken) == 1 else programs.find_rows(taken).values()
    return any(receiving_of(row).open for row in rows)


def _brand_of(profile: PartnerProfile) -> Brand | None:
    program = only_program_of(profile)
    return brand_of(program) if program else None


def respond_refused(refusal: Refused, t: Texts) -> Response:
    """Say on a page of its own what was refused."""
    values = {"t": t, "title": t["refused"], "detail": explain(refusal, t, fields=FIELDS)}
    return shell.respond(SHELL, "refused.html", values, status=refusal.STATUS_CODE)
