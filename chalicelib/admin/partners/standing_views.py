"""Suspends, bans and reactivates a partner from a page that says what will happen first."""

from typing import Literal, get_args
from urllib.parse import quote

from chalice.app import Response
from msgspec import Struct

from chalicelib.admin import codes
from chalicelib.admin.english import money
from chalicelib.admin.page import AdminPage, AdminVisit, go_on, respond
from chalicelib.admin.permissions import needs
from chalicelib.admin.session import respond_again, signed_in
from chalicelib.kit import bodies
from chalicelib.kit.errors import NotFound, Refused
from chalicelib.ledger.entries import account_of
from chalicelib.ledger.find import account_states
from chalicelib.ledger.find_owner import programs_of
from chalicelib.partners import find as partners
from chalicelib.partners.find import PartnerProfile
from chalicelib.partners.shapes import NewReactivation, NewSuspension
from chalicelib.partners.standing import Earned, StopReason
from chalicelib.partners.suspend import reactivate, suspend
from chalicelib.web.forms import takes

To = Literal["suspended", "banned", "active"]

_TITLES: dict[str, str] = {"suspended": "Suspend this partner", "banned": "Ban this partner", "active": "Reactivate"}
_DONE: dict[str, str] = {"suspended": "suspended", "banned": "banned", "active": "reactivated"}


class _Chosen(Struct):
    """What a partner's state is to become."""

    to: To


@signed_in
@needs("admin")
def ask_to_change_state(visit: AdminVisit, id: str) -> Response:
    """Say what suspending, banning or reactivating a partner does."""
    return respond(visit, _page(id, _read_to(visit.query)))


@signed_in
@needs("admin")
@takes("to", "reason", "earned", "note")
def change_state(visit: AdminVisit, id: str) -> Response:
    """Suspend, ban or reactivate a partner. Sent twice, it is done once."""
    to = _read_to(visit.form)
    try:
        fields = {name: value for name, value in visit.form.items() if name != "to" and value}
        if to == "active":
            new = bodies.typed({k: v for k, v in fields.items() if k == "note"}, NewReactivation, strict=True)
            changed = reactivate(id, new, actor=visit.actor, at=visit.at)
        else:
            stop = bodies.typed(fields, NewSuspension, strict=True)
            changed = suspend(id, to, stop, actor=visit.actor, at=visit.at)
    except NotFound:
        raise
    except Refused as refusal:
        return respond_again(visit, _page(id, to, typed=visit.form), refusal)
    partner = changed.partner
    path = f"/admin/partners/{quote(partner.id, safe='')}"
    return go_on(visit, path, f"{partner.name or partner.id} was {_DONE[to]}.")


def _read_to(fields: dict[str, str]) -> To:
    to: To = bodies.typed({"to": fields.get("to", "")}, _Chosen, strict=True).to
    return to


def _page(reference: str, to: To, *, typed: dict[str, str] | None = None) -> AdminPage:
    profile = partners.find(reference)
    name = profile.partner.name or profile.partner.id
    values = {
        "id": profile.partner.id,
        "to": to,
        "happens": _effects(profile, name, to),
        "owed": _owed(profile),
        "reasons": [(one, codes.name_of_stop(one)) for one in get_args(StopReason)],
        "earned": get_args(Earned),
        "typed": typed or {},
    }
    return AdminPage("partner_state", "partners", f"{_TITLES[to]}: {name}", values)


def _effects(profile: PartnerProfile, name: str, to: To) -> list[str]:
    if to == "active":
        happens = [f"From a minute after you confirm, new sign-ups and sales earn {name} rewards again."]
        if profile.stopped is not None and profile.stopped.withholds:
            happens.append("Payouts include their accounts again.")
        return [*happens, "What was received in the meantime stays without rewards."]
    happens = [
        f"From a minute after you confirm, sign-ups and sales earn {name} nothing.",
        f"Friends keep their own rewards. If you choose “{codes.name_of_stop('fraud')}” or "
        f"“{codes.name_of_stop('self_referral')}”, what friends earn from then on waits until you review it.",
        "Links keep leading to your website.",
        "They can still sign in and read their statements. They get no email about this.",
    ]
    if to == "banned":
        happens.append("They cannot join another program, or join again with the same email address.")
    return happens


def _owed(profile: PartnerProfile) -> str:
    """Return what they earned before and were not paid, in each currency; empty if that is nothing."""
    currencies = sorted({program.currency for program in programs_of(profile)})
    accounts = {account_of(profile.partner.id, currency): currency for currency in currencies}
    states = account_states(list(accounts)).items()
    amounts = {accounts[account]: state.held + state.due for account, state in states}
    return ", ".join(money(amount, currency) for currency, amount in amounts.items() if amount)
