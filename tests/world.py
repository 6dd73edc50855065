"""The world of the flow tests: an API client, a clock, the streams, and a mailbox."""

import contextlib
import copy
import functools
import json
import os
import re
import urllib.request
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from unittest.mock import patch

import boto3
from chalice.local import RouteMatcher
from chalice.test import Client

import app as goodword
from chalicelib.access.api_keys import create as create_key
from chalicelib.audit.actor import Actor
from chalicelib.clicks.table import Click
from chalicelib.dead_letters import bucket
from chalicelib.emails import ses_client
from chalicelib.kit import clock, config, s3
from chalicelib.kit.dynamo import wire
from chalicelib.reconciliation import roots
from infra.local import templates
from tests import described

NOON = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)


SENDER = "hello@go.example"


@functools.cache
def emulator_client(service):
    """Return one client of the emulator for all tests: to make one takes longer than most of them."""
    return boto3.client(service)


def create_tables():
    """Make what a stage has, where it is missing."""
    dynamodb = emulator_client("dynamodb")
    present = set(dynamodb.list_tables()["TableNames"])
    for table in templates.tables(stage="test"):
        if table["TableName"] not in present:
            dynamodb.create_table(**table)
    emulator_client("sesv2").create_email_identity(EmailIdentity=SENDER)
    for name in (config.dead_letters(), config.roots()):
        s3.client().create_bucket(Bucket=name)


@contextlib.contextmanager
def moto():
    """Moto, emptied before each test. What is entered for a test gives what returns the emails sent in it."""
    from moto import mock_aws
    from moto.core import DEFAULT_ACCOUNT_ID, responses
    from moto.core.models import botocore_stubber
    from moto.core.serialize import ResponseSerializer
    from moto.dynamodb.models import dynamodb_backends
    from moto.dynamodb.models.table import StreamRecord
    from moto.s3.models import s3_backends
    from moto.ses.models import ses_backends

    from tests import moto_engine

    # Clients that were made before moto was imported do not know it.
    for cached in (s3.client, bucket.get_bucket, roots.get_roots):
        cached.cache_clear()
    wire._client = None
    ses_client.use(None)

    def sent():
        messages = ses_backends[DEFAULT_ACCOUNT_ID]["us-east-1"].sent_messages
        return [(message.subject, message.destinations["ToAddresses"][0]) for message in messages]

    def empty():
        for table in dynamodb_backends[DEFAULT_ACCOUNT_ID]["us-east-1"].tables.values():
            table.items.clear()
            if table.stream_shard:
                table.stream_shard.items.clear()
        ses_backends[DEFAULT_ACCOUNT_ID]["us-east-1"].reset()
        s3_backends[DEFAULT_ACCOUNT_ID]["aws"].reset()

    @contextlib.contextmanager
    def fresh(*, by_botocore=True):
        # Making the tables anew, and moto's start itself, would take longer than most tests.
        botocore_stubber.enabled = True
        empty()
        try:
            with patch(f"{__name__}.has_more", more), contextlib.nullcontext() if by_botocore else moto_engine.wired():
                yield sent
        finally:
            botocore_stubber.enabled = False

    def more(table, number):
        # Most are asked for in vain, each time by a call of botocore's.
        stored = dynamodb_backends[DEFAULT_ACCOUNT_ID]["us-east-1"].tables[f"goodword-test-{table}"]
        return len(stored.stream_shard.items) > number

    # Each transaction copies its tables, with all records of their streams, which never change.
    StreamRecord.__deepcopy__ = lambda record, _memo: record
    ResponseSerializer.get_value = _picking(ResponseSerializer.get_value)
    # A service can do at each call what it could do at the first.
    responses.method_names_from_class = functools.cache(responses.method_names_from_class)
    with mock_aws():
        botocore_stubber.enabled = False
        yield fresh


def _picking(get_value):
    """Have moto look for the parts of a row's value as AWS spells them, not under ten other names each."""

    def picked(serializer, value, key, shape):
        if type(value) is dict and shape.parent.name == "AttributeValue":
            return value.get(key)
        return get_value(serializer, value, key, shape)

    return picked


