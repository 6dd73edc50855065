"""`make status`: the state of a stage on one page; exits with 1 if something needs a person."""

import argparse
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.dead_letters.bucket import Gone
from chalicelib.dead_letters.dead_letter import Unreadable
from infra.local import templates
from infra.operate.account import Account, open_account
from infra.operate.dead_letters import bucket_of
from infra.operate.reports import describe_promptness, read_reports
from infra.operate.stack import Stack

_HOUR = timedelta(hours=1)
_BAD_AGE_SECONDS = 900
# A report a day is made anew every six hours; after this long the schedule is not running.
_OLD_REPORT = timedelta(hours=9)
_LETTERS_LOOKED_AT = 200
_TURN_ON_EXPIRY = (
    "aws dynamodb update-time-to-live --table-name {table} "
    "--time-to-live-specification Enabled=true,AttributeName=expires"
)
_TURN_ON_RECOVERY = (
    "aws dynamodb update-continuous-backups --table-name {table} "
    "--point-in-time-recovery-specification PointInTimeRecoveryEnabled=true"
)
_GOOD_STACKS = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE", "UPDATE_ROLLBACK_COMPLETE")


@dataclass(frozen=True)
class Finding:
    """The result of one check, and what to do if it needs a person."""

    subject: str
    summary: str
    to_do: str = ""


Look = Callable[[Account], Iterator[Finding]]


def main() -> None:
    """Check everything; report what cannot be read, and continue with the rest."""
    parser = argparse.ArgumentParser(prog="make status", description=__doc__)
    parser.add_argument("--stage", required=True)
    account = open_account(parser.parse_args().stage)
    print(f"Goodword in {account}, {datetime.now(UTC):%Y-%m-%d %H:%M} UTC")
    needs = 0
    for title, look in LOOKS.items():
        print(f"\n{title}")
        for finding in looked(account, look):
            needs += bool(finding.to_do)
            print(f"  {'!' if finding.to_do else ' '} {finding.subject:<34} {finding.summary}", flush=True)
            if finding.to_do:
                print(f"      {finding.to_do}")
    print(f"\n{needs} things need a person." if needs else "\nNothing needs a person.")
    sys.exit(bool(needs))


def looked(account: Account, look: Look) -> list[Finding]:
    """Return what a look finds; if its source cannot be read, that."""
    findings: list[Finding] = []
    try:
        findings.extend(look(account))
    except (ClientError, BotoCoreError, SystemExit) as failure:
        findings.append(Finding("?", f"could not be read: {failure}"))
    return findings


def stacks(account: Account) -> Iterator[Finding]:
    """Yield the state of both stacks."""
    for name in (account.tables_stack, account.app_stack):
        stack = Stack(account, name).described()
        if stack is None:
            yield Finding(name, "is not there", f"make deploy STAGE={account.stage}")
            continue
        status = stack["StackStatus"]
        bad = status not in _GOOD_STACKS and not status.endswith("_IN_PROGRESS")
        yield Finding(name, status, "look at its events in CloudFormation; then make deploy again" if bad else "")


def functions(account: Account) -> Iterator[Finding]:
    """Count each function's errors and throttles of the last hour."""
    names = _functions(account)
    sums = _metrics(account, names, ("Invocations", "Errors", "Throttles"), statistic="Sum")
    for logical, physical in sorted(names.items()):
        calls, errors, throttles = (sums[physical, metric] for metric in ("Invocations", "Errors", "Throttles"))
        summary = f"{calls:.0f} calls, {errors:.0f} errors, {throttles:.0f} throttled in the last hour"
        yield Finding(logical, summary, _last_error(account, physical) if errors or throttles else "")


