"""How a stage is: what needs a person is marked, and what cannot be read is said."""

import json
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from botocore.exceptions import ClientError

from chalicelib.kit.tally import Tally
from infra.operate import status
from infra.operate.dead_letters import bucket_of
from infra.operate.stack import Stack
from tests.dead_letters.dead_letters import dead_letter
from tests.operate.conftest import empty_account, packaged
from tests.operate.test_status_command import healthy


@pytest.fixture(scope="module")
def stage(emulator, session, clients, tmp_path_factory):
    """A stage for all tests here: each of them looks at something else in it."""
    with pytest.MonkeyPatch.context() as patch:
        packaged(tmp_path_factory.mktemp("package"), patch)
        yield healthy(empty_account(emulator, session, clients, patch))


def summaries(account, title):
    return {one.subject: (one.summary, bool(one.to_do)) for one in status.looked(account, status.LOOKS[title])}


def physical(account, logical):
    resources = [one for name in (account.tables_stack, account.app_stack) for one in Stack(account, name).resources()]
    return next(one["PhysicalResourceId"] for one in resources if one["LogicalResourceId"] == logical)


def test_dead_letters_are_counted_by_function(stage):
    arn = stage.client("lambda").get_function(FunctionName=physical(stage, "RollUp"))["Configuration"]["FunctionArn"]
    s3, bucket = stage.client("s3"), bucket_of(stage).name
    for n in range(2):
        s3.put_object(Bucket=bucket, Key=f"aws/lambda/x/y/{n}", Body=json.dumps(dead_letter(arn, {})).encode())
    s3.put_object(Bucket=bucket, Key="aws/lambda/odd", Body=b"?")
    s3.put_object(Bucket=bucket, Key="redriven/aws/lambda/old", Body=b"?")

    findings = summaries(stage, "Dead letters")

    assert {name: summary[0].split(",")[0] for name, summary in findings.items()} == {
        "roll_up": "2",
        "(unreadable)": "1",
    }
    assert all(needs for _, needs in findings.values())


def test_a_function_with_errors_needs_attention(stage):
    dimensions = [{"Name": "FunctionName", "Value": physical(stage, "RollUp")}]
    stage.client("cloudwatch").put_metric_data(
        Namespace="AWS/Lambda",
        MetricData=[{"MetricName": "Errors", "Dimensions": dimensions, "Value": 3, "Timestamp": datetime.now(UTC)}],
    )

    logs, group = stage.client("logs"), f"/aws/lambda/{physical(stage, 'RollUp')}"
    if not logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]:
        logs.create_log_group(logGroupName=group)
    logs.create_log_stream(logGroupName=group, logStreamName="s")
    now = int(datetime.now(UTC).timestamp() * 1000)
    events = [{"timestamp": now, "message": '{"level": "ERROR", "message": "a program could not be rolled up"}'}]
    logs.put_log_events(logGroupName=group, logStreamName="s", logEvents=events)

    findings = summaries(stage, "Functions")
    [to_do] = [one.to_do for one in status.looked(stage, status.functions) if one.to_do]

    assert "a program could not be rolled up" in to_do
    assert f"aws logs tail {group}" in to_do
    assert "3 errors" in findings["RollUp"][0]
    assert (findings["RollUp"][1], findings["ClicksToStats"][1]) == (True, False)


def test_a_reaction_without_records_or_far_behind_needs_attention(stage):
    lambda_ = stage.client("lambda")
    name = physical(stage, "ClicksToStats")
    assert summaries(stage, "Backlog")["ClicksToStats"][1] is False
    dimensions = [{"Name": "FunctionName", "Value": name}]
    stage.client("cloudwatch").put_metric_data(
        Namespace="AWS/Lambda",
        MetricData=[
            {"MetricName": "IteratorAge", "Dimensions": dimensions, "Value": 3_600_000, "Timestamp": datetime.now(UTC)}
        ],
    )
    assert summaries(stage, "Backlog")["ClicksToStats"] == ("Enabled, 3600 s behind", True)

    [mapping] = lambda_.list_event_source_mappings(FunctionName=name)["EventSourceMappings"]
    lambda_.update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)

    assert summaries(stage, "Backlog")["ClicksToStats"][0].startswith("Disabled")