@contextlib.contextmanager
def ministack():
    """One MiniStack for all tests, emptied before each."""
    from infra.local.server import Server

    engine = Server()
    os.environ["AWS_ENDPOINT_URL"] = engine.url

    def ask(path, data=None):
        with urllib.request.urlopen(f"{engine.url}/_ministack/{path}", data=data, timeout=10) as answer:
            return json.load(answer)

    def sent():
        emails = [email for box in ask("ses/messages")["messages"].values() for email in box]
        return [(email["Subject"], email["To"][0]) for email in emails]

    @contextlib.contextmanager
    def fresh(**_):
        ask("reset", b"")
        yield sent

    try:
        yield fresh
    finally:
        wire.dynamodb().close()
        ses_client.client().close()
        del os.environ["AWS_ENDPOINT_URL"]
        engine.stop()


# Returns the subjects of all emails sent in the running test, and to whom, in order.
emails = list


def has_more(_table, _number):
    """Return whether a table's stream may have more than so many records."""
    return True


RULES = [
    {"on": "lead", "to": "referrer", "flat": {"amount": 200, "currency": "USD"}},
    {"on": "sale", "to": "referrer", "rate_bp": 1500},
    {"on": "sale", "to": "referee", "flat": {"amount": 500, "currency": "USD"}},
]


class Streams:
    """The engine's real stream records, carried to the real triggers when a test says so."""

    def __init__(self):
        self.sources = templates.event_sources()
        self.read = {source.function: 0 for source in self.sources}
        # By table: its stream's ARN, where to read on in each shard, and what was read.
        self._fetched = {}
        # By function: how many records of its stream were looked at, and which of them it is called with.
        self._matched = {source.function: (0, []) for source in self.sources}

    def run(self, *functions):
        """Deliver what is new, until nothing is. Returns the records that were reported as failed."""
        failed = []
        moved = True
        while moved:
            moved = False
            for source in self.sources:
                if functions and source.function not in functions:
                    continue
                records = self.records(source)
                new = records[self.read[source.function] :]
                if new:
                    moved = True
                    self.read[source.function] = len(records)
                    failed += self.deliver(source.function, new)
        return failed

    def rewind(self, function):
        self.read[function] = 0

    def deliver(self, function, records):
        """Call the trigger as Lambda would. Returns the records it reports as failed."""
        answer = getattr(goodword, function)({"Records": records}, None)
        named = {one["itemIdentifier"] for one in answer["batchItemFailures"]}
        return [record for record in records if record["dynamodb"]["SequenceNumber"] in named]

    def records(self, source):
        """Return all records of its stream that a function is called with, so far."""
        from infra.local.pump import matches

        looked_at, matched = self._matched[source.function]
        records = self.fetched(source)
        matched += [record for record in records[looked_at:] if matches(record, source.filters)]
        self._matched[source.function] = (len(records), matched)
        return list(matched)

    def fetched(self, source):
        """Return all records of a reaction's stream so far; asked again, only new ones are fetched."""
        from infra.local.pump import to_lambda

        client = emulator_client("dynamodbstreams")
        if source.table not in self._fetched:
            arn = emulator_client("dynamodb").describe_table(TableName=f"goodword-test-{source.table}")["Table"]
            stream = arn["LatestStreamArn"]
            shards = client.describe_stream(StreamArn=stream)["StreamDescription"]["Shards"]
            iterators = [
                client.get_shard_iterator(StreamArn=stream, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON")[
                    "ShardIterator"
                ]
                for shard in shards
            ]
            self._fetched[source.table] = (stream, iterators, [])
        stream, iterators, records = self._fetched[source.table]
        if not has_more(source.table, len(records)):
            return records
        for number, iterator in enumerate(iterators):
            page = client.get_records(ShardIterator=iterator)
            iterators[number] = page["NextShardIterator"]
            records += [to_lambda(record, stream) for record in page["Records"]]
        return records


