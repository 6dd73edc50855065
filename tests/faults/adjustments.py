"""What people add to an account, or take off it: bonuses and deductions, and who decides those above an amount."""

from dataclasses import dataclass

LIMIT = 10_000


@dataclass
class Adjusted:
    """An adjustment as it was requested, and what became of it."""

    id: str
    partner: str
    body: dict
    status: str

    @property
    def gained(self):
        """Return what the partner's account gained by it."""
        amount = self.body["amount"]["amount"] if self.status == "posted" else 0
        return amount if self.body["type"] == "bonus" else -amount


class Adjustments:
    """The part of a business that adjusts accounts by hand, and what must come of it."""

    def need_two(self):
        """Have adjustments above the limit need a second person from now on, who has a key of their own."""
        if self.second_key is None:
            amounts = [{"amount": LIMIT, "currency": "USD"}]
            self.call("POST", "/v1/adjustment-settings", {"approval_above": amounts}, once=False)
            made = self.call("POST", "/v1/keys", {"name": "second", "scopes": ["rewards:write"]})
            self.second_key = made.json["secret"]

    def adjust(self, partner, type_, amount):
        """Request an adjustment, and once more as it was; what waits moves nothing."""
        body = {
            "adjustment_id": f"adjustment-{len(self.adjusted)}",
            "type": type_,
            "amount": {"amount": amount, "currency": "USD"},
            "reason": "correction",
            "note": "as agreed",
        }
        path = f"/v1/partners/{partner['id']}/adjustments"
        first, again = (self.call("POST", path, body, once=False) for _ in range(2))
        assert (first.status, first.json) == (201, again.json), (first.body, again.body)
        waits = self.second_key is not None and amount > LIMIT
        assert first.json["status"] == ("pending" if waits else "posted"), first.body
        identifier = self.who_stays(partner["id"])
        self.adjusted.append(Adjusted(first.json["id"], identifier, body, first.json["status"]))
        return self.adjusted[-1]

    def decide(self, adjusted, verb):
        """Have the second person approve or refuse an adjustment; one that is decided stays as it is."""
        body = {"note": "as agreed"} if verb == "refuse" else None
        path, after = f"/v1/adjustments/{adjusted.id}/{verb}", {"approve": "posted", "refuse": "refused"}[verb]
        answer = self.call("POST", path, body, once=False, key=self.second_key)
        if adjusted.status == "pending":
            adjusted.status = after
            assert (answer.status, answer.json["status"]) == (200, after), answer.body
        else:
            assert answer.status in ((200, 409) if adjusted.status == after else (409,)), answer.body

    def gained(self, partner):
        """Return what a partner's account gained by adjustments."""
        return sum(one.gained for one in self.adjusted if one.partner == partner["id"])
