"""The engine in the process answers as MiniStack's own server does: the same calls are sent both ways."""

import contextlib
import http.client
import json
import random
from types import SimpleNamespace

import boto3
import botocore.handlers
import pytest
from botocore.exceptions import ClientError

from infra.local.engine import Engine
from infra.local.pump import to_lambda
from infra.local.server import DEAD_LETTERS, STAGE, Server
from infra.local.wires import answer_botocore
from tests.faults.sampling import GATE_SEED
from tests.infra.generated import INDEXES, PREFIX, Calls

pytestmark = pytest.mark.slow

SENDER = "hello@go.example"
CLICKS = f"{PREFIX}clicks"
_SERVICES = ("s3", "sesv2")


@pytest.fixture(scope="module")
def server():
    server = Server()
    try:
        server.prepare(sender=SENDER)
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", server.port)) as connection:
            yield SimpleNamespace(at=server, connection=connection)
    finally:
        server.stop()


@pytest.fixture(scope="module")
def engine():
    engine = Engine(stage=STAGE, sender=SENDER)
    engine.reset()
    return engine


@pytest.fixture(scope="module")
def clients(server, engine):
    """Clients of botocore's: the server's, and those that the engine answers."""
    before = list(botocore.handlers.BUILTIN_HANDLERS)
    answer_botocore(lambda: engine)
    try:
        session = boto3.session.Session(region_name="us-east-1")
        here = {name: session.client(name) for name in _SERVICES}
    finally:
        botocore.handlers.BUILTIN_HANDLERS[:] = before
    return [SimpleNamespace(**{name: server.at.client(name) for name in _SERVICES}), SimpleNamespace(**here)]


def ask_server(server, operation, body):
    headers = {
        "X-Amz-Target": f"DynamoDB_20120810.{operation}",
        "Content-Type": "application/x-amz-json-1.0",
        "Authorization": "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/dynamodb/aws4_request",
    }
    server.connection.request("POST", "/", body, headers)
    answer = server.connection.getresponse()
    return answer.status, json.loads(answer.read())


def ask_engine(engine, operation, body):
    status, _, content = engine.answer(operation, body)
    return status, json.loads(content)


def ask_both(server, engine, operation, parameters):
    """Return what both answer, once it is the same."""
    body = parameters if isinstance(parameters, bytes) else json.dumps(parameters).encode()
    there, here = ask_server(server, operation, body), ask_engine(engine, operation, body)
    assert here == there, f"{operation} {body.decode(errors='replace')[:2000]}"
    return here


def without_numbers(record):
    """Return what a record tells, without what each engine numbers and dates for itself."""
    own = ("SequenceNumber", "ApproximateCreationDateTime")
    change = {name: value for name, value in record["dynamodb"].items() if name not in own}
    return record["eventName"], record["eventVersion"], record["eventSource"], record["awsRegion"], change


def stream_of(server, table):
    """Return what the server's stream of a table tells, as Lambda would be told."""
    streams = server.at.client("dynamodbstreams")
    [stream] = streams.list_streams(TableName=PREFIX + table)["Streams"]
    records = []
    for shard in streams.describe_stream(StreamArn=stream["StreamArn"])["StreamDescription"]["Shards"]:
        parameters = {
            "StreamArn": stream["StreamArn"],
            "ShardId": shard["ShardId"],
            "ShardIteratorType": "TRIM_HORIZON",
        }
        iterator = streams.get_shard_iterator(**parameters)["ShardIterator"]
        while (page := streams.get_records(ShardIterator=iterator))["Records"]:
            records += page["Records"]
            iterator = page["NextShardIterator"]
    return [without_numbers(to_lambda(record, stream["StreamArn"])) for record in records]


