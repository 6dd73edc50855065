"""Takes a partner out of a program, and replaces the address of their page to share: each says first what happens."""

from datetime import datetime
from urllib.parse import quote

from chalice.app import Response

from chalicelib.access.api_keys import Forbidden
from chalicelib.admin.english import money
from chalicelib.admin.once import begin_once
from chalicelib.admin.page import AdminPage, AdminVisit, go_on, respond
from chalicelib.admin.permissions import needs
from chalicelib.admin.session import signed_in
from chalicelib.kit import ids
from chalicelib.kit.idempotency import Receipt
from chalicelib.ledger.entries import account_of
from chalicelib.ledger.find import account_states
from chalicelib.links import find as links
from chalicelib.links.disable import leave_program
from chalicelib.partners import find as partners
from chalicelib.partners.enrollment import renew_share_link
from chalicelib.partners.find import PartnerNotEnrolled, PartnerProfile
from chalicelib.partners.shapes import NewEnrollment
from chalicelib.programs import find as programs
from chalicelib.programs.table import Program
from chalicelib.web.forms import takes


@signed_in
@needs("partners:write", "partner")
def ask_to_take_out(visit: AdminVisit, id: str) -> Response:
    """Say what taking a partner out of a program does."""
    profile, program = _find(visit, id, visit.query.get("program", ""))
    name = profile.partner.name or profile.partner.id
    happens = _leaving(profile, name, program, at=visit.at)
    return respond(visit, _page(profile, program, "leave", f"Take {name} out of {program.name}", happens, at=visit.at))


@signed_in
@needs("partners:write", "partner")
@takes("program", "once")
def take_out(visit: AdminVisit, id: str) -> Response:
    """Take a partner out of a program. Sent twice, it is done once."""
    profile, program = _find(visit, id, visit.form.get("program", ""))
    leave_program(profile.partner.id, program.id, actor=visit.actor, at=visit.at)
    return go_on(visit, _path(profile), f"{profile.partner.name or profile.partner.id} is out of {program.name}.")


@signed_in
@needs("partners:write", "partner")
def ask_to_renew(visit: AdminVisit, id: str) -> Response:
    """Say what replacing the address of a partner's page to share does."""
    profile, program = _find(visit, id, visit.query.get("program", ""))
    title = f"Replace the address of {profile.partner.name or profile.partner.id}'s page in {program.name}"
    happens = [
        "The present address ends at once: wherever it was saved, and in the emails that were sent before.",
        "Their links for friends, and their codes, keep working.",
        "They get no email about this. You can give them the new address, or email them a link to sign in.",
    ]
    return respond(visit, _page(profile, program, "share-link", title, happens, at=visit.at))


@signed_in
@needs("partners:write", "partner")
@takes("program", "once")
def renew(visit: AdminVisit, id: str) -> Response:
    """Replace the address of a partner's page to share, once however often the form is sent."""
    profile, program = _find(visit, id, visit.form.get("program", ""))

    def do(receipt: Receipt) -> PartnerProfile:
        return renew_share_link(profile.partner.id, program.id, actor=visit.actor, at=visit.at, receipt=receipt)

    begin_once(
        visit.form,
        f"{_path(profile)}/share-link",
        NewEnrollment(program.id),
        do,
        id_of=lambda renewed: renewed.partner.id,
        actor=visit.actor,
        at=visit.at,
    )
    return go_on(visit, _path(profile), f"Their page in {program.name} has a new address.")


def _find(visit: AdminVisit, reference: str, program: str) -> tuple[PartnerProfile, Program]:
    """Return a partner and a program they are or were in; refuses a person whose role is not in this program."""
    row = programs.find(program).program
    profile = partners.find_survivor(reference)
    if not visit.rights.may("partners:write", [row.id]):
        raise Forbidden("Your role does not allow this in this program. Ask an owner to change your role.")
    if profile.enrollment(row.id) is None:
        raise PartnerNotEnrolled(f"{profile.partner.id} is not enrolled in {row.name}.", pointer="/program")
    return profile, row


def _leaving(profile: PartnerProfile, name: str, program: Program, *, at: datetime) -> list[str]:
    live = sum(one.program_id == program.id and links.is_live(one, at) for one in links.list_all(profile.partner.id))
    account = account_of(profile.partner.id, program.currency)
    state = account_states([account])[account]
    owed = state.held + state.due + state.frozen
    ends = {0: "They have no links there that could end.", 1: "Their link there ends at once, with its code."}
    return [
        ends.get(live, f"Their {live} links there end at once, with their codes."),
        f"What {name} has earned stays theirs and is paid as usual. Not paid out yet: {money(owed, program.currency)}.",
        "Friends they referred before keep counting, as promised.",
        "They get an email about it." if profile.partner.email else "They have no email address, so no email is sent.",
        "If they take part again, the same links work again.",
    ]


def _page(
    profile: PartnerProfile, program: Program, act: str, title: str, happens: list[str], *, at: datetime
) -> AdminPage:
    values = {
        "id": profile.partner.id,
        "in_program": program.id,
        "act": act,
        "happens": happens,
        "once": ids.ulid(at),
    }
    return AdminPage("participation", "partners", title, values)


def _path(profile: PartnerProfile) -> str:
    return f"/admin/partners/{quote(profile.partner.id, safe='')}"
