"""What answers the addresses of the portal."""

from chalice.app import Request, Response
from msgspec import UNSET

from chalicelib.kit import bodies
from chalicelib.kit.errors import InvalidValue, Refused
from chalicelib.language.texts import texts
from chalicelib.links.create import create
from chalicelib.links.disable import enroll_again, leave_program
from chalicelib.links.shapes import NewLink
from chalicelib.onboarding.join import agreement
from chalicelib.partners.change import change_partner
from chalicelib.partners.enrollment import renew_share_link
from chalicelib.partners.feedback import feedback_of_today, give_feedback
from chalicelib.partners.preferences import TOPICS, Preferences
from chalicelib.partners.settings import set_preferences
from chalicelib.partners.shapes import NewFeedback, PartnerChange
from chalicelib.portal import show
from chalicelib.portal.page import SHELL, PortalPage, PortalVisit, go_on, respond
from chalicelib.portal.send_link import send_confirmation
from chalicelib.portal.session import signed_in
from chalicelib.portal.share_again import ways_to_share
from chalicelib.programs import find as programs
from chalicelib.programs.terms import fingerprint
from chalicelib.targets.from_feedback import react
from chalicelib.web import shell
from chalicelib.web.forms import takes
from chalicelib.web.not_now import answer_unknown

_ON_SETTINGS = ("/portal/emails", "/portal/identity", "/portal/share-links", "/portal/names-stop")
_ON_PRIVACY = ("/portal/erase", "/portal/erase-link")
_TERMS_CHANGED = InvalidValue("The terms have changed, or the program is no longer open.", pointer="/version")


@signed_in
def show_overview(visit: PortalVisit) -> Response:
    """Show what a partner is owed and the results of their links; or ask to sign in."""
    return respond(visit, show.overview(visit.profile, visit.t, at=visit.at))


@signed_in
def show_links(visit: PortalVisit) -> Response:
    """Show a partner's links, with their QR codes."""
    return respond(visit, show.links(visit.profile, visit.t, visit.query.get("cursor"), at=visit.at))


@signed_in
@takes("program", "channel", "code")
def make_link(visit: PortalVisit) -> Response:
    """Make a link for a channel."""
    try:
        # Where a link leads, and what it is called by the business, is for the business to say.
        new = bodies.typed({**visit.form, "partner": visit.profile.partner.id}, NewLink, strict=True)
        create(new, actor=visit.actor, at=visit.at)
    except Refused as refusal:
        return respond(visit, show.links(visit.profile, visit.t, None, at=visit.at), refusal=refusal)
    return go_on(visit, "/portal/links", visit.t["made"])


@signed_in
def show_statement(visit: PortalVisit) -> Response:
    """Show a month's statement in one currency."""
    return respond(visit, show.statement(visit.profile, visit.t, visit.query, at=visit.at))


@signed_in
def save_statement(visit: PortalVisit) -> Response:
    """Save a month's statement as CSV."""
    return shell.save_as(SHELL, *show.statement_csv(visit.profile, visit.query, at=visit.at))


@signed_in
def show_payouts(visit: PortalVisit) -> Response:
    """Show what was paid out."""
    return respond(visit, show.payouts(visit.profile, visit.t))


@signed_in
def show_settings(visit: PortalVisit) -> Response:
    """Show what a partner has settled."""
    return respond(visit, show.settings(visit.profile, at=visit.at))


@signed_in
@takes("locale", "payout_name", "payout_email", "friend_name", "display_name")
def save_settings(visit: PortalVisit) -> Response:
    """Change what a partner has settled."""
    try:
        optional = ("payout_name", "payout_email", "friend_name", "display_name")
        fields = {**dict.fromkeys(optional), **visit.form}
        new = bodies.typed(fields, PartnerChange, strict=True)
    except Refused as refusal:
        return respond(visit, show.settings(visit.profile, at=visit.at), refusal=refusal)
    profile = change_partner(visit.profile.partner.id, new, actor=visit.actor, at=visit.at)
    return go_on(visit, "/portal/settings", texts(profile.partner.locale)["saved"])


