"""Merges a duplicate into another partner, from a page that says what will happen first."""

from urllib.parse import quote

from chalice.app import Response

from chalicelib.admin import merging
from chalicelib.admin.merging import Merging
from chalicelib.admin.page import AdminPage, AdminVisit
from chalicelib.admin.partners import merge_pages, partner_page
from chalicelib.admin.permissions import needs
from chalicelib.admin.session import signed_in
from chalicelib.admin.typed import find_partner_id
from chalicelib.kit.errors import Refused
from chalicelib.partners.find import PartnerErased
from chalicelib.partners.merge import merge
from chalicelib.web.forms import takes


@signed_in
@needs("admin")
def ask_to_merge(visit: AdminVisit, id: str) -> Response:
    """Say what merging a duplicate into another partner does."""
    return merging.ask(visit, id, _merging(visit, id))


@signed_in
@needs("admin")
@takes("into")
def merge_partner(visit: AdminVisit, id: str) -> Response:
    """Merge a duplicate into another partner."""
    return merging.do(visit, id, _merging(visit, id))


def _merging(visit: AdminVisit, duplicate: str) -> Merging:
    def do(identifier: str, into: str) -> str:
        profile = merge(identifier, _read(into), actor=visit.actor, at=visit.at)
        return f"/admin/partners/{quote(profile.partner.id, safe='')}"

    def form(identifier: str, into: str) -> AdminPage:
        page = partner_page.partner(identifier, visit.rights, at=visit.at)
        page.values["typed_into"] = into
        return page

    return Merging(
        ask=lambda identifier, into: merge_pages.merge(identifier, _read(into), at=visit.at),
        do=do,
        done=f"They are one partner now. The other ID leads here: {duplicate}.",
        form=form,
        about=_about,
    )


def _read(into: str) -> str:
    return find_partner_id(into, name="into")


def _about(refusal: Refused, _into: str) -> Refused:
    """Return a refusal that is about the field of the form."""
    if isinstance(refusal, PartnerErased):
        return PartnerErased("One of the two was erased.", pointer="/into")
    return refusal
