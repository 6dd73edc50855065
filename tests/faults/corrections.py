"""What an admin corrects in a business: whom a conversion is credited to, and what is voided."""

from chalicelib.conversions.table import correction_id
from tests.faults.model import Bound
from tests.faults.reading import table


class Corrections:
    """The part of a business that corrects, and what must come of it."""

    def credit(self, sale, partner):
        """Credit a conversion to another partner, or to nobody, by hand; whoever was nobody's belongs to them then."""
        body = {"partner": partner and partner["id"], "reason": "wrong_partner", "note": "as they say"}
        answer = self.call("POST", f"/v1/conversions/{sale.id}/credit", body)
        if self._is_void(sale, answer):
            return
        credited = partner and self.who_stays(partner["id"])
        now = sale.partner if self._is_credited(sale) else None
        # What a duplicate was credited with is the credit of who stays.
        is_theirs = credited == (now and self.who_stays(now))
        assert (answer.status, answer.json["partner"]) == (200, now if is_theirs else credited), answer.body
        if is_theirs:
            return
        if now is None and not sale.corrections:
            sale.version = sale.in_force
        had_place = sale.partner is not None or sale.corrections
        if not self._is_credited(sale):
            sale.first = None
        introduction = self._introduction(sale, credited)
        self._correct(sale, credited, introduction)
        if partner is not None:
            sale.was_credited = True
            if not had_place and (sale.type != "sale" or sale.reported):
                sale.number = None
                place = self.account(sale.customer), sale.type
                self.counted[place] = self.counted.get(place, 0) + 1
            bound = self.bound.get(self.account(sale.customer))
            # A sign-up takes its customer along, and so does what brought them.
            if bound is None or sale.type == "lead" or bound.conversion == sale.id:
                self._rebind(sale, credited, introduction)

    def _introduction(self, sale, partner):
        """Return the introduction by which a conversion is a partner's: of its first credit, or their customer's."""
        if partner is None:
            return None
        bound = self.bound.get(self.account(sale.customer))
        theirs = bound.introduction if bound is not None and self.who_stays(bound.partner) == partner else None
        first = sale.first if sale.first is not None and self.who_stays(sale.first[0]) == partner else None
        return (first and first[1]) or theirs

    def _is_credited(self, sale):
        """Return whether it is credited by now: late, that is only once it is delivered."""
        late = sale.number is None and not sale.corrections
        return not late or any(
            row["pk"] == sale.id and row["sk"] == "credit" for row in table(self.shop, "conversions")
        )

    def _rebind(self, sale, partner, introduction):
        customer = self.account(sale.customer)
        bound = self.bound.get(customer)
        if bound is not None and self.who_stays(bound.partner) == partner:
            return
        self.bound[customer] = Bound(partner, sale.version, sale.occurred_at, sale.id, introduction)
        for other in self.of(customer):
            if not self._is_credited(other):
                # What is not credited late by now is credited to whoever the customer is bound to by then.
                other.partner, other.was_credited, other.number = None, False, 0
                other.introduction, other.first = None, None
            self._credit_late(other)

    def _correct(self, sale, partner, introduction=None):
        turns = sum(not one.stands for one in sale.refunds) + sale.amendments + sale.corrections + 1
        sale.granted_as = correction_id(sale.id, turns)
        sale.partner, sale.corrections, sale.introduction = partner, sale.corrections + 1, introduction

    def void(self, sale):
        """Void a conversion, perhaps again."""
        answer = self.call("POST", f"/v1/conversions/{sale.id}/void", {"reason": "test", "note": "a test"})
        assert (answer.status, answer.json["partner"]) == (200, None), answer.body
        assert answer.json["voided_at"]
        if not sale.voided:
            # What would have been credited late is not any more.
            sale.was_credited &= self._is_credited(sale)
            self._correct(sale, None)
        sale.voided = True

    def _is_void(self, sale, answer):
        if sale.voided:
            assert (answer.status, answer.json["code"]) == (409, "conversion_voided"), answer.body
        return sale.voided
