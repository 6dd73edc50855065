"""
What every function of the stack has beside its code: a role, a log group, alarms, a place on the dashboard.

All of it follows from what infra/app.yaml says at the function: how it is fed, under `Metadata: Calls`
which operations it calls on which table (`table/index` for an index; `s3` is the bucket of dead letters,
`roots` that of the daily roots, `lambda` the stack's own reactions), and under `Metadata: Counts` which
numbers it logs as fields of their own that should be 0, with what it means if they are not.
"""

import json
from collections.abc import Collection
from typing import Any

Resource = dict[str, Any]
Resources = dict[str, Resource]

FUNCTION = "AWS::Serverless::Function"
_TABLES = "arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/goodword-${Stage}-"
# SES asks for the identity that sends, and the sender may be an address of an identity that is a domain.
_IDENTITIES = "arn:${AWS::Partition}:ses:${AWS::Region}:${AWS::AccountId}:identity/*"
# It asks for the configuration set emails are sent with, too.
_CONFIGURATION_SET = "arn:${AWS::Partition}:ses:${AWS::Region}:${AWS::AccountId}:configuration-set/goodword-${Stage}"
_OWN = {"Fn::Sub": "goodword-${Stage}"}
_BUCKETS = {"s3": {"Ref": "DeadLetters"}, "roots": {"Ref": "Roots"}}
_STREAM_READS = ["DescribeStream", "GetRecords", "GetShardIterator", "ListStreams"]


def of(template: dict[str, Any]) -> Resources:
    """Return the functions of a packaged template, by name."""
    return {name: one for name, one in template["Resources"].items() if one.get("Type") == FUNCTION}


def reactions(named: Resources) -> list[str]:
    """Return which of the functions are fed from a stream."""
    return [name for name, function in named.items() if mapping(name, function)]


def companions(name: str, function: Resource, *, callees: Collection[str] = ()) -> Resources:
    """Return the resources that a function has for itself; its *callees* are the functions it may call, if any."""
    own = {
        f"{name}Role": role(name, function, callees=callees),
        f"{name}Logs": _logs(name),
        f"{name}Errors": _errors(name),
    }
    if mapping(name, function):
        own |= {f"{name}Age": _age(name), f"{name}DeadLetters": _dead_letters_alarm(name, function)}
    for number, meaning in function["Metadata"].get("Counts", {}).items():
        own |= {
            f"{name}{number.title()}Metric": _metric(name, number),
            f"{name}{number.title()}": _counted(number, meaning),
        }
    return own


def role(name: str, function: Resource, *, callees: Collection[str] = ()) -> Resource:
    """Return the role of a function: its own log, its stream, its dead letters, and the calls it makes."""
    statements = [_allow("logs", ["CreateLogStream", "PutLogEvents"], _attribute(f"{name}Logs", "Arn"))]
    source = mapping(name, function)
    if source:
        settings = source[1]
        bucket = settings["DestinationConfig"]["OnFailure"]["Destination"]
        statements += [
            _allow("dynamodb", _STREAM_READS, settings["Stream"]),
            _allow("s3", ["ListBucket"], bucket),
            _allow("s3", ["PutObject"], _objects(bucket)),
        ]
    calls = function["Metadata"]["Calls"]
    for target, operations in calls.items():
        statements += _calls(target, operations, callees)
    return {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "AssumeRolePolicyDocument": {
                "Version": "2012-10-17",
                "Statement": [
                    {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
                ],
            },
            "Policies": [{"PolicyName": "calls", "PolicyDocument": {"Version": "2012-10-17", "Statement": statements}}],
        },
    }


def mapping(name: str, function: Resource) -> tuple[str, dict[str, Any]] | None:
    """Return the event source mapping that feeds a function from a stream: its resource's name, and its settings."""
    for event, source in function["Properties"].get("Events", {}).items():
        if "Stream" in source["Properties"]:
            return f"{name}{event}", source["Properties"]
    return None


def _calls(target: str, operations: list[str], callees: Collection[str]) -> list[dict[str, Any]]:
    """Return what allows operations on what `Calls` names."""
    if target == "ses":
        return [_allow("ses", operations, {"Fn::Sub": one}) for one in (_IDENTITIES, _CONFIGURATION_SET)]
    if target in _BUCKETS:
        bucket = _BUCKETS[target]
        of_bucket = [one for one in operations if one.endswith("Bucket")]
        of_objects = [one for one in operations if one not in of_bucket]
        return [_allow("s3", of_bucket, bucket), _allow("s3", of_objects, _objects(bucket))]
    if target == "lambda":
        return [_allow("lambda", operations, [_attribute(name, "Arn") for name in callees])]
    table, _, index = target.partition("/")
    return [_allow("dynamodb", operations, {"Fn::Sub": _TABLES + table + (f"/index/{index}" if index else "")})]


def _objects(bucket: Any) -> dict[str, Any]:
    return {"Fn::Join": ["", [bucket, "/*"]]}


