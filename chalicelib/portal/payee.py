"""Who took an account over confirms the payee; payouts wait for that."""

from chalice.app import Response

from chalicelib.kit import bodies
from chalicelib.kit.errors import Refused
from chalicelib.partners.hand_over import confirm_payee
from chalicelib.partners.hand_over_shapes import NewPayee
from chalicelib.portal.page import SHELL, PortalPage, PortalVisit, go_on, respond
from chalicelib.portal.session import signed_in
from chalicelib.web import shell
from chalicelib.web.forms import takes


@signed_in
def show_payee(visit: PortalVisit) -> Response:
    """Ask for the payee; once confirmed, it is changed on the page of settings."""
    if visit.profile.partner.payee_awaited_since is None:
        return shell.redirect(SHELL, "/portal/settings")
    return respond(visit, _page(visit))


@signed_in
@takes("payout_name", "payout_email")
def confirm(visit: PortalVisit) -> Response:
    """Store the payee. Sent twice, it is done once."""
    try:
        new = bodies.typed({name: value for name, value in visit.form.items() if value}, NewPayee, strict=True)
        confirm_payee(visit.profile.partner.id, new, actor=visit.actor, at=visit.at)
    except Refused as refusal:
        return respond(visit, _page(visit), refusal=refusal)
    return go_on(visit, "/portal/settings", visit.t["payee_is_confirmed"])


def _page(visit: PortalVisit) -> PortalPage:
    return PortalPage("payee", {"partner": visit.profile.partner})
