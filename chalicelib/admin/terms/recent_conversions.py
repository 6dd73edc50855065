"""The last conversions of a program, from its events: in few calls, however many days they are from."""

from datetime import datetime

from chalicelib.conversions.table import CREDIT
from chalicelib.events.table import lists_of, newest_of_types, position_of
from chalicelib.rewards.dry_run import Listed

# Under which sort key a conversion is, and its late credit.
_SORTS = {"conversion.recorded": "conversion", "conversion.credited": CREDIT}


# A call for each list, and so many more where other events are newer than the conversions.
_MORE_CALLS = 6


def recent_conversions(program_id: str, *, begin: datetime, end: datetime, most: int) -> tuple[list[Listed], bool]:
    """
    Return the last conversions of a span, newest first, *most* at most; and whether these are all of the span.

    What is older than the last event that was read of any list is left out of all: there may be others between.
    """
    first = position_of(begin)
    read_to = dict.fromkeys(lists_of(program_id), position_of(end))
    unread, events = dict[str, str](), dict[str, Listed]()

    def read(name: str) -> None:
        page, horizon = newest_of_types(name, _SORTS, after=first, until=read_to[name])
        unread.pop(name, None)
        if horizon is not None:
            unread[name] = read_to[name] = horizon
        events.update({one.position: Listed(one.position, one.subject_id, _SORTS[one.type]) for one in page})

    for name in read_to:
        read(name)
    for _ in range(_MORE_CALLS):
        known_from = max(unread.values(), default="")
        if not known_from or sum(position >= known_from for position in events) >= most:
            break
        read(max(unread, key=unread.__getitem__))
    known_from = max(unread.values(), default="")
    listed = [events[position] for position in sorted(events, reverse=True) if position >= known_from]
    return listed[:most], not known_from and len(listed) <= most