def test_generated_calls_are_answered_alike_and_the_streams_tell_the_same(server, engine):
    calls = Calls(random.Random(GATE_SEED))
    outcomes = set()

    for _ in range(700):
        operation, parameters = calls.draw()
        status, answer = ask_both(server, engine, operation, parameters)
        calls.heard(operation, parameters, answer)
        outcomes.add((operation, status, answer.get("__type", "").rpartition("#")[2]))

    for table in INDEXES:
        if table in engine.streams:
            records = [without_numbers(record) for record in engine.records(table)]
            assert len(records) > 20
            assert records == stream_of(server, table)
    # What was generated is worth comparing.
    assert {operation for operation, status, _ in outcomes if status == 200} >= {
        *("PutItem", "UpdateItem", "DeleteItem", "GetItem", "Query", "Scan"),
        *("BatchGetItem", "BatchWriteItem", "TransactWriteItems", "TransactGetItems"),
    }
    assert {code for _, status, code in outcomes if status != 200} >= {
        *("ValidationException", "ConditionalCheckFailedException", "TransactionCanceledException"),
        *("IdempotentParameterMismatchException", "ResourceNotFoundException", "UnknownOperationException"),
    }


@pytest.mark.parametrize("body", [b"", b"{", b'{"TableName": 7}', b"\xff\xfe"])
def test_a_body_that_is_no_call_is_answered_alike(server, engine, body):
    for operation in ("GetItem", "Query"):
        assert ask_both(server, engine, operation, body)[0] != 200


@pytest.mark.parametrize(
    "options",
    [
        {"ProjectionExpression": "#a, sk", "ExpressionAttributeNames": {"#a": "n"}},
        {"ProjectionExpression": "pk,n"},
        {},
        {"ConsistentRead": True},
        {"ProjectionExpression": "m.a, l[0]"},
        {"ProjectionExpression": "n, n"},
        {"ProjectionExpression": "#a", "ExpressionAttributeNames": {"#a": "n", "#b": "s"}},
        {"ExclusiveStartKey": {"pk": {"S": "many"}, "sk": {"S": "0110"}}},
        {"ExclusiveStartKey": {"pk": {"S": "other"}, "sk": {"S": "0110"}}},
        {"Limit": 7},
        {"ScanIndexForward": False},
    ],
    ids=str,
)
def test_a_range_of_a_large_partition_is_answered_alike(server, engine, options):
    if not engine.items("clicks"):
        for n in range(0, 200, 25):
            rows = [
                {
                    "pk": {"S": "many"},
                    "sk": {"S": f"{m:04}"},
                    "n": {"N": str(m)},
                    "l": {"L": [{"N": "1"}]},
                    **({"m": {"M": {"a": {"N": "1"}}}} if m % 2 else {}),
                }
                for m in range(n, n + 25)
            ]
            ask_both(
                server,
                engine,
                "BatchWriteItem",
                {"RequestItems": {CLICKS: [{"PutRequest": {"Item": r}} for r in rows]}},
            )
    values = {":pk": {"S": "many"}, ":first": {"S": "0100"}, ":last": {"S": "0150"}}
    query = {"TableName": CLICKS, "KeyConditionExpression": "pk = :pk AND sk BETWEEN :first AND :last"}

    ask_both(server, engine, "Query", {**query, "ExpressionAttributeValues": values, **options})


REWARDS = f"{PREFIX}rewards"
_BY_KEY = "pk = :v AND sk BETWEEN :f AND :t"
_WAITING = {"IndexName": "waiting", "KeyConditionExpression": "#w = :v", "ExpressionAttributeNames": {"#w": "waits"}}


