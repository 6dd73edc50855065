"""The last conversions of a program, from its events: in few calls, however many days they are from."""

from datetime import datetime

from chalicelib.conversions.table import CREDIT
from chalicelib.events.table import lists_of, newest_of_types, position_of
from chalicelib.rewards.dry_run import Listed

# Under which sort key a conversion is, and its late credit.
_SORTS = {"conversion.recorded": "conversion", "conversion.credited": CREDIT}


def recent_conversions(program_id: str, *, begin: datetime, end: datetime, most: int) -> tuple[list[Listed], bool]:
    """
    Return the last conversions of a span, newest first, *most* at most; and whether these are all of the span.

    A call for each list of the program's events. Where one call does not reach the beginning of a list, what is older
    than that is left out of all.
    """
    pages = [
        newest_of_types(name, _SORTS, after=position_of(begin), until=position_of(end)) for name in lists_of(program_id)
    ]
    known_from = max((horizon for _, horizon in pages if horizon is not None), default="")
    events = sorted(
        (event for page, _ in pages for event in page if event.position >= known_from),
        key=lambda event: event.position,
        reverse=True,
    )
    listed = [Listed(event.position, event.subject_id, _SORTS[event.type]) for event in events]
    return listed[:most], not known_from and len(listed) <= most
