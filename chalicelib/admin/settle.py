"""Does what is said on the page of a payout: prepares, confirms or fails it, or takes back a payment that returned."""

from datetime import datetime

from chalicelib.kit import bodies
from chalicelib.kit.errors import InvalidValue
from chalicelib.payouts.prepare import prepare
from chalicelib.payouts.settle import confirm, fail, return_paid
from chalicelib.payouts.shapes import ReturnedPayment, Settlement

_SETTLEMENTS = {"confirm": confirm, "fail": fail}


def settle(payout: str, form: dict[str, str], *, at: datetime) -> None:
    """Do the one thing a form asks for, for everybody or for one owner. Refuses what the API refuses."""
    action, owner, reason = form.get("action", ""), form.get("owner"), form.get("reason", "")
    if action == "prepare":
        prepare(payout, at=at)
    elif action in _SETTLEMENTS:
        said = bodies.typed({"reason": reason, "owners": [owner] if owner else None}, Settlement, strict=True)
        _SETTLEMENTS[action](payout, said.owners, said.reason, at=at)
    elif action == "return":
        back = bodies.typed({"reason": reason, "owners": [owner or ""]}, ReturnedPayment, strict=True)
        return_paid(payout, back.owners, back.reason, at=at)
    else:
        raise InvalidValue("A payout is prepared, confirmed or failed, or a payment returned.", pointer="/action")
