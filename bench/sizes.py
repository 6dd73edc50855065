"""
How much memory and CPU each kind of function takes, from the package for stage local: what its size follows from.

    make bench ONLY=cold && .venv/bin/python -m bench.sizes

Each function runs under AWS's own runtime client (see bench/runtime.py), with DynamoDB in the embedded
engine; only the function's own process is measured. Nothing here is measured on Lambda.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
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
    "GOODWORD_URL": "https://go.example",
    "GOODWORD_TABLES": f"goodword-{STAGE}-",
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_REGION": "us-east-1",
    # The engine shares this machine with what is measured.
    "GOODWORD_REDIRECT_SECONDS": "15",
}
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 Safari/604.1"
_FILL = """
from chalicelib.access.api_keys import create
from chalicelib.kit import clock
from infra.local import sample
at = clock.now()
sample.make(at=at)
print(create(name="bench", scopes=["admin"], at=at)[1])
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

    def records(self, function: str) -> dict[str, Any]:
        """Return what a reaction would be told of everything so far, as one batch of its size."""
        source = next(one for one in templates.event_sources() if one.function == function)
        client = self.engine.client("dynamodbstreams")
        stream = self.streams[source.table]
        told: list[dict[str, Any]] = []
        for shard in client.describe_stream(StreamArn=stream)["StreamDescription"]["Shards"]:
            where = {"StreamArn": stream, "ShardId": shard["ShardId"], "ShardIteratorType": "TRIM_HORIZON"}
            iterator = client.get_shard_iterator(**where)["ShardIterator"]
            told += client.get_records(ShardIterator=iterator, Limit=1000)["Records"]
        shaped = [to_lambda(record, stream) for record in told]
        return {"Records": [record for record in shaped if matches(record, source.filters)][: source.batch_size]}

    def run(self, handler: str, events: list[dict[str, Any]]) -> runtime.Run:
        told = runtime.run(TASK, handler, events, environment=self.environment)
        for answer in told.answers:
            assert (answer or {}).get("statusCode", 200) < 400, answer
            assert not (answer or {}).get("batchItemFailures"), answer
        return told


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


def _sale(number: int) -> str:
    return json.dumps(
        {
            "program": "ext_sample",
            "type": "sale",
            "code": "tea-with-ada",
            "external_id": f"order-{number}",
            "customer": {"external_id": f"customer-{number}"},
            "amount": {"amount": 1999, "currency": "USD"},
        }
    )


def main() -> None:
    """Measure, and print a table."""
    print(f"{'function':<24}{'told':>22}{'peak MB':>10}{'cold CPU ms':>13}{'then CPU ms':>13}")
    with business() as shop:
        sales = [shop.call("POST", "/v1/conversions", body=_sale(number)) for number in range(100)]
        for name, handler, told, events in (
            ("Redirect", "chalicelib.clicks.redirect.handler", "a click", lambda: [shop.click()] * 500),
            ("APIHandler", "app.app", "a sale", lambda: sales),
            ("ClicksToStats", "app.clicks_to_stats", "500 clicks", lambda: [shop.records("clicks_to_stats")] * 3),
            (
                "ConversionsToRewards",
                "app.conversions_to_rewards",
                "100 sales",
                lambda: [shop.records("conversions_to_rewards")] * 2,
            ),
            ("RollUp", "app.roll_up", "a tick", lambda: [dict.fromkeys(_TICK, "")] * 3),
        ):
            run = shop.run(handler, events())
            print(f"{name:<24}{told:>22}{run.peak_rss_mb:>10.0f}{run.cold_cpu:>13.0f}{run.warm_cpu:>13.2f}", flush=True)


_TICK = ("version", "account", "region", "detail", "detail-type", "source", "time", "id", "resources")


if __name__ == "__main__":
    main()
