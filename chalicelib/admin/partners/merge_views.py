"""Merges a duplicate into another partner, from a page that says what will happen first."""

from urllib.parse import quote

from chalice.app import Response

from chalicelib.admin.page import AdminPage, AdminVisit, go_on, respond
from chalicelib.admin.partners import merge_pages, partner_page
from chalicelib.admin.permissions import needs
from chalicelib.admin.session import respond_again, signed_in
from chalicelib.kit import bodies
from chalicelib.kit.errors import Refused
from chalicelib.partners.find import PartnerErased, PartnerNotFound
from chalicelib.partners.merge import merge
from chalicelib.partners.shapes import NewPartnerMerge
from chalicelib.web.forms import takes


@signed_in
@needs("admin")
def ask_to_merge(visit: AdminVisit, id: str) -> Response:
    """Say what merging a duplicate into another partner does."""
    into = visit.query.get("into", "").strip()
    try:
        new = bodies.typed({"into": into}, NewPartnerMerge, strict=True)
        page = merge_pages.merge(id, new.into, at=visit.at)
    except Refused as refusal:
        return respond(visit, _page(visit, id, into), refusal=_about(refusal, into), invalid=["into"])
    return respond(visit, page)


@signed_in
@needs("admin")
@takes("into")
def merge_partner(visit: AdminVisit, id: str) -> Response:
    """Merge a duplicate into another partner. Sent twice, it is done once."""
    into = visit.form.get("into", "")
    try:
        new = bodies.typed({"into": into}, NewPartnerMerge, strict=True)
        profile = merge(id, new.into, actor=visit.actor, at=visit.at)
    except Refused as refusal:
        return respond_again(visit, _page(visit, id, into), _about(refusal, into))
    path = f"/admin/partners/{quote(profile.partner.id, safe='')}"
    return go_on(visit, path, f"They are one partner now. The other ID leads here: {id}.")


def _page(visit: AdminVisit, identifier: str, into: str) -> AdminPage:
    """Return the partner's page with what was typed; refuses a partner there is not."""
    page = partner_page.partner(identifier, visit.rights, at=visit.at)
    page.values["typed_into"] = into
    return page


def _about(refusal: Refused, into: str) -> Refused:
    """Return a refusal that is about the field of the form: the partner it names."""
    if isinstance(refusal, PartnerNotFound):
        return PartnerNotFound(f"There is no partner {into!r}.", pointer="/into")
    if isinstance(refusal, PartnerErased):
        return PartnerErased("One of the two was erased.", pointer="/into")
    return refusal