def click_of(item):
    """Return a stored click. Rows of earlier releases say more than this, and nothing else."""
    country, referrer_host = item.get("country"), item.get("referrer_host")
    return Click(
        item["pk"]["S"],
        item["sk"]["S"],
        program_id=item["program_id"]["S"],
        partner_id=item["partner_id"]["S"],
        kind=item["kind"]["S"],
        reason=item["reason"]["S"],
        device=item["device"]["S"],
        browser=item["browser"]["S"],
        country=country["S"] if country else None,
        referrer_host=referrer_host["S"] if referrer_host else None,
        visitor=item["visitor"]["S"],
        expires=int(item["expires"]["N"]),
        announces=int(item["announces"]["N"]) if "announces" in item else None,
    )


class Answer:
    def __init__(self, response):
        self.status = response.status_code
        self.headers = response.headers
        kind = str(response.headers.get("Content-Type", ""))
        self.body = response.body if kind in ("image/png", "image/jpeg") else response.body.decode()
        self.json = json.loads(response.body) if "json" in kind and "ndjson" not in kind else None


@functools.cache
def _client():
    """Return the one client of the app; it remembers nothing of its calls."""
    RouteMatcher.match_route = _among_alike(RouteMatcher.match_route)
    return Client(goodword.app).__enter__()


def _among_alike(match_route):
    """Have a path looked for among routes with as many parts alone: it fits no other."""

    def matched(matcher, url):
        alike = vars(matcher).setdefault("alike", defaultdict(list))
        if not alike:
            for route in matcher.route_urls:
                alike[route.count("/")].append(route)
        few = copy.copy(matcher)
        few.route_urls = alike[(url.partition("?")[0].removesuffix("/") or "/").count("/")]
        return match_route(few, url)

    return matched


