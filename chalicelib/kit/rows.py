"""How a row is found. One table per capability; each is keyed by `pk` and `sk`."""

from typing import Any, TypeVar

from pynamodb.models import Model

from chalicelib.kit import config, wire

R = TypeVar("R", bound=Model)

wire.connect()


class Table:
    """What every table's `Meta` says: bounded waits, so that one hung call cannot hold a request."""

    region = config.region()
    connect_timeout_seconds = 1
    read_timeout_seconds = 2
    max_retry_attempts = 2
    max_pool_connections = 32


def find(model: type[R], pk: str, sk: str, *, consistent: bool = True) -> R | None:
    """Return the row under that key, if there is one."""
    try:
        return model.get(pk, sk, consistent_read=consistent)
    except model.DoesNotExist:
        return None


def find_all(model: type[R], keys: list[tuple[str, str]]) -> dict[tuple[str, str], R]:
    """Return those rows that exist, by key, read consistently, a hundred a call."""
    found: dict[tuple[str, str], R] = {}
    if len(keys) == 1:
        row = find(model, *keys[0])
        return {keys[0]: row} if row else {}
    for row in model.batch_get(list(dict.fromkeys(keys)), consistent_read=True):
        found[key_of(row)] = row
    return found


def read(table: type[R], image: dict[str, Any]) -> R:
    """Return the row a stream record shows, as the class its `kind` names."""
    return table.from_raw_data(image)


def key_of(row: Model) -> tuple[str, str]:
    """Return the key a row stands under."""
    pk, sk = row._get_keys().values()
    return str(pk), str(sk)
