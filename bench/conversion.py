"""A conversion: the whole handler of the API, against a bare handler on boto3 that writes as many rows."""

import itertools
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from bench import events, rivals, shop
from bench.lines import Result, of_ratio
from bench.measure import ratio

_CALLS = 40

Report = dict[str, Any]


def measure() -> Result:
    """Measure the sale that binds a customer, by a click id, and a sale of a customer who is known."""
    with shop.opened() as open_shop:
        from chalicelib.kit.dynamo import wire

        click = open_shop.app.app(events.follow(open_shop.link("bea-recommends")), None)
        click_id = shop.click_id_of(click)
        table = open_shop.rivals_table()
        dynamodb = rivals.client(open_shop.engine.url)
        result = Result()
        kinds: list[tuple[str, str, float | None, Callable[[int], Report]]] = [
            ("a conversion, warm", "first", 0.50, lambda number: _sale(open_shop, number, click_id=click_id)),
            (
                "a conversion of a known customer",
                "next",
                None,
                lambda number: _sale(open_shop, number, customer="known"),
            ),
        ]
        numbers = itertools.count()
        open_shop.post("/v1/conversions", _sale(open_shop, next(numbers), customer="known", click_id=click_id))
        for what, name, goal, report in kinds:
            made = (events.post("/v1/conversions", report(number), key=open_shop.key) for number in numbers)
            calls = _called(wire.dynamodb(), lambda made=made: _answered(open_shop.app.app, made))
            items = calls["rows in TransactWriteItems"]
            rival = rivals.conversion(dynamodb, table=table, items=items)
            ratios = ratio(
                lambda made=made: _answered(open_shop.app.app, made),
                lambda made=made, rival=rival: _answered(rival, made),
                calls=_CALLS,
            )
            against = f"bare handler, json, boto3 get_item + transact_write_items of {items}"
            result.lines.append(of_ratio(what, ratios, goal, against=against))
            result.figures |= {f"conversion_cpu_{name}": ratios.ours, f"conversion_calls_{name}": calls.total() - items}
            result.notes.append(f"{what}: {_spelled(calls)}")
    return result


def _sale(open_shop: shop.Shop, number: int, *, customer: str | None = None, **touch: str) -> Report:
    name = customer or f"customer-{number}"
    return {
        "program": open_shop.program,
        "type": "sale",
        "external_id": f"order-{number}",
        "customer": {"external_id": name, "email": f"{name}@mail.example", "name": "Grace Hopper"},
        "amount": {"amount": 1999, "currency": "USD"},
        **touch,
    }


def _answered(handler: Callable[..., dict[str, Any]], made: Iterator[events.Event]) -> None:
    answer = handler(next(made), None)
    assert answer["statusCode"] == 201, answer


def _called(client: Any, once: Callable[[], None]) -> Counter[str]:
    """Return what one call of ours asks DynamoDB for, once it is warm."""
    once()
    counted: Counter[str] = Counter()
    carried = client.call

    def counting(operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
        counted[operation] += 1
        counted["rows in TransactWriteItems"] += len(parameters.get("TransactItems", ()))
        answer: dict[str, Any] = carried(operation, parameters)
        return answer

    client.call = counting
    try:
        once()
    finally:
        del client.call
    return counted


def _spelled(calls: Counter[str]) -> str:
    return ", ".join(f"{count} {name}" for name, count in sorted(calls.items()) if count)