@pytest.mark.parametrize(
    "options",
    [
        {"KeyConditionExpression": _BY_KEY},
        {"KeyConditionExpression": _BY_KEY, "Select": "COUNT"},
        {"KeyConditionExpression": _BY_KEY, "ConsistentRead": True, "ProjectionExpression": "pk, n"},
        {"KeyConditionExpression": _BY_KEY, "Limit": 0},
        {"KeyConditionExpression": _BY_KEY, "ExclusiveStartKey": {"pk": {"S": "nobody"}, "sk": {"S": "1"}}},
        {"KeyConditionExpression": "pk = :v AND begins_with(sk, :f)"},
        {"KeyConditionExpression": "pk = :v", "FilterExpression": "n = :f"},
        {"KeyConditionExpression": ":v = pk", "ExpressionAttributeNames": {"#unused": "n"}},
        _WAITING,
        _WAITING | {"ScanIndexForward": False, "Limit": 3},
        _WAITING | {"KeyConditionExpression": "#w = :v AND pk > :f"},
        _WAITING | {"ConsistentRead": True},
        _WAITING | {"IndexName": "nowhere"},
    ],
    ids=str,
)
def test_a_query_that_differs_from_another_in_its_values_is_answered_alike(server, engine, options):
    texts = [{"S": text} for text in ("nobody", "nobody else", "somebody", "", "x" * 2049)]
    others = [{"N": "1"}, {"S": 7}, {"S": "a", "N": "1"}, "nobody", None]
    row = {"pk": {"S": "somebody"}, "sk": {"S": "5"}, "waits": {"S": "somebody"}}
    expressions = options["KeyConditionExpression"] + options.get("FilterExpression", "")

    # Before there is a row, with one, and when it is gone.
    for operation, part in (
        (None, {}),
        ("PutItem", {"Item": row}),
        ("DeleteItem", {"Key": {"pk": row["pk"], "sk": row["sk"]}}),
    ):
        if operation:
            ask_both(server, engine, operation, {"TableName": REWARDS, **part})
        for value in (*texts, *others):
            for first, last in (("1", "9"), ("9", "1"), ("", "1")):
                values = {":v": value, ":f": {"S": first}, ":t": {"S": last}}
                values = {name: one for name, one in values.items() if name in expressions}
                ask_both(
                    server, engine, "Query", {"TableName": REWARDS, "ExpressionAttributeValues": values, **options}
                )


_BY_BOTH = {
    "IndexName": "by_partner",
    "KeyConditionExpression": "(#0 = :0 AND #1 = :1)",
    "ExpressionAttributeNames": {"#0": "program_day", "#1": "partner"},
}


@pytest.mark.parametrize(
    ("options", "finds"),
    [
        ({}, True),
        ({"ExpressionAttributeNames": {"#1": "program_day", "#0": "partner"}}, True),
        ({"ScanIndexForward": False, "Limit": 2}, True),
        ({"Select": "COUNT"}, True),
        ({"FilterExpression": "n > :n"}, True),
        ({"KeyConditionExpression": "(#0 = :0 AND #1 > :1)"}, True),
        ({"ConsistentRead": True}, False),
        ({"IndexName": "by_program_day"}, False),
        ({"IndexName": "nowhere"}, False),
        ({"TableName": 7}, False),
        ({"ExpressionAttributeNames": {"#0": "program_day"}}, False),
    ],
    ids=str,
)
def test_a_query_by_both_keys_of_a_large_partition_is_answered_alike(server, engine, options, finds):
    table = {"TableName": f"{PREFIX}stats"}
    keys = [{"pk": {"S": f"busy-{n}"}, "sk": {"S": "1"}} for n in range(12)]
    for n, key in enumerate(keys):
        item = key | {"program_day": {"S": "busy"}, "n": {"N": str(n)}, "partner": {"S": "bob" if n % 2 else "ada"}}
        ask_both(server, engine, "PutItem", table | {"Item": item})
    # A row that changed its place, and one that is gone.
    moved = {"UpdateExpression": "SET partner = :p", "ExpressionAttributeValues": {":p": {"S": "cy"}}}
    ask_both(server, engine, "UpdateItem", table | {"Key": keys[3]} | moved)
    ask_both(server, engine, "DeleteItem", table | {"Key": keys[4]})
    texts = [{"S": text} for text in ("busy", "ada", "bob", "cy", "nobody", "", "x" * 1025, "x" * 2049)]
    number = 0
    for partition in (*texts, {"N": "1"}, {"S": 7}, {"S": "busy", "N": "1"}, "busy", None):
        for sort in (*texts, {"N": "1"}, None):
            values = {":0": partition, ":1": sort} | ({":n": {"N": "5"}} if "FilterExpression" in options else {})
            query = table | _BY_BOTH | {"ExpressionAttributeValues": values} | options
            answer = ask_both(server, engine, "Query", query)[1]
            number += answer.get("Count", 0)
            if "LastEvaluatedKey" in answer:
                ask_both(server, engine, "Query", query | {"ExclusiveStartKey": answer["LastEvaluatedKey"]})
    assert (number > 0) == finds
    # All of the partition is there again.
    whole = {"KeyConditionExpression": "#0 = :0", "ExpressionAttributeNames": {"#0": "program_day"}}
    values = {"ExpressionAttributeValues": {":0": {"S": "busy"}}}
    assert ask_both(server, engine, "Query", table | _BY_BOTH | whole | values)[1]["Count"] == 11


