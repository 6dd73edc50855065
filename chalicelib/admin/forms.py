"""Does what the forms of the admin pages ask for, as the API does it; each form refuses what the API refuses."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from chalicelib.admin.english import LOCALE
from chalicelib.admin.search import search
from chalicelib.audit.actor import Actor
from chalicelib.emails.suppressions import UNSUBSCRIBED
from chalicelib.kit import bodies, idempotency
from chalicelib.kit.dynamo import rows
from chalicelib.kit.errors import InvalidValue
from chalicelib.kit.idempotency import CallReceipt, Receipt
from chalicelib.kit.keyed_digests import fingerprints
from chalicelib.language.formats import listed
from chalicelib.notes.table import new_note
from chalicelib.onboarding.applications import ApplicationNotFound, approve, refuse
from chalicelib.onboarding.applications import find as find_application
from chalicelib.onboarding.invitations import BEFORE, INVITED, PARTNER, TWICE, invite
from chalicelib.onboarding.shapes import Invitee, Refusal, read_invitees
from chalicelib.payouts import settle
from chalicelib.payouts.approval import approve as approve_payout
from chalicelib.payouts.find import find as find_payout
from chalicelib.payouts.prepare import create, prepare
from chalicelib.payouts.shapes import NewPayout, ReturnedPayment, Settlement
from chalicelib.payouts.table import Item, Payout, item_key
from chalicelib.programs.find import find
from chalicelib.rewards import review
from chalicelib.rewards.fulfill import fulfill
from chalicelib.rewards.shapes import FulfillmentReport, Review

Form = dict[str, str]
T = TypeVar("T")
_INVITED = {INVITED: "invited", BEFORE: "already invited", PARTNER: "already in the program", TWICE: "listed twice"}
# They are in a flash message, and so in a cookie, which has 4,096 bytes at most.
_MOST_NAMED = 10
_DECISIONS = {"hold": review.hold, "release": review.release, "refuse": review.refuse}
_SETTLEMENTS = {"confirm": settle.confirm, "fail": settle.fail}


def admit(program: str, form: Form, *, actor: Actor, at: datetime) -> str:
    """Invite people, or answer an application. Returns the result, as a sentence."""
    action = form.get("action", "")
    if action in ("approve", "refuse"):
        _check_application(form.get("application", ""), program)
    if action == "approve":
        application = approve(form.get("application", ""), actor=actor, at=at)
        return f"{application.name} was approved and gets an email with the link to their page."
    if action == "refuse":
        words = bodies.typed({"note": form.get("note", "")}, Refusal, strict=True).note
        application = refuse(form.get("application", ""), new_note(words, at=at), actor=actor, at=at)
        return f"{application.name} was refused and gets an email. The note is kept on record and not sent."
    invitees = _invitees(action, form)
    results = [result for result, _ in invite(program, invitees, actor=actor, at=at)]
    numbers = Counter(results)
    done = ", ".join(f"{numbers[result]} {words}" for result, words in _INVITED.items() if numbers[result])
    unsubscribed = [one.email for one, result in zip(invitees, results, strict=True) if result == UNSUBSCRIBED]
    named = [*unsubscribed[:_MOST_NAMED], *([f"{more} more"] if (more := len(unsubscribed) - _MOST_NAMED) > 0 else [])]
    not_done = f"{listed(named, LOCALE)} unsubscribed from invitations" if named else ""
    return " ".join(f"{part}." for part in (done, not_done) if part)


def _check_application(application: str, program: str) -> None:
    """Refuse an application to another program: who answers those of one may not answer them."""
    if find_application(application).program_id != find(program).program.id:
        raise ApplicationNotFound(f"There is no application {application!r} to this program.")


def _invitees(action: str, form: Form) -> list[Invitee]:
    if action == "invite":
        fields = {name: form[name] for name in ("email", "name", "locale") if name in form}
        return [bodies.typed(fields, Invitee, strict=True)]
    if action == "invite_all":
        return read_invitees(form.get("csv", "").encode())
    raise InvalidValue("Choose to invite, approve or refuse.", pointer="/action")


def decide_reward(reward: str, form: Form, *, actor: Actor, at: datetime) -> None:
    """Hold, release or refuse a reward, with a note; or mark a benefit as given."""
    if form.get("action") == "give":
        fields = {"reference": form["reference"]} if "reference" in form else {}
        report = bodies.typed(fields, FulfillmentReport, strict=True)
        fulfill(reward, report.reference, actor=actor, at=at)
        return
    decide = _DECISIONS.get(form.get("action", ""))
    if decide is None:
        raise InvalidValue("Choose to hold, release, refuse or give.", pointer="/action")
    words = bodies.typed({"note": form.get("note", "")}, Review, strict=True).note
    decide(reward, new_note(words, at=at), actor=actor, at=at)


def begin_payout(form: Form, *, actor: Actor, at: datetime) -> str:
    """Begin a payout, once however often its form is sent, and prepare it for some seconds. Returns its id."""
    new = bodies.typed({"currency": form.get("currency", "")}, NewPayout, strict=True)

    def begin(receipt: Receipt) -> Payout:
        return create(new.currency, actor=actor, at=at, receipt=receipt)

    payout_id = begin_once(form, "/admin/payouts", new, begin, id_of=lambda payout: payout.id, actor=actor, at=at)
    prepare(payout_id, actor=actor, at=at)
    return payout_id


def begin_once(
    form: Form,
    address: str,
    new: object,
    begin: Callable[[Receipt], T],
    *,
    id_of: Callable[[T], str],
    actor: Actor,
    at: datetime,
) -> str:
    """Begin something once for each form that was shown, and return its id, however often the form is sent."""
    key = form.get("once", "")
    idempotency.check(key)
    begun = idempotency.once(
        f"{actor.id}#{address}#{key}",
        begin,
        fingerprints=fingerprints(new),
        status=303,
        body=id_of,
        at=at,
    )
    return begun.body if isinstance(begun, CallReceipt) else id_of(begun)


def find_in_payout(payout: str, text: str) -> list[str]:
    """Return the ids of a payout's owners that match a text. Refuses if none do."""
    payout_id = find_payout(payout).id
    people = [one for one in search(text) if one.startswith(("ptr_", "cus_"))]
    items = rows.find_all(Item, [(payout_id, item_key(one)) for one in people])
    if not items:
        raise InvalidValue(f"No payment in this payout goes to {text!r}.", pointer="/find")
    return [one for one in people if (payout_id, item_key(one)) in items]


def settle_payout(payout: str, form: Form, *, actor: Actor, at: datetime) -> None:
    """Prepare a payout, approve it, confirm or fail it for all or for one owner, or take back a returned payment."""
    action, owner, words = form.get("action", ""), form.get("owner"), form.get("note", "")
    if action == "prepare":
        prepare(payout, actor=actor, at=at)
    elif action == "approve":
        approve_payout(payout, actor=actor, at=at)
    elif action in _SETTLEMENTS:
        settlement = bodies.typed({"note": words, "owners": [owner] if owner else None}, Settlement, strict=True)
        _SETTLEMENTS[action](payout, settlement.owners, settlement.note, actor=actor, at=at)
    elif action == "return":
        returned = bodies.typed({"note": words, "owners": [owner or ""]}, ReturnedPayment, strict=True)
        settle.return_paid(payout, returned.owners, returned.note, actor=actor, at=at)
    else:
        raise InvalidValue("Choose to prepare, approve, confirm, fail or return.", pointer="/action")
