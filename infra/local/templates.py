"""Reads the tables and the event sources out of the CloudFormation files, so that no run has its own."""

import functools
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

INFRA = Path(__file__).parents[1]


@dataclass(frozen=True)
class EventSource:
    """One reaction: which function reads which table's stream, and what happens when it fails."""

    function: str
    table: str
    batch_size: int
    window_seconds: float
    parallel: int
    bisect: bool
    retries: int
    most_seconds: int
    filters: list[dict[str, Any]]


class _Template(yaml.SafeLoader):
    """YAML with CloudFormation's short functions, kept as {name: argument}."""


def _short_function(loader: _Template, suffix: str, node: yaml.Node) -> dict[str, Any]:
    if isinstance(node, yaml.ScalarNode):
        return {suffix: loader.construct_scalar(node)}
    if isinstance(node, yaml.SequenceNode):
        return {suffix: loader.construct_sequence(node, deep=True)}
    assert isinstance(node, yaml.MappingNode)
    return {suffix: loader.construct_mapping(node, deep=True)}


_Template.add_multi_constructor("!", _short_function)


@functools.cache
def read(name: str) -> dict[str, Any]:
    """Return a template of infra/ as plain data, to be looked at only."""
    template: dict[str, Any] = yaml.load((INFRA / name).read_text(encoding="utf-8"), Loader=_Template)  # noqa: S506
    return template


def tables(*, stage: str) -> list[dict[str, Any]]:
    """
    Return the arguments of CreateTable for every table.

    Left out: deletion protection, recovery and time-to-live, which an emulator does not need (its
    expiry uses the real time, and a local clock may be in another year).
    """
    requests = []
    for resource in read("tables.yaml")["Resources"].values():
        if resource["Type"] != "AWS::DynamoDB::Table":
            continue
        properties = resource["Properties"]
        table = {
            "TableName": properties["TableName"]["Sub"].replace("${Stage}", stage),
            "BillingMode": properties["BillingMode"],
            "KeySchema": properties["KeySchema"],
            "AttributeDefinitions": properties["AttributeDefinitions"],
        }
        if "GlobalSecondaryIndexes" in properties:
            table["GlobalSecondaryIndexes"] = properties["GlobalSecondaryIndexes"]
        if "StreamSpecification" in properties:
            table["StreamSpecification"] = {"StreamEnabled": True, **properties["StreamSpecification"]}
        requests.append(table)
    return requests


def event_sources() -> list[EventSource]:
    """Return every reaction of infra/app.yaml, with the settings Lambda would obey."""
    sources = []
    for resource in read("app.yaml")["Resources"].values():
        for event in resource.get("Properties", {}).get("Events", {}).values():
            settings = event.get("Properties", {})
            if "Stream" not in settings:
                continue
            function = resource["Metadata"]["Function"]
            sources.append(
                EventSource(
                    function=function,
                    table=settings["Stream"]["Ref"].removesuffix("Stream").lower(),
                    batch_size=settings["BatchSize"],
                    window_seconds=settings["MaximumBatchingWindowInSeconds"],
                    parallel=settings.get("ParallelizationFactor", 1),
                    bisect=settings["BisectBatchOnFunctionError"],
                    retries=settings["MaximumRetryAttempts"],
                    most_seconds=settings["MaximumRecordAgeInSeconds"],
                    filters=[json.loads(one["Pattern"]) for one in settings["FilterCriteria"]["Filters"]],
                )
            )
    return sources
