"""
Calendars: by which time zone's clock days begin, where it was another zone's before.

A day that has begun stays what it was: another zone holds from the next midnight that has passed in both zones, and so
each moment is of one day, week, month and year for good, and these follow each other without a gap.

Pure: no I/O, no clock.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct

from chalicelib.kit import instants

MOST_ZONES = 20
_A_MOMENT = timedelta(milliseconds=1)
# A zone, and until when its clock counted, as `instants.text` writes it: they are stored.
FormerZone = tuple[str, str]
_BEGINNING, _END = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


class Calendar(Struct, frozen=True):
    """
    The zone whose clock counts, and those of before, the oldest first; the newest may begin to count only later.

    >>> berlin = Calendar("Europe/Berlin")
    >>> moved = berlin.changed("America/New_York", soonest=instants.parse("2026-03-10T12:00:00Z"))
    >>> moved.former
    (('Europe/Berlin', '2026-03-11T04:00:00.000Z'),)

    The eleventh has begun in Berlin by then, at 23:00Z, and is five hours longer than others:

    >>> instants.text(moved.midnight(date(2026, 3, 11)))
    '2026-03-10T23:00:00.000Z'
    >>> instants.text(moved.midnight(date(2026, 3, 12)))
    '2026-03-12T04:00:00.000Z'
    """

    zone: str
    former: tuple[FormerZone, ...] = ()

    def zone_at(self, at: datetime) -> str:
        """Return the zone whose clock counts at a moment."""
        return next((zone for zone, until in self.former if at < instants.parse(until)), self.zone)

    def day_of(self, at: datetime) -> date:
        """Return the day that a moment is of."""
        return at.astimezone(ZoneInfo(self.zone_at(at))).date()

    def midnight(self, day: date) -> datetime:
        """Return when a day begins."""
        spans = self._spans()
        return next(begun for zone, since, until in spans if (begun := max(_midnight(day, zone), since)) < until)

    def changed(self, zone: str, *, soonest: datetime) -> "Calendar":
        """
        Return the calendar in which another zone counts from the next midnight after *soonest*, once it passed in both.

        A zone that was to count later than *soonest* never does. Raises ValueError, with the reason, if the days cannot
        go on in that zone.
        """
        settled = self._settled(soonest)
        if zone == settled.zone:
            return settled
        if len(settled.former) >= MOST_ZONES:
            raise ValueError(f"the time zone was changed {MOST_ZONES} times before")
        day = settled.day_of(soonest) + timedelta(days=1)
        begins = max(settled.midnight(day), _midnight(day, zone))
        changed = Calendar(zone, (*settled.former, (settled.zone, instants.text(begins))))
        if changed.day_of(begins) < settled.day_of(begins - _A_MOMENT):
            raise ValueError("it is a whole day behind the zone of now, and a day would come twice")
        return changed

    def _settled(self, soonest: datetime) -> "Calendar":
        """Return the calendar without what was to begin later than *soonest*."""
        begun = tuple(one for one in self.former if instants.parse(one[1]) <= soonest)
        return Calendar(self.former[len(begun)][0] if len(begun) < len(self.former) else self.zone, begun)

    def _spans(self) -> Iterator[tuple[str, datetime, datetime]]:
        """Yield each zone, with the moments from which on and until which its clock counts."""
        since = _BEGINNING
        for zone, written in self.former:
            until = instants.parse(written)
            yield zone, since, until
            since = until
        yield self.zone, since, _END


def _midnight(day: date, zone: str) -> datetime:
    return instants.midnight(day, ZoneInfo(zone))
