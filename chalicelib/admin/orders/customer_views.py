"""The page of a customer: changes who they are, and merges a guest from a page that says what will happen first."""

from urllib.parse import quote

from chalice.app import Response

from chalicelib.admin import merging
from chalicelib.admin.merging import Merging
from chalicelib.admin.orders import customer_pages, path_pages
from chalicelib.admin.page import AdminVisit, done_before, go_on, respond
from chalicelib.admin.permissions import needs
from chalicelib.admin.revised_forms import in_words
from chalicelib.admin.session import respond_again, signed_in
from chalicelib.conversions.merge import merge
from chalicelib.kit import bodies
from chalicelib.kit.errors import NotFound, Refused
from chalicelib.kit.revisions import read_if_match
from chalicelib.referrals.change import change_customer as change
from chalicelib.referrals.find import CustomerNotFound
from chalicelib.referrals.shapes import CustomerChange, NewMerge
from chalicelib.web.forms import takes


@signed_in
@needs("stats:read")
def show_customer(visit: AdminVisit, id: str) -> Response:
    """Show a customer, and what was done."""
    return respond(visit, customer_pages.customer(id, done=done_before(visit, _page_of(id))))


@signed_in
@needs("stats:read")
def show_path(visit: AdminVisit, id: str) -> Response:
    """Show how a customer came, up to the source of influence."""
    return respond(visit, path_pages.page(id))


@signed_in
@needs("admin")
@takes("name", "email", "external_id", "etag")
def change_customer(visit: AdminVisit, id: str) -> Response:
    """Change a customer's name, email address and external id."""
    try:
        fields = {name: visit.form.get(name, "").strip() or None for name in ("name", "email")}
        new = bodies.typed({**fields, "external_id": visit.form.get("external_id", "")}, CustomerChange, strict=True)
        if_match = read_if_match(visit.form.get("etag"))
        profile = change(id, new, if_match=if_match, actor=visit.actor, at=visit.at)
    except NotFound:
        raise
    except Refused as refusal:
        page = customer_pages.customer(id, typed=visit.form, refusal=refusal)
        return respond_again(visit, page, in_words(refusal))
    return go_on(visit, _page_of(profile.customer.customer_id), "Saved.")


@signed_in
@needs("admin")
def ask_to_merge(visit: AdminVisit, id: str) -> Response:
    """Say what merging a guest into another customer does."""
    return merging.ask(visit, id, _merging(visit, id))


@signed_in
@needs("admin")
@takes("into")
def merge_customer(visit: AdminVisit, id: str) -> Response:
    """Merge a guest into another customer."""
    return merging.do(visit, id, _merging(visit, id))


def _merging(visit: AdminVisit, guest: str) -> Merging:
    def do(identifier: str, into: str) -> str:
        return _page_of(merge(identifier, _read(into), actor=visit.actor, at=visit.at).customer.customer_id)

    return Merging(
        ask=lambda identifier, into: customer_pages.merge(identifier, _read(into)),
        do=do,
        done=f"They are one customer now. Their guest ID leads here: {guest}.",
        form=lambda identifier, into: customer_pages.customer(identifier, typed={"into": into}),
        about=_about,
    )


def _read(into: str) -> str:
    return bodies.typed({"into": into}, NewMerge, strict=True).into


def _about(refusal: Refused, into: str) -> Refused:
    """Return a refusal that is about the field of the form: the customer it names."""
    if isinstance(refusal, CustomerNotFound):
        return CustomerNotFound(f"There is no customer {into!r}.", pointer="/into")
    return refusal


def _page_of(customer: str) -> str:
    return f"/admin/customers/{quote(customer, safe='')}"
