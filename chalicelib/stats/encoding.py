"""
How counts are stored: in which row, in which of its slots, and in which form.

A click that is added makes its whole range be counted again, so a range must stay small: a minute, or ten seconds where
a link is hot. The first shard of a link has its everyday clicks: a row an hour, a slot a minute. Each other shard has
what comes many times a second: a row for ten minutes, a slot for ten seconds. Either row has sixty slots, m00 to m59.

    pk, sk                              attribute  meaning                                       bytes of the attribute
    link#tea, 2026-03-10T12#0           m07        everyday clicks, 12:07 to 12:08: packed       7, if all were people
    link#tea, 2026-03-10T12#17#4        m23        shard 17, 12:43:50 to 12:44:00: packed        as many
    ptr_1#prg_1, 2026-03-10T12          m07        outcomes of a partner, 12:07 to 12:08: list   43 for one sale
    ptr_1#prg_1, 2026-03-10T12          l07        the links these came by: a code, or JSON      6 for one link, tea
    none3#prg_1, 2026-03-10T12          m07        outcomes without a partner; 8 shards          43 for one sale
    days#link#tea, 2026-03-10           quarters   daily rollup of a link (or a partner, ...)    53 a quarter of an hour
    days#ptr_1#prg_1, 2026-03-10        by_link    the day's sums of each link of a partner      50 to 70 a link
    hours#program#prg_1, 2026-03-10T12  quarters   hourly rollup of a program                    53 a quarter of an hour
    sums#program#prg_1, 2026-03-10#0000   sums  a closed day by partner, link and section     30 to 70 a link
    origins#program#prg_1, 2026-03-10#0000      its clicks by where they came from            25 a name and link
    unique#link#tea, 2026-03-10         visitors   unique visitors of a link (or a program)      10

Packed clicks are one whole number: the total, then each class in five digits. Two people and a bot are 3, then 00002
(human) 00001 (bot) 00000 (head) 00000 (prefetch) 00000 (preview): 30000200001000000000000000.
A list is the number of outcomes, then each sum in the order of Counts. Where all outcomes of a minute came by one link,
its code says it; where they did not, a JSON object has the sums of each, and what came by no link that is known is the
rest. Both numbers grow with each click and each outcome, so what is stored is only ever raised. Rollups keep quarters
of an hour, since days begin on different quarters of the UTC hour in different time zones. Pure: no I/O, no clock.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

import msgspec

from chalicelib.stats.counts import Counts

SLOTS = [f"m{number:02}" for number in range(60)]
LINK_SLOTS = [f"l{number:02}" for number in range(60)]
CLICK_CLASSES = ("human", "bot", "head", "prefetch", "preview")
# A packed number has at most 38 digits: DynamoDB takes no more.
_LIMIT = 10**5
_OUTCOMES = Counts.__struct_fields__[len(CLICK_CLASSES) :]
_MINUTE, _TEN_SECONDS = timedelta(minutes=1), timedelta(seconds=10)


class Slot(NamedTuple):
    """A range of one shard: the sort key and the slot it is counted in, and its begin and length."""

    sk: str
    number: int
    begin: datetime
    length: timedelta

    @property
    def end(self) -> datetime:
        return self.begin + self.length


def slot_of(shard: int, at: datetime) -> Slot:
    """Return the slot of a click that came at *at* and was put into that shard."""
    minute = at.replace(second=0, microsecond=0)
    hour = f"{at:%Y-%m-%dT%H}"
    if shard == 0:
        return Slot(f"{hour}#0", at.minute, minute, _MINUTE)
    ten_minutes, minutes = divmod(at.minute, 10)
    seconds = at.second // 10
    begin = minute + seconds * _TEN_SECONDS
    return Slot(f"{hour}#{shard}#{ten_minutes}", minutes * 6 + seconds, begin, _TEN_SECONDS)


def begin_of(sk: str, number: int) -> datetime:
    """Return when a slot of a row begins."""
    hour, shard, *ten_minutes = sk.split("#")
    begin = datetime.fromisoformat(f"{hour}:00:00+00:00")
    if shard == "0":
        return begin + number * _MINUTE
    return begin + int(ten_minutes[0]) * 10 * _MINUTE + number * _TEN_SECONDS


def shard_of(sk: str) -> int:
    """Return the shard a row counts."""
    return int(sk.split("#")[1])


def encode_clicks(classes: Iterable[str]) -> int:
    """
    Return the clicks of one range, by their classes, as one packed number.

    DynamoDB stores a number without its trailing zeros: a minute with nothing but people takes four bytes.
    """
    counted = dict.fromkeys(CLICK_CLASSES, 0)
    for name in classes:
        counted[name] += 1
    return pack(counted)


def decode_clicks(packed: int) -> Counts:
    """Return the counts of a packed number."""
    return Counts(**unpack(packed))


def pack(counted: dict[str, int]) -> int:
    """Return the number of clicks of each class as one number; a click more is a larger number."""
    packed = sum(counted.values())
    for name in CLICK_CLASSES:
        if counted[name] >= _LIMIT:
            raise ValueError(f"more than {_LIMIT - 1} {name} clicks in one minute of one shard")
        packed = packed * _LIMIT + counted[name]
    return packed


def unpack(packed: int) -> dict[str, int]:
    """Return the number of clicks of each class."""
    counted = {}
    for name in reversed(CLICK_CLASSES):
        packed, counted[name] = divmod(packed, _LIMIT)
    return {name: counted[name] for name in CLICK_CLASSES}


def packed_total(packed: int) -> int:
    """Return the total that a packed number begins with."""
    for _ in CLICK_CLASSES:
        packed //= _LIMIT
    return packed


def encode_outcomes(rows: int, counts: Counts) -> list[int]:
    """Return the outcomes of one minute as a list: the number of rows first, then each sum."""
    return [rows, *(getattr(counts, name) for name in _OUTCOMES)]


def decode_outcomes(stored: list[int]) -> Counts:
    """Return the counts of a list. One that was stored before a count was added to the end does not have it."""
    return Counts(**dict(zip(_OUTCOMES, stored[1:], strict=False)))


def encode_links(by_link: Mapping[str | None, Counts]) -> str | None:
    """Return the links of one minute's outcomes, in the order of their codes; None if none is known."""
    sums = {code_key: by_link[code_key] for code_key in sorted(by_link, key=str) if code_key is not None}
    if len(sums) == len(by_link) == 1:
        return next(iter(sums))
    return msgspec.json.encode(sums).decode() if sums else None


def decode_links(stored: str, counts: Counts) -> dict[str, Counts]:
    """Return the counts of each link; *counts* are those of the whole minute."""
    return msgspec.json.decode(stored, type=dict[str, Counts]) if stored.startswith("{") else {stored: counts}