_RANGES = [
    *(f"pk = :pk AND sk {sign} :a" for sign in ("=", "<", "<=", ">", ">=")),
    "(pk = :pk AND sk BETWEEN :a AND :b)",
    "pk = :pk AND begins_with(sk, :a)",
    "sk >= :a AND pk = :pk",
    "pk = :pk",
]


@pytest.mark.parametrize("condition", _RANGES)
def test_pages_of_any_range_are_alike_from_both_ends_and_from_wherever_they_begin(server, engine, condition):
    table = {"TableName": f"{PREFIX}stats"}
    for n in range(40):
        item = {"pk": {"S": "pages"}, "sk": {"S": f"{n % 7}-{n:02}"}, "as_of": {"S": "even" if n % 2 else "odd"}}
        ask_both(server, engine, "PutItem", table | {"Item": item})
    sorts = set()
    for a, b in (("1", "5-9"), ("3-03", "3-03"), ("9", "9"), ("5", "1")):
        values = {":pk": {"S": "pages"}, ":a": {"S": a}, ":b": {"S": b}}
        values = {name: value for name, value in values.items() if name in condition.replace(")", " ").split()}
        query = table | {"KeyConditionExpression": condition, "ExpressionAttributeValues": values}
        filtered = {"FilterExpression": "as_of = :o", "ExpressionAttributeValues": values | {":o": {"S": "odd"}}}
        for options in ({}, {"Limit": 3}, {"ScanIndexForward": False, "Limit": 4}, {"Limit": 3, **filtered}):
            page = query | options
            while True:
                answer = ask_both(server, engine, "Query", page)[1]
                sorts |= {item["sk"]["S"] for item in answer.get("Items", [])}
                if "LastEvaluatedKey" not in answer:
                    break
                page = page | {"ExclusiveStartKey": answer["LastEvaluatedKey"]}
        for start in ({"sk": "3-03"}, {"pk": "elsewhere", "sk": "3-03"}, {"pk": "pages", "sk": "3-04"}, {"sk": 7}):
            key = {name: {"S": text} for name, text in start.items()}
            ask_both(server, engine, "Query", query | {"ExclusiveStartKey": key, "Limit": 3})
    assert len(sorts) == 1 if " = :a" in condition else len(sorts) > 1


