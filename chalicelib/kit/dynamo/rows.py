"""How a row is found. One table per capability; each is keyed by `pk` and `sk`."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

from pynamodb.expressions.operand import Path
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex
from pynamodb.models import Model

from chalicelib.kit import config
from chalicelib.kit.dynamo import items, models
from chalicelib.kit.dynamo.attributes import OptionalWholeNumber, Text

R = TypeVar("R", bound=Model)
# Bytes that DynamoDB lets keys have.
_LONGEST_PK, _LONGEST_SK = 2048, 1024

models.connect()


class Table:
    """The `Meta` of every table: bounded timeouts, so that one hung call cannot block a request."""

    region = config.region()
    connect_timeout_seconds = 1
    read_timeout_seconds = 2
    max_retry_attempts = 2
    max_pool_connections = 32


class Revised:
    """What a class of rows inherits to count its changes, as `kit.revisions` says; one never changed has no count."""

    revision = OptionalWholeNumber()


class Listed(GlobalSecondaryIndex[R]):
    """The index of all rows of a class: `object` says which class it is, sorted by their time-sorted ids."""

    class Meta:
        index_name = "listed"
        projection = AllProjection()

    object = Text(hash_key=True)
    id = Text(range_key=True, attr_name="pk")


def can_be_key(pk: str, sk: str) -> bool:
    """Return whether a row may be under that key: DynamoDB refuses to look for longer ones, whoever typed them."""
    return len(pk.encode()) <= _LONGEST_PK and len(sk.encode()) <= _LONGEST_SK


def find(model: type[R], pk: str, sk: str, *, consistent: bool = True) -> R | None:
    """Return the row under that key, if there is one."""
    if not can_be_key(pk, sk):
        return None
    # PynamoDB's own reading takes as long again as the call.
    item = items.get(model.Meta.table_name, pk, sk, consistent=consistent)
    return model.from_raw_data(item) if item else None


def find_all(model: type[R], keys: list[tuple[str, str]], *, consistent: bool = True) -> dict[tuple[str, str], R]:
    """Return those rows that exist, by key, a hundred a call."""
    rows: dict[tuple[str, str], R] = {}
    possible = [key for key in dict.fromkeys(keys) if can_be_key(*key)]
    if len(possible) == 1:
        single = find(model, *possible[0], consistent=consistent)
        return {possible[0]: single} if single else {}
    for begin in range(0, len(possible), items.MOST_OF_A_CALL):
        some = [items.key(*key) for key in possible[begin : begin + items.MOST_OF_A_CALL]]
        for _, item in items.batch({model.Meta.table_name: {"Keys": some, "ConsistentRead": consistent}}):
            row = model.from_raw_data(item)
            rows[key_of(row)] = row
    return rows


def find_anywhere(keys: Iterable[tuple[type[Model], str, str]]) -> list[Model]:
    """
    Return those rows that exist of several tables, up to a hundred, by one call; each key with its table's model.

    Raises wire.Unreachable rather than leave out what DynamoDB had too little capacity for.
    """
    models_of: dict[str, type[Model]] = {}
    requests: dict[str, Any] = {}
    for model, pk, sk in dict.fromkeys(keys):
        models_of[model.Meta.table_name] = model
        table = requests.setdefault(model.Meta.table_name, {"Keys": [], "ConsistentRead": True})
        table["Keys"].append(items.key(pk, sk))
    return [models_of[name].from_raw_data(item) for name, item in items.batch(requests)]


def between(
    index: Any,
    sort: Any,
    name: str,
    *,
    after: str,
    before: str,
    newest_first: bool,
    limit: int,
    consistent: bool = False,
) -> list[Any]:
    """
    Return the first rows of an index, or a partition, between two values of its sort key, both excluded.

    Or the last ones, newest first. One call, as long as they are a megabyte at most; of a table's own partition, it can
    be *consistent*.
    """
    # A blank sorts right behind a value, and before every other one.
    low, high = f"{after} ", before
    if low >= high:
        return []
    # DynamoDB includes the end, at which a row may be: the last one of the page before.
    page = index.query(
        name,
        sort.between(low, high),
        limit=limit + 1,
        scan_index_forward=not newest_first,
        consistent_read=consistent,
    )
    return [row for row in page if getattr(row, sort.python_name) != before][:limit]


def count_some(index: Any, names: Iterable[str], condition: Any = None, *, most: int) -> int:
    """
    Return how many rows there are in several partitions of an index; more than *most* are counted as one more.

    A call for each partition, until there are more. PynamoDB's own `count` reads on to the end, whatever its limit.
    """
    count = 0
    for name in names:
        count += sum(1 for _ in index.query(name, condition, limit=most + 1 - count))
        if count > most:
            break
    return count


def page_of_lists(
    index: Listed[R], names: Sequence[str], *, limit: int, position: dict[str, Any] | None
) -> tuple[list[R], dict[str, Any] | None]:
    """Return one page of several lists of an index, one after the other, and where the next page begins."""
    place: dict[str, Any] = position or {"list": names[0]}
    # A key of the index says in which list it is.
    name = place["list"] if "list" in place else place["object"]["S"]
    page = index.query(name, limit=limit, last_evaluated_key=place if "list" not in place else None)
    listed = list(page)
    following: dict[str, Any] | None = page.last_evaluated_key
    if following is None and name != names[-1]:
        following = {"list": names[names.index(name) + 1]}
    return listed, following


def partitions(table: type[Model], shard: str, *, index: str, after: str | None, limit: int) -> tuple[list[str], bool]:
    """Return the partitions an index lists in a shard, in order, after one of them; and whether there may be more."""
    page = table._get_connection().query(
        shard,
        range_key_condition=Path("pk") > after if after is not None else None,
        index_name=index,
        limit=limit,
    )
    return [str(item["pk"]["S"]) for item in page["Items"]], "LastEvaluatedKey" in page


def reader(table: type[R]) -> Callable[[dict[str, Any]], R]:
    """Return what reads a row of a table from a stream record, as the class its discriminator names."""
    return table.from_raw_data


def key_of(row: Model) -> tuple[str, str]:
    """Return the key of a row."""
    pk, sk = row._get_keys().values()
    return str(pk), str(sk)
