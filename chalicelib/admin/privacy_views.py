"""What admins do with the personal data of a partner or a customer: save a copy, and erase them."""

from urllib.parse import quote

import msgspec
from chalice.app import Response

from chalicelib.admin.english import money
from chalicelib.admin.page import SHELL, AdminPage, respond
from chalicelib.admin.session import AdminVisit, signed_in
from chalicelib.kit.errors import Refused
from chalicelib.privacy.erase import erase
from chalicelib.privacy.export import copy_page
from chalicelib.privacy.owed import owed
from chalicelib.privacy.people import find_person, kind_of
from chalicelib.web import shell
from chalicelib.web.flash import make_flash
from chalicelib.web.forms import takes

_MOST_RECORDS = 100_000


@signed_in
def save_copy(visit: AdminVisit, id: str) -> Response:
    """Save all that is kept about somebody; what takes too long to read has a cursor, by which the rest is saved."""
    person = find_person(kind_of(id), id)
    copied = copy_page(person, visit.query.get("cursor"), limit=_MOST_RECORDS, at=visit.at)
    text = msgspec.json.format(msgspec.json.encode(copied), indent=2).decode()
    return shell.save_as(SHELL, text, f"{person.id}.json", kind="application/json")


@signed_in
def ask_to_erase(visit: AdminVisit, id: str) -> Response:
    """Say what erasing somebody does."""
    return respond(_page(id))


@signed_in
@takes("gives_up")
def erase_person(visit: AdminVisit, id: str) -> Response:
    """Erase a partner or a customer."""
    try:
        erase(kind_of(id), id, gives_up="gives_up" in visit.form, actor=visit.actor, at=visit.at)
    except Refused as refusal:
        return respond(_page(id), refusal=refusal)
    if kind_of(id) == "customer":
        return shell.redirect(SHELL, f"/admin/events?subject={quote(id, safe='')}")
    done = make_flash(f"/admin/partners/{quote(id, safe='')}", "The partner was erased.", reader=visit.token.holder_id)
    return shell.redirect(SHELL, done.path, cookie=done.cookie)


def _page(identifier: str) -> AdminPage:
    person = find_person(kind_of(identifier), identifier)
    amounts = [money(one.held + one.due + one.frozen, currency) for currency, one in owed(person).items()]
    happens = [
        "Name, email address, your ID for them, notes and words are gone for good. Nobody can bring them back.",
        "Amounts, decisions, ledger and audit trail stay, about an ID of ours; backups keep the rest for 35 days.",
        "The address gets no emails any more, but the link to sign in by that somebody asks for.",
    ]
    if person.kind == "partner":
        happens += [
            "All their links end, with their pages and sessions, and their codes are given to nobody else.",
            "Whom they sent keeps counting, but what that earns from now on is in no payout.",
        ]
    else:
        happens.append(
            "What your server reports of them later under the same ID counts, and nothing of them is stored."
        )
    if amounts:
        happens.append(
            f"They are owed {', '.join(amounts)}. Pay it before; or have them give it up, and it is refused."
        )
    values = {"happens": happens, "person": person, "owed": ", ".join(amounts)}
    return AdminPage("erasure", "programs", f"Erase this {person.kind}", values)
