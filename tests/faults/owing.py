"""What partners of a business are owed, by the model."""

from chalicelib.kit import ids


class Owing:
    """The part of a business that adds up what its partners must have earned."""

    def total(self, partner):
        """Return all that a partner is owed or was paid, by the model."""
        return sum(
            self.owed(sale)
            for sale in self.sales.values()
            if sale.partner == partner["id"] and self.word(sale) != "refuse"
        )

    def held(self, partner):
        """Return what of it is held, once the schedule has run."""
        own = (sale for sale in self.sales.values() if sale.partner == partner["id"])
        return sum(self.owed(sale) for sale in own if self.is_held(sale))

    def is_held(self, sale):
        word = self.word(sale)
        if word is not None:
            return word == "hold"
        return sale.due_at > self.shop.at

    def word(self, sale):
        return self.words.get(self.reward_id(sale))

    def reward_id(self, sale, rule="sale_referrer"):
        return ids.derived("rwd", sale.granted_as if rule == "sale_referrer" else sale.id, rule)

    def owed(self, sale):
        """Return what a sale's partner is owed for it: nothing if they were stopped when it was received."""
        return 0 if self.was_stopped(sale.partner, sale.received_at) else sale.owed()

    def was_stopped(self, partner, at):
        return any(
            one.partner == partner and one.begin <= at and (one.end is None or at < one.end) for one in self.stops
        )
