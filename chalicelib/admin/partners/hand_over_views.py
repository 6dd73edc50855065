"""Hands a partner's account over to another person, and erases who had it before; pages say first what happens."""

from typing import Any
from urllib.parse import quote

from chalice.app import Response

from chalicelib.admin.page import AdminVisit, go_on, respond
from chalicelib.admin.partners import hand_over_pages, partner_page
from chalicelib.admin.permissions import needs
from chalicelib.admin.session import respond_again, signed_in
from chalicelib.kit import bodies
from chalicelib.kit.errors import NotFound, Refused
from chalicelib.partners.hand_over import hand_over
from chalicelib.partners.hand_over_shapes import NewHandOver
from chalicelib.partners.merge import PartnerStopped
from chalicelib.privacy.erase_former import erase_former
from chalicelib.web.forms import takes

# Left empty, these are not sent: friends see the new name if they saw one, and there need be no note.
_OMITTED = ("friend_name", "note")


@signed_in
@needs("admin")
def ask_to_hand_over(visit: AdminVisit, id: str) -> Response:
    """Show the form for the new holder, and what goes over; or say what erasing the former holders does."""
    if "former" in visit.query:
        return respond(visit, hand_over_pages.erase_former(id))
    try:
        return respond(visit, hand_over_pages.form(id))
    except PartnerStopped as refusal:
        return respond(visit, partner_page.partner(id, visit.rights, at=visit.at), refusal=refusal)


@signed_in
@needs("admin")
@takes("step", "name", "email", "reason", "note", "locale", "external_id", "friend_name")
def hand_over_partner(visit: AdminVisit, id: str) -> Response:
    """Say what a hand-over does, let it be changed, or do it; or erase the former holders: as the button says."""
    typed = {name: value for name, value in visit.form.items() if name != "step"}
    step = visit.form.get("step", "")
    if step == "erase_former":
        return _erase_former(visit, id)
    if step == "change":
        return respond(visit, hand_over_pages.form(id, typed))
    try:
        new = bodies.typed(_fields(typed), NewHandOver, strict=True)
        if step != "confirm":
            return respond(visit, hand_over_pages.preview(id, new, typed, at=visit.at))
        profile = hand_over(id, new, actor=visit.actor, at=visit.at)
    except NotFound:
        raise
    except PartnerStopped as refusal:
        return respond(visit, partner_page.partner(id, visit.rights, at=visit.at), refusal=refusal)
    except Refused as refusal:
        return respond_again(visit, hand_over_pages.form(id, typed), refusal, rest="email")
    path = f"/admin/partners/{quote(profile.partner.id, safe='')}"
    return go_on(visit, path, f"The account is handed over to {profile.partner.name}, who gets an email.")


def _erase_former(visit: AdminVisit, identifier: str) -> Response:
    try:
        done = erase_former(identifier, actor=visit.actor, at=visit.at)
    except NotFound:
        raise
    except Refused as refusal:
        return respond(visit, hand_over_pages.erase_former(identifier), refusal=refusal)
    path = f"/admin/partners/{quote(done.person_id, safe='')}"
    return go_on(visit, path, "Who had the account before was erased.")


def _fields(typed: dict[str, str]) -> dict[str, Any]:
    """Return the fields of a form as the API takes them: an own ID that is emptied is removed."""
    fields: dict[str, Any] = {name: value for name, value in typed.items() if value or name not in _OMITTED}
    if "external_id" in fields:
        fields["external_id"] = fields["external_id"] or None
    return fields
