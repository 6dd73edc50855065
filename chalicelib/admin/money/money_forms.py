"""Does what the forms of rewards and payouts ask for, as the API does it; each refuses what the API refuses."""

from datetime import datetime

from chalicelib.admin.once import Form, begin_once
from chalicelib.admin.search import search
from chalicelib.audit.actor import Actor
from chalicelib.kit import bodies
from chalicelib.kit.dynamo import rows
from chalicelib.kit.errors import InvalidValue
from chalicelib.kit.idempotency import Receipt
from chalicelib.notes.table import new_note
from chalicelib.payouts import settle
from chalicelib.payouts.approval import approve as approve_payout
from chalicelib.payouts.find import find as find_payout
from chalicelib.payouts.prepare import create, prepare
from chalicelib.payouts.shapes import NewPayout, ReturnedPayment, Settlement
from chalicelib.payouts.table import Item, Payout, item_key
from chalicelib.rewards import review
from chalicelib.rewards.codes import replace_code
from chalicelib.rewards.fulfill import GivingReport, fulfill
from chalicelib.rewards.shapes import FulfillmentReport, Review

_DECISIONS = {"hold": review.hold, "release": review.release, "refuse": review.refuse}
_SETTLEMENTS = {"confirm": settle.confirm, "fail": settle.fail}


def decide_reward(reward: str, form: Form, *, actor: Actor, at: datetime) -> None:
    """Hold, release or refuse a reward, with a note; or mark a benefit as given, or give another code for it."""
    action = form.get("action")
    if action in ("give", "code"):
        fields = {name: form[name] for name in ("reference", "code", "instructions") if name in form}
        if action == "give":
            report = bodies.typed(fields, FulfillmentReport, strict=True)
            fulfill(reward, GivingReport(report.reference, report.code, report.instructions), actor=actor, at=at)
        else:
            new = bodies.typed({"code": "", **fields}, FulfillmentReport, strict=True)
            replace_code(reward, str(new.code), new.instructions, actor=actor, at=at)
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
