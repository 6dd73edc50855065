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
        assert (answer.json["id"], duplicate["id"] in answer.json["duplicates"]) == (stays, True), answer.body

    def who_stays(self, identifier):
        """Return the id of the partner whom an id leads to."""
        return self.merged_into.get(identifier, identifier)

    def _stopped(self, identifier):
        return [one for one in self.stops if one.partner == identifier and one.end is None]