def test_a_page_ends_alike_at_a_megabyte(server, engine):
    table = {"TableName": f"{PREFIX}stats"}
    for n, size in enumerate((300_000, 399_000, 100, 350_000, 398_000)):
        item = {"pk": {"S": "large"}, "sk": {"S": str(n)}, "as_of": {"S": "ü" * (size // 2)}}
        ask_both(server, engine, "PutItem", table | {"Item": item})
    pages = []
    query = table | {"KeyConditionExpression": "pk = :pk", "ExpressionAttributeValues": {":pk": {"S": "large"}}}
    for options in ({}, {}, {"ScanIndexForward": False}):
        page = query | options
        while page is not None:
            answer = ask_both(server, engine, "Query", page)[1]
            pages.append(answer["Count"])
            key = answer.get("LastEvaluatedKey")
            page = page | {"ExclusiveStartKey": key} if key else None
    assert pages == [3, 2, 3, 2, 3, 2]


_VALUES = [
    *({"S": text} for text in ("x", "", "Grüße", "x" * 300, "x" * 2049, "x" * 410_000)),
    *({"N": text} for text in ("2", "0", "-3", "1.50", "1e3", "007", "9" * 38, "9" * 39, "many", "")),
    *({"BOOL": True}, {"BOOL": "yes"}, {"NULL": True}, {"NULL": False}, {"B": "AP8="}),
    *({"SS": texts} for texts in (["a", "b"], ["b", "c"], ["a", "a"], [], [1])),
    *({"L": members} for members in ([], [{"N": "1"}, {"N": "1.0"}], [{"L": [{"S": "x"}]}], [{"N": "many"}], "x")),
    *({"M": members} for members in ({"a": {"N": "1"}, "": {"BOOL": False}}, {"a": {"M": {}}}, {"a": {"S": 7}})),
    *(_NO_VALUES := ({}, {"S": 7}, {"S": "a", "N": "1"})),
    *("text", None),
]
_NEW = "attribute_not_exists(pk)"
_REFERRED = ("ExpressionAttributeNames", "ExpressionAttributeValues")


def _put(value, part="n", **options):
    return "Put", {"Item": {part: value, "as_of": {"S": "1"}}, **options}


def _update(value, expression="SET #a = :v", name="n", **options):
    names = {"#a": name} if "#a" in expression else None
    values = {":v": value} if ":v" in expression else None
    referred = {key: one for key, one in zip(_REFERRED, (names, values), strict=True) if one}
    return "Update", {"UpdateExpression": expression, **referred, **options}


_NUMBER = {"ExpressionAttributeValues": {":n": {"N": "2"}}}
_WRITES = {
    "put": _put,
    "put if new": lambda value: _put(value, ConditionExpression=_NEW),
    "put if it is less": lambda value: _put(value, ConditionExpression="n < :n", **_NUMBER),
    "put what an index has": lambda value: _put(value, "partner"),
    "set": _update,
    "set, and show": lambda value: _update(value, ReturnValues="ALL_NEW"),
    "set, and show what was": lambda value: _update(value, ReturnValues="UPDATED_OLD"),
    "set if it is another": lambda value: _update(value, ConditionExpression="NOT #a = :v"),
    "set if it is the same": lambda value: _update(value, "SET as_of = :v", "n", ConditionExpression="as_of = :v"),
    "set if it was less": lambda value: _update(value, ConditionExpression=f"{_NEW} OR #a < :v"),
    "set what an index has": lambda value: _update(value, "SET partner = :v"),
    "set twice": lambda value: _update(value, "SET n = :v, as_of = :v"),
    "set a part": lambda value: _update(value, "SET m.x = :v"),
    "set a key": lambda value: _update(value, "SET sk = :v"),
    "set and remove": lambda value: _update(value, "SET as_of = :v REMOVE #a, partner"),
    "remove": lambda _value: _update(None, "REMOVE #a", "partner"),
    "add": lambda value: _update(value, "ADD #a :v", ReturnValues="ALL_NEW"),
    "set and add": lambda value: _update(value, "SET as_of = :v ADD n :v"),
    "make": lambda value: ("Update", {"Key": {"pk": {"S": "made"}, "sk": value}}),
}
# What MiniStack does in transactions alone, and DynamoDB refuses.
_SINGLE = {"set a key", "make"}


@pytest.mark.parametrize(
    ("kind", "in_transaction"),
    [(kind, way) for kind in _WRITES for way in (False, True) if not (way and kind in _SINGLE)],
)
def test_a_write_that_differs_from_another_in_its_values_is_done_alike(server, engine, kind, in_transaction):
    table, name = {"TableName": f"{PREFIX}stats"}, f"{kind} {in_transaction}"
    keys = [{"pk": {"S": name}, "sk": {"S": sk}} for sk in ("1", "2")]
    day = {"program_day": {"S": "written"}, "n": {"N": "1"}, "m": {"M": {}}}
    ask_both(server, engine, "PutItem", table | {"Item": keys[1] | day})
    outcomes = set()
    # Each is tried twice: the second may be done as the first was.
    for number, value in enumerate([*_VALUES, *_VALUES]):
        if value in _NO_VALUES and ("index" in kind or "add" in kind):
            # MiniStack fails, if it does not refuse it.
            continue
        for key in keys:
            operation, part = _WRITES[kind](value)
            part = table | part
            if operation == "Put":
                part = part | {"Item": part["Item"] | key}
            elif "Key" not in part:
                part = part | {"Key": key}
            if in_transaction:
                part.pop("ReturnValues", None)
                there = {"ConditionCheck": table | {"Key": keys[1], "ConditionExpression": "attribute_exists(pk)"}}
                members = [{operation: part}, *([there] if key is keys[0] else [])]
                call = "TransactWriteItems", {"TransactItems": members}
                if number % 3 == 0:
                    call[1]["ClientRequestToken"] = f"{name}"[:20] + f"-{number}-{key['sk']['S']}"
                if number % 6 == 0:
                    # What is sent again is not done again.
                    ask_both(server, engine, *call)
            else:
                call = f"{operation}Item", part
            outcomes.add(ask_both(server, engine, *call)[0])
            ask_both(server, engine, "GetItem", table | {"Key": key})
    everything = {"IndexName": "by_partner", "KeyConditionExpression": "program_day = :d"}
    query = table | everything | {"ExpressionAttributeValues": {":d": day["program_day"]}}
    ask_both(server, engine, "Query", query)
    assert 200 in outcomes or kind == "set a key"


def test_writes_that_were_done_at_once_tell_the_stream_what_the_others_do(server, engine):
    table = {"TableName": f"{PREFIX}messages"}
    key = {"pk": {"S": "told"}, "sk": {"S": "1"}}
    add = {"UpdateExpression": "ADD n :n", "ExpressionAttributeValues": {":n": {"N": "0"}}}
    for n in ("1", "1", "2"):
        ask_both(server, engine, "PutItem", table | {"Item": key | {"n": {"N": n}}})
    for n in ("1", "0", "2"):
        add["ExpressionAttributeValues"][":n"]["N"] = n
        ask_both(server, engine, "UpdateItem", table | {"Key": key} | add)
        ask_both(server, engine, "TransactWriteItems", {"TransactItems": [{"Update": table | {"Key": key} | add}]})

    records = [without_numbers(record) for record in engine.records("messages")][-6:]

    assert records == stream_of(server, "messages")[-6:]
    assert [event for event, *_ in records] == ["INSERT", "MODIFY", *["MODIFY"] * 4]


def test_an_object_is_put_read_listed_copied_and_deleted_alike(clients):
    def steps(s3):
        bucket, key = DEAD_LETTERS, "dead/über & co+1/2026-01-01T00.00.00-x"
        yield s3.put_object(Bucket=bucket, Key=key, Body=b"\x00\xffletter", ContentType="application/json")
        read = s3.get_object(Bucket=bucket, Key=key)
        yield {**read, "Body": read["Body"].read()}
        yield s3.copy_object(Bucket=bucket, Key=f"redriven/{key}", CopySource={"Bucket": bucket, "Key": key})
        yield s3.list_objects_v2(Bucket=bucket, Prefix="dead/", MaxKeys=1)
        yield s3.delete_object(Bucket=bucket, Key=key)
        for ask in (s3.get_object, s3.head_object):
            with pytest.raises(ClientError) as raised:
                ask(Bucket=bucket, Key=key)
            yield raised.value.response
        yield s3.list_objects_v2(Bucket=bucket)
        with pytest.raises(ClientError) as raised:
            s3.copy_object(Bucket=bucket, Key="other", CopySource={"Bucket": bucket, "Key": key})
        yield raised.value.response

    there, here = ([timeless(step) for step in steps(client.s3)] for client in clients)

    assert here == there
    assert [one["Key"] for one in here[7]["Contents"]] == ["redriven/dead/über & co+1/2026-01-01T00.00.00-x"]


def test_an_email_is_taken_and_refused_alike(clients, engine):
    content = {"Simple": {"Subject": {"Data": "Grüße"}, "Body": {"Text": {"Data": "text"}, "Html": {"Data": "<p>"}}}}
    letter = {"FromEmailAddress": f"Goodword <{SENDER}>", "Content": content}

    def steps(ses):
        yield ses.send_email(**letter, Destination={"ToAddresses": ["Ada <ada@mail.example>"]})
        with pytest.raises(ClientError) as raised:
            ses.send_email(
                **{**letter, "FromEmailAddress": "who@else.example"}, Destination={"ToAddresses": ["a@mail.example"]}
            )
        yield raised.value.response

    there, here = ([timeless(step) for step in steps(client.sesv2)] for client in clients)

    assert here == there
    assert engine.emails()[-1]["Subject"] == "Grüße"


def timeless(answer):
    """Return an answer without what is each engine's own: ids, and the time."""
    own = ("LastModified", "MessageId", "RequestId", "HostId", "HTTPHeaders", "RetryAttempts")
    if isinstance(answer, dict):
        return {name: timeless(value) for name, value in answer.items() if name not in own}
    return [timeless(one) for one in answer] if isinstance(answer, list) else answer
