"""Dead letters are brought to their functions again, and count as redriven only once these have handled them."""

import json
import os
import subprocess
import sys
import uuid

import pytest

from chalicelib.dead_letters.bucket import REDRIVEN, Bucket
from chalicelib.dead_letters.dead_letter import PREFIX
from chalicelib.kit import ids
from infra.operate import redrive
from infra.operate.dead_letters import bucket_of
from infra.operate.stack import Stack
from tests.dead_letters.dead_letters import dead_letter
from tests.operate.test_deploy import deployed
from tests.running import ROOT


@pytest.fixture
def bucket(account, package):
    """A deployed stage, and a way to put dead letters into its bucket."""
    package(code="import json\n" + HANDLER)
    deployed(account)
    resources = {
        one["LogicalResourceId"]: one["PhysicalResourceId"]
        for name in (account.tables_stack, account.app_stack)
        for one in Stack(account, name).resources()
    }
    lambda_ = account.client("lambda")
    name = bucket_of(account).name

    class Bucket:
        arn = lambda_.get_function(FunctionName=resources["ClicksToStats"])["Configuration"]["FunctionArn"]
        other = lambda_.get_function(FunctionName=resources["RollUp"])["Configuration"]["FunctionArn"]

        def put(self, content):
            key = f"{PREFIX}{uuid.uuid4()}/shardId-1/2026/03/10/{uuid.uuid4()}"
            body = content if isinstance(content, bytes) else json.dumps(content).encode()
            account.client("s3").put_object(Bucket=name, Key=key, Body=body)
            return key

        def keys(self):
            objects = account.client("s3").list_objects_v2(Bucket=name)
            return {one["Key"] for one in objects.get("Contents", [])}

    return Bucket()


HANDLER = """
def handler(event, context):
    records = event["Records"]
    if any(record.get("raise") for record in records):
        raise ValueError("a bad record")
    bad = [record["dynamodb"]["SequenceNumber"] for record in records if record.get("bad")]
    return {"batchItemFailures": [{"itemIdentifier": number} for number in bad]}
"""


def test_what_is_dealt_with_is_put_away_and_what_fails_again_stays(account, bucket):
    good = [bucket.put(dead_letter(bucket.arn, {}, {})), bucket.put(dead_letter(bucket.other, {}, as_text=False))]
    partly = bucket.put(dead_letter(bucket.arn, {}, {"bad": True}))
    raising = bucket.put(dead_letter(bucket.arn, {"raise": True}))

    lines, left = redrive.redrive(account)

    assert left == 2
    outcomes = sorted(line[-1] for line in lines)
    assert outcomes[:2] == ["done", "done"]
    assert outcomes[2] == "left: 1 of its records failed again"
    assert outcomes[3].startswith("left: it raised an error: ")
    assert bucket.keys() == {partly, raising} | {REDRIVEN + key for key in good}


def test_run_again_it_does_only_what_is_left(account, bucket):
    bucket.put(dead_letter(bucket.arn, {}))
    assert redrive.redrive(account)[1] == 0

    assert redrive.redrive(account) == ([], 0)
    assert len(bucket.keys()) == 1


def test_stopped_before_it_was_put_away_a_dead_letter_is_delivered_again(account, bucket, monkeypatch):
    key = bucket.put(dead_letter(bucket.arn, {}))

    def stopped(self, dead_letter):
        raise KeyboardInterrupt

    with monkeypatch.context() as at_that_moment:
        at_that_moment.setattr(Bucket, "put_away", stopped)
        with pytest.raises(KeyboardInterrupt):
            redrive.redrive(account)
    assert bucket.keys() == {key}

    assert redrive.redrive(account)[1] == 0
    assert bucket.keys() == {REDRIVEN + key}


def test_odd_and_large_objects_are_kept_and_reported(account, bucket, monkeypatch, capsys):
    monkeypatch.setattr("chalicelib.dead_letters.bucket.MOST_BYTES", 2000)
    odd = {
        bucket.put(b"hello"),
        bucket.put({"requestContext": {}}),
        bucket.put(dead_letter(bucket.arn)),
        bucket.put(dead_letter(bucket.arn, {"x": "x" * 2000})),
        bucket.put(dead_letter("arn:aws:lambda:us-east-1:000000000000:function:gone", {})),
    }
    monkeypatch.setattr(sys, "argv", ["redrive", "--stage", "dev"])
    # This process has the models of another stage.
    monkeypatch.setattr(redrive, "open_trail", lambda _account: None)

    with pytest.raises(SystemExit) as ended:
        redrive.main()

    output = capsys.readouterr().out
    assert ended.value.code == 1
    assert bucket.keys() == odd
    assert "5 are left" in output
    for reason in (
        "not in the format of a dead letter",
        "no records",
        "exceeds what a function accepts",
        "cannot be called",
    ):
        assert reason in output


def test_one_function_can_be_redriven_alone(account, bucket):
    other = bucket.put(dead_letter(bucket.other, {}))
    bucket.put(dead_letter(bucket.arn, {}))

    lines, left = redrive.redrive(account, only="clicks_to_stats")

    assert (len(lines), left) == (1, 0)
    assert bucket.keys() >= {other}


def test_each_delivery_is_entered_before_it_is_made(account, bucket):
    good, failing = bucket.put(dead_letter(bucket.arn, {})), bucket.put(dead_letter(bucket.arn, {"raise": True}))
    environment = {**os.environ, "GOODWORD_TRANSPORT": "wire"}

    done = subprocess.run(
        [sys.executable, "-m", "infra.operate.redrive", "--stage", "dev"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )

    assert (done.returncode, "1 are left" in done.stdout) == (1, True), done.stderr
    rows = account.client("dynamodb").scan(TableName="goodword-dev-audit")["Items"]
    entered = {(one["actor"]["S"], one["action"]["S"], one["subject"]["S"]) for one in rows if "action" in one}
    dead = {ids.derived("dlt", key) for key in (good, failing)}
    assert entered == {("redrive", "dead_letter.redriven", one) for one in dead}
