"""
Calendars: the days of a time zone that can change.

A day that has begun does not change: a new zone takes effect at the next midnight that has passed in both zones. So
each moment permanently belongs to one day, week, month and year, and these follow each other without gaps.

Pure: no I/O, no clock.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct

from chalicelib.kit import instants

MOST_ZONES = 20
_A_MOMENT = timedelta(milliseconds=1)
# A zone and its end, in the form of `instants.text`; both are stored.
FormerZone = tuple[str, str]
_BEGINNING, _END = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


class Calendar(Struct, frozen=True):
    """
    The newest zone, which may only take effect later, and the previous ones, oldest first.

    >>> berlin = Calendar("Europe/Berlin")
    >>> moved = berlin.changed("America/New_York", soonest=instants.parse("2026-03-10T12:00:00Z"))
    >>> moved.former
    (('Europe/Berlin', '2026-03-11T04:00:00.000Z'),)

    The eleventh begins in Berlin, at 23:00Z, ends in New York, and is five hours longer than other days:

    >>> instants.text(moved.midnight(date(2026, 3, 11)))
    '2026-03-10T23:00:00.000Z'
    >>> instants.text(moved.midnight(date(2026, 3, 12)))
    '2026-03-12T04:00:00.000Z'
    """

    zone: str
    former: tuple[FormerZone, ...] = ()

    def zone_at(self, at: datetime) -> str:
        """Return the zone in effect at a moment."""
        return next((zone for zone, until in self.former if at < instants.parse(until)), self.zone)

    def day_of(self, at: datetime) -> date:
        """Return the day of a moment."""
        return at.astimezone(ZoneInfo(self.zone_at(at))).date()

    def midnight(self, day: date) -> datetime:
        """Return when a day begins."""
        spans = self._spans()
        return next(begun for zone, since, until in spans if (begun := max(_midnight(day, zone), since)) < until)

    def changed(self, zone: str, *, soonest: datetime) -> "Calendar":
        """
        Return the calendar with a new zone, in effect from the next midnight after *soonest* that has passed in both.

        It replaces a zone that would take effect after *soonest*. Raises ValueError, with the reason, if the zone
        cannot be changed to this one.
        """
        settled = self._settled(soonest)
        if zone == settled.zone:
            return settled
        if len(settled.former) >= MOST_ZONES:
            raise ValueError(f"it was already changed {MOST_ZONES} times")
        day = settled.day_of(soonest) + timedelta(days=1)
        begins = max(settled.midnight(day), _midnight(day, zone))
        changed = Calendar(zone, (*settled.former, (settled.zone, instants.text(begins))))
        if changed.day_of(begins) < settled.day_of(begins - _A_MOMENT):
            raise ValueError("it is a whole day behind the current one, so a day would occur twice")
        return changed

    def _settled(self, soonest: datetime) -> "Calendar":
        """Return the calendar without a zone that would take effect after *soonest*."""
        begun = tuple(one for one in self.former if instants.parse(one[1]) <= soonest)
        return Calendar(self.former[len(begun)][0] if len(begun) < len(self.former) else self.zone, begun)

    def _spans(self) -> Iterator[tuple[str, datetime, datetime]]:
        """Yield each zone with its beginning and its end."""
        since = _BEGINNING
        for zone, written in self.former:
            until = instants.parse(written)
            yield zone, since, until
            since = until
        yield self.zone, since, _END


def _midnight(day: date, zone: str) -> datetime:
    return instants.midnight(day, ZoneInfo(zone))
