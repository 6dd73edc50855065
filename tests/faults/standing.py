"""What becomes of partners in a business: suspended, banned, active again, and two who are one person, merged."""

from dataclasses import dataclass
from datetime import datetime

from chalicelib.kit import instants, memory
from chalicelib.partners.change_standing import NOTICE


@dataclass
class Stop:
    """That a partner earns nothing by what is received from one moment to another."""

    partner: str
    begin: datetime
    end: datetime | None = None


class Standing:
    """The part of a business that stops partners and merges them, and what must come of it."""

    def stop(self, partner, how, earned="keep"):
        """Suspend or ban a partner, perhaps one who is already."""
        body = {"reason": "under_review", "earned": earned, "note": "as agreed"}
        answer = self.call("POST", f"/v1/partners/{partner['id']}/{how}", body)
        identifier = self.who_stays(partner["id"])
        state = {"suspend": "suspended", "ban": "banned"}[how]
        assert (answer.status, answer.json["id"], answer.json["state"]) == (200, identifier, state), answer.body
        if not self._stopped(identifier):
            self.stops.append(Stop(identifier, instants.parse(answer.json["state_from"])))

    def reactivate(self, partner):
        """Have a partner earn again, perhaps one who does anyway."""
        answer = self.call("POST", f"/v1/partners/{partner['id']}/reactivate", {})
        assert (answer.status, answer.json["state"]) == (200, "active"), answer.body
        for one in self._stopped(self.who_stays(partner["id"])):
            # It begins a minute after the call, as what it ends did.
            one.end = max(one.begin, self.shop.at + NOTICE)

    def merge(self, duplicate, partner):
        """Merge a partner into another, perhaps once more; both ids lead to who stays."""
        answer = self.call("POST", f"/v1/partners/{duplicate['id']}/merge", {"into": partner["id"]})
        done = duplicate["id"] in self.merged_into
        if not done and any(self._stopped(self.who_stays(one["id"])) for one in (duplicate, partner)):
            assert (answer.status, answer.json["code"]) == (409, "partner_stopped"), answer.body
            return
        assert answer.status == 200, answer.body
        # Others know it within half a minute.
        memory.forget_everything()
        stays = self.who_stays(partner["id"])
        self.merged_into[duplicate["id"]] = stays
        for sale in self.sales.values():
            # What is not credited late by now is credited to who stays.
            if sale.partner == duplicate["id"] and not self._is_credited(sale):
                sale.partner = stays
        assert (answer.json["id"], duplicate["id"] in answer.json["duplicates"]) == (stays, True), answer.body

    def merge_guest(self, guest, into):
        """Merge a customer into another, perhaps once more; what is reported of either is the account's."""
        if not {guest, into} <= {sale.customer for sale in self.sales.values()}:
            return
        answer = self.call("POST", f"/v1/customers/ext_{guest}/merge", {"into": f"ext_{into}"})
        assert answer.status == 200, answer.body
        memory.forget_everything()
        if guest in self.account_of:
            return
        self.welcomed_apart |= {one for one in (guest, into) if self._was_welcomed(one)}
        self.account_of[guest] = into
        for kind in ("sale", "lead"):
            self.counted[into, kind] = self.counted.get((into, kind), 0) + self.counted.pop((guest, kind), 0)
        bound = self.bound.pop(guest, None)
        if bound is not None:
            self.bound.setdefault(into, bound)
        if into in self.bound:
            for sale in self.of(into):
                self._credit_late(sale)

    def account(self, customer):
        """Return the name of the customer whom a name leads to."""
        return self.account_of.get(customer, customer)

    def friends(self):
        """Return who was welcomed: each account once, and each of those who were one by one before they were merged."""
        welcomed = {one.customer for one in self.sales.values() if one.type == "lead" and one.was_credited}
        apart = {self.account(one) for one in self.welcomed_apart}
        return self.welcomed_apart | ({self.account(one) for one in welcomed} - apart)

    def _was_welcomed(self, customer):
        leads = (one for one in self.sales.values() if (one.type, one.customer) == ("lead", customer))
        return any(one.was_credited and self._is_credited(one) for one in leads)

    def who_stays(self, identifier):
        """Return the id of the partner whom an id leads to."""
        return self.merged_into.get(identifier, identifier)

    def _stopped(self, identifier):
        return [one for one in self.stops if one.partner == identifier and one.end is None]