def backlog(account: Account) -> Iterator[Finding]:
    """Say of each reaction whether it is being fed, and how far behind it is."""
    names = _functions(account)
    lambda_ = account.client("lambda")
    ages = _metrics(account, names, ("IteratorAge",), statistic="Maximum")
    for logical, physical in sorted(names.items()):
        for mapping in lambda_.list_event_source_mappings(FunctionName=physical)["EventSourceMappings"]:
            state, seconds = mapping["State"], ages[physical, "IteratorAge"] / 1000
            summary = f"{state}, {seconds:.0f} s behind"
            if mapping.get("LastProcessingResult", "").startswith("PROBLEM"):
                summary += f", {mapping['LastProcessingResult']}"
            todo = ""
            if state != "Enabled":
                todo = f"aws lambda update-event-source-mapping --enabled --uuid {mapping['UUID']}"
            elif seconds > _BAD_AGE_SECONDS:
                todo = "it cannot keep up, or is kept by a bad record: look at its logs"
            yield Finding(logical, summary, todo)


def dead_letters(account: Account) -> Iterator[Finding]:
    """Count what reactions gave up on, by function, with the oldest."""
    bucket = bucket_of(account)
    counted: Counter[str] = Counter()
    oldest: dict[str, datetime] = {}
    for number, dead_letter in enumerate(bucket):
        function = "(not looked at)"
        if number < _LETTERS_LOOKED_AT:
            try:
                function = bucket.open(dead_letter).reaction
            except Gone:
                continue
            except Unreadable:
                function = "(unreadable)"
        counted[function] += 1
        oldest[function] = min(oldest.get(function, dead_letter.at), dead_letter.at)
    for function, number in sorted(counted.items()):
        summary = f"{number}, the oldest of {oldest[function]:%Y-%m-%d %H:%M}"
        yield Finding(function, summary, f"mend the cause, then make redrive STAGE={account.stage}")
    if not counted:
        yield Finding(bucket.name, "none")


def messages(account: Account) -> Iterator[Finding]:
    """Count dead letters and webhook calls that failed, or are on their way."""
    dynamodb = account.client("dynamodb")
    todo = {
        "open": "",
        "retrying": "",
        "given_up": "GET /v1/messages lists them; POST /v1/messages/{id}/retry sends one again",
    }
    labels = {"open": "on their way", "retrying": "failed, tried again later", "given_up": "failed for good"}
    for name, what_to_do in todo.items():
        number = sum(_count(dynamodb, account, f"{name}#{shard}") for shard in range(_shards()))
        yield Finding(labels[name], f"{number}", what_to_do if number else "")


def drift(account: Account) -> Iterator[Finding]:
    """Show the result of the last days' reconciliation."""
    reports = read_reports(account)
    at = datetime.now(UTC)
    for place, row in enumerate(reports):
        drifted, left = int(row["drift"]["N"]), int(row["left"]["N"])
        finished = row.get("finished_at", {}).get("S")
        summary = f"{drifted} differences, {left} left; {f'compared at {finished}' if finished else 'being compared'}"
        todo = f"make reconcile DAY={row['sk']['S']} KEY=... shows them" if left else ""
        begun = datetime.fromisoformat(row["begun_at"]["S"])
        if place == 0 and at - begun > _OLD_REPORT:
            todo = "the schedule `reconcile` does not run: look at its function"
        yield Finding(row["sk"]["S"], summary, todo)
    if not reports:
        yield Finding("reconciliation", "no day was compared yet")


def promptness(account: Account) -> Iterator[Finding]:
    """Say how prompt all programs were together on the last days that were compared."""
    for row in read_reports(account):
        if "prompt" in row:
            yield Finding(row["sk"]["S"], *describe_promptness(row))


def schedules(account: Account) -> Iterator[Finding]:
    """Yield the state of the schedules."""
    events = account.client("events")
    for resource in Stack(account, account.app_stack).resources():
        if resource["ResourceType"] == "AWS::Events::Rule":
            rule = events.describe_rule(Name=resource["PhysicalResourceId"])
            on = rule["State"] == "ENABLED"
            todo = "" if on else f"aws events enable-rule --name {rule['Name']}"
            yield Finding(
                resource["LogicalResourceId"], f"{rule.get('ScheduleExpression', '')} {rule['State'].lower()}", todo
            )