def test_messages_that_failed_permanently_need_attention(stage):
    for name, part in (("m1", "given_up#0"), ("m2", "open#3"), ("m3", "given_up#2")):
        stage.client("dynamodb").put_item(
            TableName="goodword-dev-messages",
            Item={"pk": {"S": name}, "sk": {"S": "message"}, "id": {"S": name}, "listed_in": {"S": part}},
        )

    assert summaries(stage, "Messages") == {
        "on their way": ("1", False),
        "failed, tried again later": ("0", False),
        "failed for good": ("2", True),
    }


def report(account, day, *, left, begun_at, prompt=None):
    measured = {"prompt": {"S": msgspec.json.encode(prompt).decode()}} if prompt else {}
    account.client("dynamodb").put_item(
        TableName="goodword-dev-reconciliation",
        Item={
            "pk": {"S": "reports"},
            "sk": {"S": day},
            "drift": {"N": "5"},
            "left": {"N": str(left)},
            "begun_at": {"S": begun_at},
            "finished_at": {"S": begun_at},
            **measured,
        },
    )


def test_what_reconciliation_left_to_a_person_is_shown(stage):
    now = datetime.now(UTC)
    report(stage, "2026-03-09", left=0, begun_at=(now - timedelta(days=1)).isoformat())
    report(stage, "2026-03-10", left=2, begun_at=now.isoformat())

    findings = summaries(stage, "Reconciliation")

    assert (findings["2026-03-10"][1], findings["2026-03-09"][1]) == (True, False)
    assert "5 differences, 2 left" in findings["2026-03-10"][0]


def test_stopped_reconciliation_needs_attention(stage):
    report(stage, "2026-03-10", left=0, begun_at="2026-03-10T00:00:00.000Z")

    assert summaries(stage, "Reconciliation")["2026-03-10"][1] is True


def test_how_prompt_programs_were_is_shown_and_late_rewards_need_attention(stage):
    prompt, late = Tally(), Tally()
    prompt.add(timedelta(days=2), late=False)
    late.add(timedelta(days=9), late=True)
    for day, tally in (("2026-03-09", prompt), ("2026-03-10", late)):
        report(stage, day, left=0, begun_at="2026-03-10T00:00:00.000Z", prompt={"due": tally})

    findings = summaries(stage, "Promptness")

    assert findings["2026-03-09"] == ("1 due, half within 2.0 d, 99% within 2.0 d", False)
    assert findings["2026-03-10"] == ("1 due, half within 9.0 d, 99% within 9.0 d", True)


def test_a_disabled_schedule_needs_attention(stage):
    [rule] = stage.client("events").list_rules()["Rules"]
    stage.client("events").disable_rule(Name=rule["Name"])

    [(summary, needs)] = summaries(stage, "Schedules").values()

    assert (summary, needs) == ("rate(5 minutes) disabled", True)


def test_an_unreadable_part_is_reported_and_the_rest_is_still_checked(stage, monkeypatch):
    def denied(_account):
        yield status.Finding("first", "seen")
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "Query")

    findings = status.looked(stage, denied)

    assert [one.subject for one in findings] == ["first", "?"]
    assert "could not be read" in findings[1].summary
    assert "AccessDenied" in findings[1].summary


def test_a_table_without_expiry_or_backups_needs_attention(stage):
    assert not any(needs for _, needs in summaries(stage, "Expiry and backups").values())
    dynamodb = stage.client("dynamodb")
    off = {"Enabled": False, "AttributeName": "expires"}
    dynamodb.update_time_to_live(TableName="goodword-dev-clicks", TimeToLiveSpecification=off)
    recovery = {"PointInTimeRecoveryEnabled": False}
    dynamodb.update_continuous_backups(TableName="goodword-dev-ledger", PointInTimeRecoverySpecification=recovery)

    findings = summaries(stage, "Expiry and backups")

    assert {name for name, (_, needs) in findings.items() if needs} == {"goodword-dev-clicks", "goodword-dev-ledger"}
