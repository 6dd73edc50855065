"""The service on an engine of its own, with a program, a partner and links, ready to be measured."""

import contextlib
import importlib
import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from bench import events
from bench.events import Event
from infra.local.server import STAGE, Server

PREFIX = f"goodword-{STAGE}-"
_RIVALS_TABLE = "rival"


@dataclass
class Shop:
    """A running engine, the app on it, and what the API made there."""

    engine: Server
    app: Any
    key: str
    program: str
    partner: str

    def call(self, event: Event) -> Any:
        """Call the API as Lambda would; return the answer's body. Anything but a 2xx is a mistake of ours."""
        answer = self.app.app(event, None)
        assert 200 <= answer["statusCode"] < 300, answer
        return json.loads(answer["body"])

    def post(self, path: str, body: dict[str, Any]) -> Any:
        return self.call(events.post(path, body, key=self.key))

    def link(self, code: str) -> str:
        """Make a link; return its code."""
        made = self.post("/v1/links", {"program": self.program, "partner": self.partner, "code": code})
        return str(made["code"])

    def rivals_table(self) -> str:
        """Make the table that rivals use, with a link in it; return its name."""
        dynamodb = self.engine.client("dynamodb")
        dynamodb.create_table(
            TableName=_RIVALS_TABLE,
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")],
        )
        return _RIVALS_TABLE

    def count(self, table: str) -> int:
        """Return how many rows a table has."""
        pages = self.engine.client("dynamodb").get_paginator("scan").paginate(TableName=table, Select="COUNT")
        return sum(page["Count"] for page in pages)


@contextlib.contextmanager
def opened() -> Iterator[Shop]:
    """Open a shop on an engine that ends with it. The environment is this process's: one shop a process."""
    engine = Server()
    try:
        os.environ.update(environment(engine.url))
        engine.prepare(sender="hello@goodword.example")
        yield _furnished(engine)
    finally:
        engine.stop()


def environment(endpoint: str) -> dict[str, str]:
    """Return the environment of our functions, with the embedded engine."""
    return {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_REGION": "us-east-1",
        "GOODWORD_TABLES": PREFIX,
        "GOODWORD_TRANSPORT": "wire",
        "GOODWORD_URL": "https://go.example.com",
        "GOODWORD_SENDER": "Goodword <hello@goodword.example>",
        "GOODWORD_SECRETS": "a-secret-that-is-long-enough-for-measuring",
        "GOODWORD_CLICK_SECRETS": "a-click-secret-that-is-long-enough-for-measuring",
        "GOODWORD_LASTING_SECRETS": "a-lasting-secret-that-is-long-enough-for-measuring",
        # The engine shares this machine with what is measured; a click must not be lost for that.
        "GOODWORD_REDIRECT_SECONDS": "15",
    }


def click_id_of(answer: dict[str, Any]) -> str:
    """Return the click id that a redirect gave the landing page."""
    location = answer["headers"].get("Location") or answer["headers"]["location"]
    match = re.search(r"gw_click=([^&]+)", location)
    assert match, answer
    return match[1]


def _furnished(engine: Server) -> Shop:
    app = importlib.import_module("app")
    from chalicelib.access.api_keys import create
    from chalicelib.audit.actor import Actor
    from chalicelib.kit import clock

    _, key = create(name="bench", scopes=["admin"], actor=Actor("operator", "bench"), at=clock.now())
    shop = Shop(engine, app, key, program="", partner="")
    rules = [{"on": "sale", "to": "referrer", "rate_bp": 1500}]
    shop.program = shop.post(
        "/v1/programs",
        {"name": "Tea Shop", "landing_url": "https://tea.example/welcome", "currency": "USD", "rules": rules},
    )["id"]
    shop.partner = shop.post("/v1/partners", {"name": "Ada", "email": "ada@mail.example", "programs": [shop.program]})[
        "id"
    ]
    return shop