@signed_in
@takes("name", "email")
def change_who_they_are(visit: PortalVisit) -> Response:
    """Change a partner's name; or have another address confirmed, by an email that goes there."""
    partner = visit.profile.partner
    try:
        new = bodies.typed(visit.form, PartnerChange, strict=True)
        change_partner(partner.id, PartnerChange(name=new.name), actor=visit.actor, at=visit.at)
        if new.email is UNSET or new.email == partner.email:
            return go_on(visit, "/portal/settings", visit.t["saved"])
        send_confirmation(visit.profile, new.email, actor=visit.actor, at=visit.at)
    except Refused as refusal:
        return respond(visit, show.settings(visit.profile, at=visit.at), refusal=refusal)
    return go_on(visit, "/portal/settings", visit.t("address_asked", email=new.email))


@signed_in
@takes(*TOPICS, "daily")
def choose_emails(visit: PortalVisit) -> Response:
    """Change which emails a partner gets: those that are ticked."""
    off = [topic for topic in TOPICS if topic not in visit.form]
    preferences = Preferences(off, daily="daily" in visit.form)
    set_preferences(visit.profile.partner.id, preferences, actor=visit.actor, at=visit.at)
    return go_on(visit, "/portal/settings", visit.t["saved"])


@signed_in
def show_feedback(visit: PortalVisit) -> Response:
    """Ask what a partner thinks of us; who likes us is asked to share again, at once."""
    feedback = feedback_of_today(visit.profile.partner.id, at=visit.at)
    return respond(visit, PortalPage("feedback", {"share_again": ways_to_share(visit.profile, feedback, at=visit.at)}))


@signed_in
@takes("score", "words")
def take_feedback(visit: PortalVisit) -> Response:
    """Take down what a partner thinks of us."""
    try:
        new = bodies.typed(visit.form, NewFeedback, strict=False)
    except Refused as refusal:
        return respond(visit, PortalPage("feedback", {"share_again": []}), refusal=refusal)
    feedback = give_feedback(visit.profile.partner.id, new, actor=visit.actor, at=visit.at)
    react(visit.profile, feedback, actor=visit.actor, at=visit.at)
    return go_on(visit, "/portal/feedback", visit.t["thanks"])


@signed_in
def show_leaving(visit: PortalVisit) -> Response:
    """Say what leaving means, before it is done."""
    return respond(visit, show.leaving(visit.profile))


@signed_in
@takes("program")
def leave(visit: PortalVisit) -> Response:
    """Take a partner out of a program."""
    program = programs.find(visit.form.get("program", "")).program
    leave_program(visit.profile.partner.id, program.id, actor=visit.actor, at=visit.at)
    return go_on(visit, "/portal/leave", visit.t("has_left", program=program.name))


@signed_in
@takes("program", "version")
def come_back(visit: PortalVisit) -> Response:
    """Bring a partner back into a program that anybody may join, as who they were, on the terms in force."""
    program_terms = programs.find(visit.form.get("program", ""))
    program, terms = program_terms.program, program_terms.in_force(visit.at)
    if (
        program.joining != "open"
        or not program.takes_touch(visit.at)
        or visit.form.get("version") != str(terms.version)
    ):
        return respond(visit, show.overview(visit.profile, visit.t, at=visit.at), refusal=_TERMS_CHANGED)
    agreed = agreement(terms.version, fingerprint(terms), at=visit.at)
    enroll_again(visit.profile.partner.id, program.id, actor=visit.actor, at=visit.at, **agreed)
    return go_on(visit, "/portal", visit.t("has_come_back", program=program.name))


@signed_in
def renew_share_links(visit: PortalVisit) -> Response:
    """Give a partner's pages other addresses."""
    for enrollment in visit.profile.enrollments:
        renew_share_link(visit.profile.partner.id, enrollment.program_id, actor=visit.actor, at=visit.at)
    return go_on(visit, "/portal/settings", visit.t["share_links_renewed"])


def show_nothing(request: Request) -> Response:
    """Say that there is no page at this address."""
    return answer_unknown(request)


def go_back(request: Request) -> Response:
    """Redirect a GET of a form's URL, such as a reload of its answer, to the page with the form."""
    if request.path in _ON_PRIVACY:
        return shell.redirect(SHELL, "/portal/privacy")
    return shell.redirect(SHELL, "/portal/settings" if request.path in _ON_SETTINGS else "/portal")