class Shop:
    """A business with a program, and the people around it."""

    def __init__(self, at, streams=None):
        self.at = at
        clock.source = lambda: self.at
        self.client = _client()
        self.streams = streams or Streams()
        _, self.key = create_key(name="test", scopes=["admin"], actor=Actor("operator", "test"), at=at)

    def wait(self, **delta):
        self.at += timedelta(**delta)

    def call(self, method, path, body=None, *, key=None, headers=None):
        sent = {"Authorization": f"Bearer {key or self.key}", **(headers or {})}
        raw = b""
        if body is not None:
            sent.setdefault("Content-Type", "application/json")
            raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        answer = Answer(self.client.http.request(method, path, headers=sent, body=raw))
        described.check(method, path, answer)
        return answer

    def post(self, path, body=None, **options):
        return self.call("POST", path, body, **options)

    def patch(self, path, body, **options):
        return self.call("PATCH", path, body, **options)

    def get(self, path, **options):
        return self.call("GET", path, **options)

    def program(self, **changes):
        body = {
            "name": "Tea Shop",
            "landing_url": "https://tea.example/welcome?lang=en",
            "currency": "USD",
            "rules": RULES,
        }
        answer = self.post("/v1/programs", body | changes)
        assert answer.status == 201, answer.body
        return answer.json

    def tiered_program(self, **changes):
        """A program with two tiers, in each of which sales earn more."""
        tiers = [{"name": "silver", "minimum_sales": 1}, {"name": "gold", "minimum_sales": 2}]
        more = [
            {"on": "sale", "to": "referrer", "rate_bp": rate, "level": level, "when": {"tiers": [tier]}}
            for tier, level, rate in (("silver", "premium", 1800), ("gold", "strategic", 2000))
        ]
        return self.program(tiers=tiers, rules=[*RULES, *more], **changes)

    def partner(self, program, **changes):
        body = {"name": "Ada", "email": "ada@mail.example", "programs": [program["id"]]}
        answer = self.post("/v1/partners", body | changes)
        assert answer.status == 201, answer.body
        return answer.json

    def link(self, program, partner, **changes):
        answer = self.post("/v1/links", {"program": program["id"], "partner": partner["id"]} | changes)
        assert answer.status == 201, answer.body
        return answer.json

    def click(self, link, *, user_agent=None, method="GET", **headers):
        browser = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Version/17.5 Mobile Safari/604.1"  # noqa: E501
        return Answer(
            self.client.http.request(
                method, f"/{link['code']}", headers={"User-Agent": user_agent or browser, **headers}
            )
        )

    def click_id(self, link, **options):
        return re.search(r"gw_click=([^&]+)", self.click(link, **options).headers["Location"])[1]

    def lead(self, program, external_id="signup-1", customer="customer-1", **changes):
        return self._report(program, "lead", external_id, customer, changes)

    def sale(self, program, external_id="order-1", customer="customer-1", amount=1999, **changes):
        money = {"amount": {"amount": amount, "currency": program["currency"]}}
        return self._report(program, "sale", external_id, customer, money | changes)

    def refund(self, conversion, amount, refund_id="refund-1", **changes):
        body = {"refund_id": refund_id, "amount": {"amount": amount, "currency": "USD"}}
        return self.post(f"/v1/conversions/{conversion['id']}/refunds", body | changes)

    def restore(self, conversion, refund_id="refund-1", **changes):
        return self.post(f"/v1/conversions/{conversion['id']}/restores", {"refund_id": refund_id} | changes)

    def amend(self, conversion, amount, amendment_id="amendment-1", **changes):
        body = {"amendment_id": amendment_id, "amount": {"amount": amount, "currency": "USD"}}
        return self.post(f"/v1/conversions/{conversion['id']}/amendments", body | changes)

    def _report(self, program, type_, external_id, customer, changes):
        body = {
            "program": program["id"],
            "type": type_,
            "external_id": external_id,
            "customer": {"external_id": customer, "email": f"{customer}@mail.example", "name": "Grace"},
        }
        return self.post("/v1/conversions", body | changes)

    def balance(self, partner):
        return self.get(f"/v1/partners/{partner['id']}/balances").json["balances"][0]

    def run_schedule(self, name):
        """Run a schedule as EventBridge would."""
        names = ("version", "account", "region", "detail", "detail-type", "source", "time", "id", "resources")
        getattr(goodword, name)(dict.fromkeys(names, ""), None)

    def settle(self):
        """Deliver everything, run what is scheduled, and deliver what came of that."""
        assert self.streams.run() == []
        for name in ("mature", "promote", "roll_up"):
            self.run_schedule(name)
        assert self.streams.run() == []

    def explained(self, conversion):
        return self.get(f"/v1/conversions/{conversion['id']}/explanation").json

    def reward(self, conversion, to="referrer"):
        """Return the reward a conversion gave one side, as it stands now."""
        reward = next(one for one in self.explained(conversion)["rewards"] if one["to"] == to)
        return self.get(f"/v1/rewards/{reward['id']}").json

    def pay_out(self, currency="USD"):
        """Begin and prepare a payout."""
        payout = self.post("/v1/payouts", {"currency": currency}).json
        return self.post(f"/v1/payouts/{payout['id']}/prepare").json

    def verified(self):
        """Walk the ledger to its end; return the bad row, if there is one."""
        cursor = ""
        while True:
            answer = self.get(f"/v1/ledger/verify{cursor}").json
            if not answer["has_more"]:
                return answer["bad"]
            cursor = f"?cursor={answer['next_cursor']}"

    def verify_sender(self, address):
        """Have SES know an address that a program's emails come from, as the business does in AWS's console."""
        boto3.client("sesv2").create_email_identity(EmailIdentity=address)

    def emails(self):
        """Return the subjects of all emails sent, and to whom, in order."""
        return emails()

    def stats(self, kind, subject, **query):
        parameters = "&".join(f"{name}={value}" for name, value in query.items())
        answer = self.get(f"/v1/{kind}/{subject['id']}/stats?{parameters}")
        assert answer.status == 200, answer.body
        return answer.json
