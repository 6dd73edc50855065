"""What admins do with the personal data of a partner or a customer: save a copy, and erase them."""

from urllib.parse import quote

import msgspec
from chalice.app import Response

from chalicelib.admin.english import money
from chalicelib.admin.page import SHELL, AdminPage, AdminVisit, go_on, respond
from chalicelib.admin.session import signed_in
from chalicelib.kit.errors import Refused
from chalicelib.privacy.erase import erase
from chalicelib.privacy.export import copy_page
from chalicelib.privacy.owed import owed
from chalicelib.privacy.people import find_person, kind_of
from chalicelib.web import shell
from chalicelib.web.forms import takes

_MOST_RECORDS = 100_000


@signed_in
def save_copy(visit: AdminVisit, id: str) -> Response:
    """Save all data about a person; if reading takes too long, a cursor in the file leads to the rest."""
    person = find_person(kind_of(id), id)
    copied = copy_page(person, visit.query.get("cursor"), limit=_MOST_RECORDS, at=visit.at)
    text = msgspec.json.format(msgspec.json.encode(copied), indent=2).decode()
    return shell.save_as(SHELL, text, f"{person.id}.json", kind="application/json")


@signed_in
def ask_to_erase(visit: AdminVisit, id: str) -> Response:
    """Say what erasing a person does."""
    return respond(visit, _page(id))


@signed_in
@takes("gives_up")
def erase_person(visit: AdminVisit, id: str) -> Response:
    """Erase a partner or a customer."""
    try:
        erase(kind_of(id), id, gives_up="gives_up" in visit.form, actor=visit.actor, at=visit.at)
    except Refused as refusal:
        return respond(visit, _page(id), refusal=refusal)
    if kind_of(id) == "customer":
        return shell.redirect(SHELL, f"/admin/events?subject={quote(id, safe='')}")
    return go_on(visit, f"/admin/partners/{quote(id, safe='')}", "The partner was erased.")


def _page(identifier: str) -> AdminPage:
    person = find_person(kind_of(identifier), identifier)
    amounts = [money(one.held + one.due + one.frozen, currency) for currency, one in owed(person).items()]
    happens = [
        "Their name, email address, external ID, notes and feedback are deleted. This cannot be undone.",
        "Amounts, decisions, the ledger and the audit trail stay, under an internal ID.",
        "Backups keep the deleted data for 35 days.",
        "The address gets no more emails, except a sign-in link that is requested for it.",
    ]
    if person.kind == "partner":
        happens += [
            "All their links, pages and sessions end. Their codes are never reused.",
            "Purchases of the customers they referred still count, but new rewards for them are not paid out.",
        ]
    else:
        happens.append(
            "Conversions that your server reports later under the same ID still count, without personal data."
        )
    if amounts:
        happens.append(f"We owe them {', '.join(amounts)}. Pay this first, or confirm below that they waive it.")
    values = {"happens": happens, "person": person, "owed": ", ".join(amounts)}
    return AdminPage("erasure", "programs", f"Erase this {person.kind}", values)
