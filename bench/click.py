"""A click: the whole handler of the redirect, against a bare handler on boto3."""

import itertools
from collections.abc import Callable
from importlib import resources

from bench import events, rivals, shop
from bench.lines import Result, of_ratio
from bench.measure import ROUNDS, ratio

_CALLS = 100
_BROWSERS = 200


def measure() -> Result:
    """Measure a click with its link remembered, and one that has to look its link up."""
    with shop.opened() as open_shop:
        from chalicelib.clicks import redirect
        from chalicelib.links import look_up

        code = open_shop.link("bea-recommends")
        table = open_shop.rivals_table()
        dynamodb = rivals.client(open_shop.engine.url)
        dynamodb.put_item(
            TableName=table,
            Item={"pk": {"S": code}, "sk": {"S": "link"}, "destination": {"S": rivals.DESTINATION}},
        )
        visits = [events.follow(code, user_agent=agent, address=f"203.0.113.{number}") for number, agent in _visitors()]

        def cold(event: events.Event, context: object) -> dict[str, object]:
            look_up.forget()
            return redirect.handler(event, context)

        warm = ratio(
            _calls(redirect.handler, visits),
            _calls(rivals.redirect(dynamodb, table=table, is_known=True), visits),
            calls=_CALLS,
        )
        uncached = ratio(
            _calls(cold, visits), _calls(rivals.redirect(dynamodb, table=table, is_known=False), visits), calls=_CALLS
        )
        # One more than was measured: each first turn warms up.
        stored = open_shop.count(f"{shop.PREFIX}clicks") - 1
        assert stored == 2 * (ROUNDS + 1) * _CALLS, f"{stored} clicks were stored"
    return Result(
        lines=[
            of_ratio("a click, warm", warm, 0.35, against="bare handler, boto3 put_item"),
            of_ratio("a click, link not cached", uncached, 0.30, against="bare handler, boto3 get_item + put_item"),
        ],
        figures={"click_cpu": warm.ours, "click_cpu_uncached": uncached.ours},
    )


def _calls(handler: Callable[..., dict[str, object]], visits: list[events.Event]) -> Callable[[], None]:
    """Return a call of the handler with the next visitor's event; anything but a 302 ends the run."""
    following = itertools.cycle(visits)

    def call() -> None:
        answer = handler(next(following), None)
        assert answer["statusCode"] == 302, answer

    return call


def _visitors() -> list[tuple[int, str]]:
    """Return real browsers' user agents, as many as a warm function soon knows."""
    import json

    file = resources.files("fake_useragent").joinpath("data/browsers.jsonl")
    agents = [json.loads(line)["useragent"] for line in file.read_text().splitlines()]
    return list(enumerate(agents[:_BROWSERS]))
