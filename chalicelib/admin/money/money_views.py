"""What the admin pages show and do about rewards, benefits and payouts, for those who are signed in."""

from functools import partial
from urllib.parse import quote

from chalice.app import Response

from chalicelib.admin.lists import save_list, show_list
from chalicelib.admin.money import confirm_pages, money_forms, money_pages
from chalicelib.admin.money.payout_items import items
from chalicelib.admin.money.payout_list import currencies, payouts
from chalicelib.admin.page import SHELL, AdminVisit, done_before, respond
from chalicelib.admin.permissions import needs
from chalicelib.admin.session import respond_again, signed_in
from chalicelib.kit import bodies
from chalicelib.kit.errors import InvalidValue, Refused
from chalicelib.payouts.export import export
from chalicelib.payouts.shapes import ExportQuery
from chalicelib.web import shell
from chalicelib.web.forms import takes

# If several have the same address.
_MOST_OWNERS = 25


@signed_in
@needs("stats:read", "reward")
def show_reward(visit: AdminVisit, id: str) -> Response:
    """Show a reward and its evidence."""
    return respond(visit, money_pages.reward(id, at=visit.at))


@signed_in
@needs("rewards:write", "reward")
@takes("action", "note", "reference", "code", "instructions")
def decide_reward(visit: AdminVisit, id: str) -> Response:
    """Hold, release or refuse a reward, with a note; or mark a benefit as given, or give another code for it."""
    try:
        money_forms.decide_reward(id, visit.form, actor=visit.actor, at=visit.at)
    except InvalidValue as refusal:
        refuses = visit.form.get("action") == "refuse"
        page = confirm_pages.refuse_reward if refuses else partial(money_pages.reward, at=visit.at)
        return respond_again(visit, page(id, typed=visit.form), refusal)
    return shell.redirect(SHELL, f"/admin/rewards/{id}")


@signed_in
@needs("rewards:write", "reward")
def ask_to_refuse_reward(visit: AdminVisit, id: str) -> Response:
    """Say what refusing a reward does."""
    return respond(visit, confirm_pages.refuse_reward(id))


@signed_in
@needs("payouts:write")
def show_payouts(visit: AdminVisit) -> Response:
    """Show the payouts, by filters."""
    return show_list(visit, payouts(done=done_before(visit, "/admin/payouts")))


@signed_in
@needs("payouts:write")
def save_payouts(visit: AdminVisit) -> Response:
    """Save what a list of payouts shows."""
    return save_list(visit, payouts())


@signed_in
@needs("payouts:write")
@takes("currency", "once")
def create_payout(visit: AdminVisit) -> Response:
    """Begin a payout, and prepare it for some seconds."""
    payout_id = money_forms.begin_payout(visit.form, actor=visit.actor, at=visit.at)
    return shell.redirect(SHELL, f"/admin/payouts/{payout_id}")


@signed_in
@needs("payouts:write")
def show_due(visit: AdminVisit) -> Response:
    """Show what a payout in a currency would pay; of the only one, or after the page to choose it, if none is named."""
    if not visit.query.get("currency"):
        only, *others = [f"/admin/liability?currency={one}" for one in currencies()] or ["/admin/payouts"]
        return shell.redirect(SHELL, "/admin/payouts" if others else only)
    return respond(visit, money_pages.due(visit.query.get("currency", ""), at=visit.at))


@signed_in
@needs("payouts:write")
def show_payout(visit: AdminVisit, id: str) -> Response:
    """Show a payout, or what it pays to some."""
    owners = [one for one in visit.query.get("owners", "").split(",") if one]
    return respond(visit, money_pages.payout(id, actor=visit.actor, at=visit.at, owners=owners[:_MOST_OWNERS]))


@signed_in
@needs("payouts:write")
def show_items(visit: AdminVisit, id: str) -> Response:
    """Show the items of a payout, by filters."""
    return show_list(visit, items(id, at=visit.at))


@signed_in
@needs("payouts:write")
def save_items(visit: AdminVisit, id: str) -> Response:
    """Save what the list of a payout's items shows."""
    return save_list(visit, items(id, at=visit.at))


@signed_in
@needs("payouts:write")
@takes("action", "owner", "note", "find")
def settle_payout(visit: AdminVisit, id: str) -> Response:
    """
    Continue preparing a payout; approve it; confirm or fail it, as a whole or for one owner; or return a payment.

    Or find a person in it: the search text may be an email address, so it is not put in the URL.
    """
    here = f"/admin/payouts/{quote(id, safe='')}"
    if visit.form.get("action") == "find":
        typed = visit.form.get("find", "")
        try:
            owners = money_forms.find_in_payout(id, typed)
        except Refused as refusal:
            page = money_pages.payout(id, actor=visit.actor, at=visit.at, owners=[], typed=typed)
            return respond_again(visit, page, refusal)
        return shell.redirect(SHELL, f"{here}?owners={','.join(owners)}")
    action = visit.form.get("action", "")
    try:
        money_forms.settle_payout(id, visit.form, actor=visit.actor, at=visit.at)
    except InvalidValue as refusal:
        page = confirm_pages.settle(id, action, visit.form.get("owner", ""), typed=visit.form, at=visit.at)
        return respond_again(visit, page, refusal)
    return shell.redirect(SHELL, here)


@signed_in
@needs("payouts:write")
def ask_to_settle(visit: AdminVisit, id: str) -> Response:
    """Say what marking payments as paid, failed or returned does."""
    return respond(
        visit, confirm_pages.settle(id, visit.query.get("action", ""), visit.query.get("owner", ""), at=visit.at)
    )


@signed_in
@needs("payouts:write")
def save_payout(visit: AdminVisit, id: str) -> Response:
    """Save a payout's list, or a part of it, as CSV."""
    query = bodies.typed(visit.query, ExportQuery, strict=False)
    saved = export(id, query.format, part=query.part, locale=query.locale, at=visit.at)
    return shell.save_as(SHELL, saved.text, saved.name)
