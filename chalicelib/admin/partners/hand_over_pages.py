"""The pages that hand a partner's account over: what goes over and what does not, before it is done."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from chalicelib.admin.english import LOCALE, minute, money, number
from chalicelib.admin.page import AdminPage
from chalicelib.language.formats import listed
from chalicelib.language.texts import languages
from chalicelib.ledger.entries import account_of
from chalicelib.ledger.find import account_states
from chalicelib.links import find as link_search
from chalicelib.notes.note import view_notes
from chalicelib.partners.duplicates import every_id
from chalicelib.partners.find import PartnerProfile, find_to_change
from chalicelib.partners.hand_over import check_and_list, check_may_hand_over, name_shown
from chalicelib.partners.hand_over_shapes import NewHandOver
from chalicelib.partners.hand_over_table import find_hand_overs
from chalicelib.partners.table import Partner
from chalicelib.programs import find as programs

REASONS: Mapping[str, str] = {
    "inheritance": "Inheritance: the holder has died",
    "sale": "The shop or business was sold",
    "reorganization": "The business was reorganized",
    "change_of_person": "Another person looks after it now",
    "other": "Another reason",
}


def of_hand_overs(partner: Partner) -> dict[str, Any]:
    """Return when and why a partner's account was handed over, and who had it: two reads, if it ever was."""
    facts = find_hand_overs(partner)
    return {
        "hand_overs": [
            {
                "at": minute(fact.created_at),
                "reason": REASONS.get(fact.reason, fact.reason),
                "former": fact.former.name if fact.former is not None else "",
                "note": note,
            }
            for fact, note in zip(facts, view_notes(facts), strict=True)
        ],
        "former_known": any(fact.former is not None for fact in facts),
    }


def form(reference: str, typed: Mapping[str, str] | None = None) -> AdminPage:
    """Show the form for the new holder. Refuses whose account cannot be handed over."""
    profile = find_to_change(reference)
    check_may_hand_over(profile)
    partner = profile.partner
    chosen = {"locale": partner.locale, "external_id": partner.external_id or ""} if typed is None else typed
    offered = list(languages())
    values = {
        "id": partner.id,
        "typed": chosen,
        "reasons": list(REASONS.items()),
        "languages": offered if partner.locale in dict(offered) else [(partner.locale, partner.locale), *offered],
        "shows_name": partner.friend_name is not None,
        "goes": _what_goes(profile),
        "stays_back": _what_does_not(partner),
    }
    return AdminPage("hand_over", "partners", f"Hand over the account of {partner.name}", values)


def preview(reference: str, new: NewHandOver, typed: Mapping[str, str], *, at: datetime) -> AdminPage:
    """Say what a hand-over to a person does. Refuses what cannot be done."""
    profile = find_to_change(reference)
    check_and_list(profile, new, at=at)
    partner = profile.partner
    friends_see = name_shown(partner, new)
    happens = [
        f"{partner.name} ({partner.email or partner.id}) hands over to {new.name} ({new.email}).",
        f"Reason: {REASONS[new.reason]}.",
        *_what_goes(profile),
        *_what_does_not(partner),
        f"Friends see the name {friends_see}." if friends_see else "Friends are not told who recommends.",
        f"{new.email} gets an email with the way in. Payouts wait until {new.name} has confirmed who is paid.",
        _who_is_told(partner, new),
        f"What was paid before stays on record as paid to {partner.name}, whose data you can erase separately.",
    ]
    values = {"id": partner.id, "happens": happens, "typed": typed}
    return AdminPage("hand_over_preview", "partners", f"Hand over the account of {partner.name}", values)


def erase_former(reference: str) -> AdminPage:
    """Say what erasing the former holders of an account does."""
    partner = find_to_change(reference).partner
    facts = find_hand_overs(partner)
    names = [fact.former.name for fact in facts if fact.former is not None]
    happens = [
        f"Name, addresses, payees, notes and feedback of {listed(names, LOCALE)} are deleted. This cannot be undone.",
        f"The account of {partner.name} stays as it is: links, customers, balance and history.",
        "Lists of payouts no longer name who was paid before the hand-over; amounts stay.",
        "Backups keep the deleted data for 35 days.",
    ]
    values = {"id": partner.id, "happens": happens if names else [], "begun": bool(facts)}
    return AdminPage("erase_former", "partners", f"Erase who had the account of {partner.name}", values)


def _what_goes(profile: PartnerProfile) -> list[str]:
    partner = profile.partner
    by_id = programs.find_rows({one.program_id for one in profile.enrollments})
    taken = [by_id[one.program_id].name for one in profile.enrollments if one.left_at is None]
    links = len(link_search.list_all(partner.id))
    currencies = sorted({one.currency for one in by_id.values()})
    accounts = {account_of(one, currency): currency for one in every_id(partner) for currency in currencies}
    owed: dict[str, int] = dict.fromkeys(currencies, 0)
    for account, state in account_states(sorted(accounts)).items():
        owed[accounts[account]] += state.held + state.due + state.frozen
    balance = [money(amount, currency) for currency, amount in owed.items() if amount]
    return [
        f"What goes over: {'the balance of ' + listed(balance, LOCALE) if balance else 'a balance of nothing'}, "
        f"{'1 link with its code' if links == 1 else number(links) + ' links with their codes'}, "
        "the customers they brought, category and tiers.",
        f"They take part in {listed(taken, LOCALE)} as before." if taken else "They are in no program now.",
    ]


def _what_does_not(partner: Partner) -> list[str]:
    fields = ", your own fields" if partner.metadata else ""
    return [
        "What does not go over: sessions, links to sign in or to unsubscribe, which end, the page they share, which "
        f"gets a new address, email preferences, payout details{fields}, and the name and address of {partner.name}.",
        "Payouts that were prepared for the former payee cannot be exported any more: mark their items as failed, and "
        "the next payout takes them.",
    ]


def _who_is_told(partner: Partner, new: NewHandOver) -> str:
    if new.reason == "inheritance" or partner.email is None or partner.email.lower() == new.email.lower():
        return f"{partner.name} gets no email about it."
    return f"{partner.email} gets one email about it."