def expiry(account: Account) -> Iterator[Finding]:
    """Yield the time to live of each table, and the tables without point-in-time recovery."""
    dynamodb = account.client("dynamodb")
    for resource in templates.read("tables.yaml")["Resources"].values():
        settings = resource["Properties"]
        if resource["Type"] != "AWS::DynamoDB::Table":
            continue
        table = settings["TableName"]["Sub"].replace("${Stage}", account.stage)
        if "TimeToLiveSpecification" in settings:
            status = dynamodb.describe_time_to_live(TableName=table)["TimeToLiveDescription"]["TimeToLiveStatus"]
            todo = "" if status.startswith("ENABL") else _TURN_ON_EXPIRY.format(table=table)
            yield Finding(table, f"time to live {status.lower()}", todo)
        backups = dynamodb.describe_continuous_backups(TableName=table)["ContinuousBackupsDescription"]
        recovery = backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"]
        if recovery != "ENABLED":
            yield Finding(table, "cannot be brought back to a point in time", _TURN_ON_RECOVERY.format(table=table))


LOOKS: dict[str, Look] = {
    "Stacks": stacks,
    "Functions": functions,
    "Backlog": backlog,
    "Dead letters": dead_letters,
    "Messages": messages,
    "Reconciliation": drift,
    "Promptness": promptness,
    "Schedules": schedules,
    "Expiry and backups": expiry,
}


def _functions(account: Account) -> dict[str, str]:
    """Return the deployed functions: their names in the template, and in AWS."""
    return {
        one["LogicalResourceId"]: one["PhysicalResourceId"]
        for one in Stack(account, account.app_stack).resources()
        if one["ResourceType"] == "AWS::Lambda::Function"
    }


def _last_error(account: Account, function: str) -> str:
    """Return a function's last error, and where to read more."""
    configuration = account.client("lambda").get_function_configuration(FunctionName=function)
    group = configuration.get("LoggingConfig", {}).get("LogGroup", f"/aws/lambda/{function}")
    where = f"aws logs tail {group} --since 1h"
    begin = int((datetime.now(UTC) - _HOUR).timestamp() * 1000)
    try:
        pages = (
            account.client("logs")
            .get_paginator("filter_log_events")
            .paginate(logGroupName=group, startTime=begin, filterPattern="ERROR")
        )
        messages = [event["message"] for page in pages for event in page["events"]]
    except (ClientError, BotoCoreError):
        return where
    return f"{messages[-1].strip()[:200]}\n      {where}" if messages else where


def _metrics(
    account: Account, names: dict[str, str], metrics: tuple[str, ...], *, statistic: str
) -> dict[tuple[str, str], float]:
    """Return functions' metrics over the last hour, by physical name and metric; 0 where there are none."""
    queries = [(physical, metric) for physical in names.values() for metric in metrics]
    values_by: dict[tuple[str, str], float] = defaultdict(float)
    end = datetime.now(UTC)
    cloudwatch = account.client("cloudwatch")
    for begin in range(0, len(queries), 100):
        some = {f"m{place}": one for place, one in enumerate(queries[begin : begin + 100])}
        answer = cloudwatch.get_metric_data(
            MetricDataQueries=[_metric_query(name, *one, statistic=statistic) for name, one in some.items()],
            StartTime=end - _HOUR,
            EndTime=end,
        )
        for result in answer["MetricDataResults"]:
            values = result["Values"]
            values_by[some[result["Id"]]] = (sum(values) if statistic == "Sum" else max(values, default=0.0)) or 0.0
    return values_by


def _metric_query(name: str, function: str, metric: str, *, statistic: str) -> dict[str, Any]:
    dimensions = [{"Name": "FunctionName", "Value": function}]
    described = {"Namespace": "AWS/Lambda", "MetricName": metric, "Dimensions": dimensions}
    return {"Id": name, "MetricStat": {"Metric": described, "Period": 3600, "Stat": statistic}}


def _count(dynamodb: Any, account: Account, part: str) -> int:
    pages = dynamodb.get_paginator("query").paginate(
        TableName=f"goodword-{account.stage}-messages",
        IndexName="listed",
        Select="COUNT",
        KeyConditionExpression="listed_in = :part",
        ExpressionAttributeValues={":part": {"S": part}},
    )
    return sum(page["Count"] for page in pages)


def _shards() -> int:
    from chalicelib.outbox.message import LISTED_SHARDS

    return LISTED_SHARDS


if __name__ == "__main__":
    main()
