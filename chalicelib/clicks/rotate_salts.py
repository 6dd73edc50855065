"""Rotates the salts of visitor hashes. Scheduled; idempotent."""

import secrets
from datetime import UTC, date, datetime, time, timedelta

from chalicelib.clicks import table
from chalicelib.kit.dynamo import wire

# A salt outlives its day by one, for functions whose clocks are behind.
_LIFETIME_DAYS = 2
# How far back a run looks; the table's own deletion is behind it.
_LOOKED_AT_DAYS = 14
_DAY = timedelta(days=1)


def rotate_salts(*, at: datetime) -> None:
    """
    Create the salts of today and tomorrow, unless they exist, and delete those older than two days.

    Without its salt a hash cannot be traced to a visitor. A salt is put once and never changed. Idempotent: safe to run
    late, twice or concurrently; if it did not run, the first click of a day makes its salt.
    """
    today = at.astimezone(UTC).date()
    for day in (today, today + _DAY):
        good_until = datetime.combine(day + _LIFETIME_DAYS * _DAY, time(), UTC)
        table.add_salt(day.isoformat(), secrets.token_hex(16), expires=int(good_until.timestamp()))
    for age in range(_LIFETIME_DAYS, _LOOKED_AT_DAYS):
        _delete(today - age * _DAY)


def _delete(day: date) -> None:
    key = {"pk": {"S": f"salt#{day.isoformat()}"}, "sk": {"S": "salt"}}
    wire.dynamodb().call("DeleteItem", {"TableName": table.TABLE, "Key": key})
