"""The list of all partners, and a partner's page with its forms."""

from collections.abc import Callable
from urllib.parse import quote

from chalice.app import Request, Response

from chalicelib.access.api_keys import Forbidden
from chalicelib.admin.lists import save_list, show_list
from chalicelib.admin.page import SHELL, AdminVisit, done_before, go_on, respond
from chalicelib.admin.partners import partner_forms, partner_list, partner_page
from chalicelib.admin.partners.partner_page import RefusedForm
from chalicelib.admin.permissions import needs
from chalicelib.admin.revised_forms import in_words
from chalicelib.admin.session import respond_again, signed_in
from chalicelib.kit.errors import NotFound, Refused
from chalicelib.partners.find import PartnerNotFound
from chalicelib.partners.preferences import TOPICS
from chalicelib.programs import find as programs
from chalicelib.web import shell
from chalicelib.web.forms import takes


@signed_in
@needs("stats:read")
def show_partners(visit: AdminVisit) -> Response:
    """Show the partners of all programs; of filters that cannot be read, what is wrong with them."""
    return show_list(visit, partner_list.every_partner(visit))


@signed_in
@needs("stats:read")
def save_partners(visit: AdminVisit) -> Response:
    """Save what the list of partners shows."""
    return save_list(visit, partner_list.every_partner(visit))


@signed_in
@needs("stats:read", "partner")
def show_partner(visit: AdminVisit, id: str) -> Response:
    """Show a partner, and what was done."""
    chosen, done = visit.query.get("program", ""), done_before(visit, _partner(id))
    return respond(visit, partner_page.partner(id, visit.rights, chosen=chosen, done=done, at=visit.at))


@signed_in
@needs("admin")
@takes(
    *("name", "email", "locale", "external_id", "payout_name", "payout_email", "friend_name", "display_name"),
    *("metadata", "etag"),
)
def edit_partner(visit: AdminVisit, id: str) -> Response:
    """Change who a partner is."""
    return _do(visit, id, "edit", partner_forms.edit)


@signed_in
@needs("admin")
@takes("category", "note", "once")
def change_category(visit: AdminVisit, id: str) -> Response:
    """Put a partner into another category."""
    return _do(visit, id, "category", partner_forms.change_category)


@signed_in
@needs("admin", "partner")
@takes("program", "tier", "note", "pinned_until", "once")
def change_tier(visit: AdminVisit, id: str) -> Response:
    """Put a partner into a tier of a program."""
    return _do(visit, id, "tier", partner_forms.change_tier, scope="admin")


@signed_in
@needs("partners:write", "partner")
@takes("program")
def enroll_partner(visit: AdminVisit, id: str) -> Response:
    """Enroll a partner in another program."""
    return _do(visit, id, "programs", partner_forms.enroll, scope="partners:write")


@signed_in
@needs("links:write", "partner")
@takes("program", "code", "destination", "channel", "once")
def create_link(visit: AdminVisit, id: str) -> Response:
    """Create a link of a partner."""
    return _do(visit, id, "links", partner_forms.create_link, scope="links:write")


@signed_in
@needs("admin")
@takes(*(f"off_{topic}" for topic in TOPICS))
def turn_off_emails(visit: AdminVisit, id: str) -> Response:
    """Turn off emails that a partner no longer wants; they alone turn them on again."""
    return _do(visit, id, "emails", partner_forms.turn_off_emails)


@signed_in
@needs("admin")
def send_link(visit: AdminVisit, id: str) -> Response:
    """Email a partner a link to sign in by."""
    return _do(visit, id, "sign-in", partner_forms.send_link)


def go_to_partner(request: Request, id: str) -> Response:
    """Redirect a GET of a form's URL, such as a reload of its answer, to the partner's page."""
    return shell.redirect(SHELL, _partner(id))


def _do(visit: AdminVisit, partner: str, form: str, do: Callable[..., str], *, scope: str = "") -> Response:
    """Do what a form asks for; refused, it is shown again as it was filled in. With a *scope*, in its program only."""
    try:
        if scope and not visit.rights.may(scope, [_program_of(visit)]):
            raise Forbidden("Your role does not allow this in this program. Ask an owner to change your role.")
        message = do(partner, visit.form, actor=visit.actor, at=visit.at)
    except PartnerNotFound:
        raise
    except Refused as refusal:
        chosen = visit.form.get("program", "")
        refused = RefusedForm(form, visit.form, refusal)
        page = partner_page.partner(partner, visit.rights, chosen=chosen, refused=refused, at=visit.at)
        return respond_again(visit, page, in_words(refusal))
    return go_on(visit, _partner(partner), message)


def _program_of(visit: AdminVisit) -> str:
    try:
        return programs.find(visit.form.get("program", "")).program.id
    except NotFound:
        return ""


def _partner(partner: str) -> str:
    return f"/admin/partners/{quote(partner, safe='')}"
