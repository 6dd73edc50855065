"""What a business pays out, and what the bank says of it."""


class Paying:
    """The part of a business that pays."""

    def prepare(self):
        started = self.call("POST", "/v1/payouts", {"currency": "USD"})
        assert started.status == 201, started.body
        self.payouts.append(started.json["id"])
        return self.go_on(started.json["id"])

    def go_on(self, payout):
        answer = self.call("POST", f"/v1/payouts/{payout}/prepare", once=False)
        while answer.json["status"] == "preparing":
            answer = self.call("POST", f"/v1/payouts/{payout}/prepare", once=False)
        return answer

    def settle(self, payout, verb, owners=None):
        body = {"note": "as the bank says"} | ({"owners": owners} if owners else {})
        return self.call("POST", f"/v1/payouts/{payout}/{verb}", body, once=False)
