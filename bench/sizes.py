"""
How much memory and CPU each kind of function takes, from the package for stage local: what its size follows from.

    make bench ONLY=cold && .venv/bin/python -m bench.sizes

Each function is started ten times and runs under AWS's own runtime client (see bench/runtime.py), with
DynamoDB in the embedded engine; only the function's own process is measured. Nothing here is measured on Lambda.
"""

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench import runtime
from infra.local import templates
from infra.local.pump import matches, to_lambda
from infra.local.server import STAGE, Server

TASK = Path("build/task")
SETTINGS = {
    "GOODWORD_SECRETS": "a-secret-that-is-long-enough-for-measuring",
    "GOODWORD_CLICK_SECRETS": "a-click-secret-that-is-long-enough-for-measuring",
    "GOODWORD_LASTING_SECRETS": "a-lasting-secret-that-is-long-enough-for-measuring",
    "GOODWORD_URL": "https://go.example",
    "GOODWORD_TABLES": f"goodword-{STAGE}-",
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_REGION": "us-east-1",
    # The engine shares this machine with what is measured.
    "GOODWORD_REDIRECT_SECONDS": "15",
}
_STARTS, _TIMES = 9, 100
_TICK = dict.fromkeys(
    ("version", "account", "region", "detail", "detail-type", "source", "time", "id", "resources"), ""
)
_BOUNCED = {
    "eventType": "Bounce",
    "bounce": {"bounceType": "Permanent", "bouncedRecipients": [{"emailAddress": "gone@mail.example"}]},
}
_BOUNCE = {"Records": [{"Sns": {"Message": json.dumps(_BOUNCED)}}]}
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 Safari/604.1"
_FILL = """
from chalicelib.access.api_keys import create
from chalicelib.audit.actor import Actor
from chalicelib.kit import clock
from infra.local import sample
at = clock.now()
sample.make(owner="owner@shop.example", at=at)
print(create(name="bench", scopes=["admin"], actor=Actor("operator", "bench"), at=at)[1])
"""


class Business:
    """The embedded engine with the sample program in it, and events as its visitors and website send them."""

    def __init__(self, engine: Server) -> None:
        self.engine = engine
        self.streams = engine.prepare(sender="hello@goodword.example")
        self.environment = {**SETTINGS, "AWS_ENDPOINT_URL": engine.url}
        filled = subprocess.run(
            [sys.executable, "-c", _FILL], env={**os.environ, **self.environment}, stdout=subprocess.PIPE, check=True
        )
        self.key = filled.stdout.decode().strip()

    def click(self) -> dict[str, Any]:
        return request("GET", "/{id}", "tea-with-ada", {"User-Agent": PHONE})

    def call(self, method: str, route: str, name: str = "", body: str | None = None) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        return request(method, route, name, headers, body)

    def sale(self, number: int) -> dict[str, Any]:
        report = {
            "program": "ext_sample",
            "type": "sale",
            "code": "tea-with-ada",
            "external_id": f"order-{number}",
            "customer": {"external_id": f"customer-{number}"},
            "amount": {"amount": 1999, "currency": "USD"},
        }
        return self.call("POST", "/v1/conversions", body=json.dumps(report))

    def records(self, function: str) -> dict[str, Any]:
        """Return what a reaction would be told of everything so far, as one batch of its size."""
        source = next(one for one in templates.event_sources() if one.function == function)
        client = self.engine.client("dynamodbstreams")
        stream = self.streams[source.table]
        records: list[dict[str, Any]] = []
        for shard in client.describe_stream(StreamArn=stream)["StreamDescription"]["Shards"]:
            where = {"StreamArn": stream, "ShardId": shard["ShardId"], "ShardIteratorType": "TRIM_HORIZON"}
            iterator = client.get_shard_iterator(**where)["ShardIterator"]
            records += client.get_records(ShardIterator=iterator, Limit=1000)["Records"]
        shaped = [to_lambda(record, stream) for record in records]
        return {"Records": [record for record in shaped if matches(record, source.filters)][: source.batch_size]}

    def run(self, handler: str, events: list[dict[str, Any]]) -> runtime.Run:
        result = runtime.run(TASK, handler, events, environment=self.environment)
        for answer in result.answers:
            assert (answer or {}).get("statusCode", 200) < 400, answer
            assert not (answer or {}).get("batchItemFailures"), answer
        return result


@contextmanager
def business() -> Iterator[Business]:
    """Open the sample business on an engine of its own."""
    engine = Server()
    try:
        yield Business(engine)
    finally:
        engine.stop()


def request(method: str, route: str, name: str, headers: dict[str, str], body: str | None = None) -> dict[str, Any]:
    """Return the event of a REST API's proxy integration."""
    return {
        "resource": route,
        "path": route.replace("{id}", name),
        "httpMethod": method,
        "headers": headers,
        "multiValueHeaders": {key: [value] for key, value in headers.items()},
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "pathParameters": {"id": name} if name else None,
        "stageVariables": None,
        "requestContext": {
            "resourcePath": route,
            "httpMethod": method,
            "requestId": "bench",
            "identity": {"sourceIp": "192.0.2.1", "userAgent": headers.get("User-Agent", "")},
        },
        "body": body,
        "isBase64Encoded": False,
    }


def main() -> None:
    """Start every function some times, and print a table of what each takes."""
    print(f"{'function':<24}{'told':>14}{'peak MB':>10}{'cold CPU ms':>13}{'then CPU ms':>13}")
    with business() as shop:
        for name, handler in _functions():
            batch, events = _events(shop, name)
            # The first start only brings files into memory.
            runs = [shop.run(handler, events(start)) for start in range(_STARTS + 1)][1:]
            cold, warm = (
                statistics.median(one) for one in zip(*((run.cold_cpu, run.warm_cpu) for run in runs), strict=True)
            )
            peak = max(run.peak_rss_mb for run in runs)
            print(f"{name:<24}{batch:>14}{peak:>10.0f}{cold:>13.0f}{warm:>13.2f}", flush=True)


def _functions() -> Iterator[tuple[str, str]]:
    """Return every function and its handler, in the order of app.py: one reaction writes what the next reads."""
    import app

    yield "redirect", "chalicelib.clicks.redirect.handler"
    yield "app", "app.app"
    for source in app.app.event_sources:
        yield source.name, f"chalicelib.entries.{source.name}.handler"


def _events(shop: Business, function: str) -> tuple[str, Callable[[int], list[dict[str, Any]]]]:
    """Return a description of a function's input, and the events of each of its starts."""
    if function == "redirect":
        return "a click", lambda _start: [shop.click()] * _TIMES
    if function == "app":
        return "a sale", lambda start: [shop.sale(_TIMES * start + number) for number in range(_TIMES)]
    if function == "bounces_to_suppressions":
        return "a bounce", lambda _start: [_BOUNCE] * 3
    if "_to_" not in function:
        return "a tick", lambda _start: [_TICK] * 3
    records = shop.records(function)["Records"]
    if function == "messages_to_mailbox":
        # Each is handled once.
        return "a message", lambda start: [{"Records": [records[start]]}]
    return f"{len(records)} records", lambda _start: [{"Records": records}] * 3


if __name__ == "__main__":
    main()