def _allow(service: str, operations: list[str], resource: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": [f"{service}:{one}" for one in operations], "Resource": resource}


def _logs(name: str) -> Resource:
    group = {"Fn::Sub": f"/aws/lambda/goodword-${{Stage}}/{name}"}
    return {
        "Type": "AWS::Logs::LogGroup",
        "Properties": {"LogGroupName": group, "RetentionInDays": {"Ref": "LogDays"}},
    }


def _errors(name: str) -> Resource:
    return _alarm(
        f"{name} failed; what it was told comes again, if it came by a stream or a schedule",
        _lambda("Errors", {"FunctionName": {"Ref": name}}),
        Statistic="Sum",
        Threshold=1,
        Period=300,
    )


def _age(name: str) -> Resource:
    return _alarm(
        f"{name} is behind: the oldest record it has not dealt with is older than five minutes",
        _lambda("IteratorAge", {"FunctionName": {"Ref": name}}),
        Statistic="Maximum",
        Threshold=300_000,
        Period=60,
        EvaluationPeriods=5,
    )


def _dead_letters_alarm(name: str, function: Resource) -> Resource:
    source = mapping(name, function)
    assert source
    return _alarm(
        f"{name} has given up on records; they lie among the dead letters",
        _lambda("OnFailureDestinationDeliveredEventCount", {"EventSourceMappingUUID": {"Ref": source[0]}}),
        Statistic="Sum",
        Threshold=1,
        Period=300,
    )


def _metric(name: str, number: str) -> Resource:
    """Return what reads a number out of a function's log lines, which are JSON."""
    transformation = {"MetricNamespace": _OWN, "MetricName": number, "MetricValue": f"$.{number}"}
    return {
        "Type": "AWS::Logs::MetricFilter",
        "Properties": {
            "LogGroupName": {"Ref": f"{name}Logs"},
            "FilterPattern": f"{{ $.{number} = * }}",
            "MetricTransformations": [transformation],
        },
    }


def _counted(number: str, meaning: str) -> Resource:
    metric = {"Namespace": _OWN, "MetricName": number}
    return _alarm(meaning, metric, Statistic="Maximum", Threshold=1, Period=900, EvaluationPeriods=2)


def _lambda(metric: str, dimensions: dict[str, Any]) -> dict[str, Any]:
    return {
        "Namespace": "AWS/Lambda",
        "MetricName": metric,
        "Dimensions": [{"Name": key, "Value": value} for key, value in dimensions.items()],
    }


def _alarm(description: str, metric: dict[str, Any], **settings: Any) -> Resource:
    return {
        "Type": "AWS::CloudWatch::Alarm",
        "Properties": {
            "AlarmDescription": description,
            "EvaluationPeriods": 1,
            "ComparisonOperator": "GreaterThanOrEqualToThreshold",
            "TreatMissingData": "notBreaching",
            "AlarmActions": [{"Ref": "Alarms"}],
            **metric,
            **settings,
        },
    }


def _attribute(name: str, attribute: str) -> dict[str, list[str]]:
    return {"Fn::GetAtt": [name, attribute]}


def dashboard(functions: Resources) -> Resource:
    """Return one page with how visitors fare, how far behind the reactions are, and what fails."""
    streams = {name: one for name, one in functions.items() if mapping(name, one)}
    metric = "goodword-${Stage}"
    charts = [
        ("Clicks, and calls of the API", "Sum", _each(["Redirect", "APIHandler"], "Invocations")),
        ("How long a click takes (ms)", "p50", _each(["Redirect"], "Duration", p50="p50", p99="p99")),
        ("How long a call of the API takes (ms)", "p50", _each(["APIHandler"], "Duration", p50="p50", p99="p99")),
        ("Clicks that were lost", "Sum", [[metric, "LostClicks"]]),
        ("How far behind reactions are (ms)", "Maximum", _each(streams, "IteratorAge")),
        ("Failures", "Sum", _each(functions, "Errors")),
        ("Throttled", "Sum", _each(functions, "Throttles")),
        ("Emails", "Sum", [["AWS/SES", "Send"], ["AWS/SES", "Bounce"], ["AWS/SES", "Complaint"]]),
    ]
    charts += [
        (f"{name}: {number}", "Maximum", [[metric, number]])
        for name, function in functions.items()
        for number in function["Metadata"].get("Counts", {})
    ]
    widgets = [_chart(place, *chart) for place, chart in enumerate(charts)]
    return {
        "Type": "AWS::CloudWatch::Dashboard",
        "Properties": {
            "DashboardName": {"Fn::Sub": "goodword-${Stage}-${AWS::Region}"},
            "DashboardBody": {"Fn::Sub": json.dumps({"widgets": widgets})},
        },
    }


def _each(names: Any, metric: str, **statistics: str) -> list[list[Any]]:
    """Return a line for each function, or for each of a function's statistics."""
    lines: list[list[Any]] = [["AWS/Lambda", metric, "FunctionName", f"${{{name}}}"] for name in names]
    if not statistics:
        return lines
    return [[*line, {"stat": stat, "label": label}] for line in lines for label, stat in statistics.items()]


def _chart(place: int, title: str, statistic: str, metrics: list[list[Any]]) -> dict[str, Any]:
    across, down = place % 3, place // 3
    return {
        "type": "metric",
        "x": 8 * across,
        "y": 6 * down,
        "width": 8,
        "height": 6,
        "properties": {
            "title": title,
            "region": "${AWS::Region}",
            "stat": statistic,
            "period": 300,
            "metrics": metrics,
        },
    }
