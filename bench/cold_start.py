"""
A cold start: from the start of a process to its first answer, under AWS's own runtime client.

Ours is the package as it is deployed (for this machine); the rival is a bare handler with boto3, cut
down and compiled by the same hand.
"""

import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from bench import events, runtime, shop
from bench.lines import Line, Result
from infra import package

_ROUNDS = 7
# The reaction with the most code about money. Its input is empty: its work is measured elsewhere.
_REACTION = "chalicelib.entries.conversions_to_rewards.handler"
_RIVAL = """
import boto3

dynamodb = boto3.client("dynamodb")


def handler(event, context):
    code = event["pathParameters"]["id"]
    link = dynamodb.get_item(TableName="rival", Key={"pk": {"S": code}, "sk": {"S": "link"}})
    dynamodb.put_item(TableName="rival", Item={"pk": {"S": code}, "sk": {"S": context.aws_request_id}})
    return {"statusCode": 302, "headers": {"Location": link["Item"]["destination"]["S"]}, "body": ""}
"""
_LIBRARIES = ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "urllib3", "six.py")


def measure() -> Result:
    """Start the redirect, the API, a reaction and the rival by turns, each with one event."""
    if not package.TASK.exists():
        raise SystemExit("There is no package; `make package STAGE=local` makes it.")
    with tempfile.TemporaryDirectory() as folder, shop.opened() as open_shop:
        rival = _rival(Path(folder))
        code = open_shop.link("bea-recommends")
        link = {"pk": {"S": code}, "sk": {"S": "link"}, "destination": {"S": "https://tea.example/"}}
        open_shop.engine.client("dynamodb").put_item(TableName=open_shop.rivals_table(), Item=link)
        sale = {
            "program": open_shop.program,
            "type": "sale",
            "customer": {"external_id": "42"},
            "amount": {"amount": 1999, "currency": "USD"},
        }
        milliseconds: dict[str, list[float]] = {"rival": [], "redirect": [], "API": [], "reaction": []}
        for number in range(_ROUNDS + 1):
            report = events.post("/v1/conversions", {**sale, "external_id": f"order-{number}"}, key=open_shop.key)
            for name, task, handler, event, status in [
                ("rival", rival, "rival.handler", events.follow(code), 302),
                ("redirect", package.TASK, "chalicelib.clicks.redirect.handler", events.follow(code), 302),
                ("API", package.TASK, "app.app", report, 201),
                ("reaction", package.TASK, _REACTION, {"Records": []}, None),
            ]:
                ran = runtime.run(task, handler, [event], environment=shop.environment(open_shop.engine.url))
                assert ran.answers[0].get("statusCode") == status, ran
                milliseconds[name].append(ran.cold_cpu)
    # The first of each only brings files into memory.
    return Result(
        lines=[
            _line(f"cold start of the {name}", milliseconds[name][1:], milliseconds["rival"][1:], goal)
            for name, goal in (("redirect", 0.60), ("API", 0.9), ("reaction", 0.60))
        ],
        figures={f"cold_cpu_{name}": statistics.median(times[1:]) / 1000 for name, times in milliseconds.items()},
    )


def _line(what: str, ours: list[float], theirs: list[float], goal: float) -> Line:
    ratios = [mine / other for mine, other in zip(ours, theirs, strict=True)]
    against = (
        f"bare handler, boto3, packaged alike: {statistics.median(ours):.0f} of {statistics.median(theirs):.0f} ms"
    )
    return Line(what, against, statistics.median(ratios), goal, spread=(min(ratios), max(ratios)))


def _rival(folder: Path) -> Path:
    """Package the rival: its libraries without what is not used, everything compiled."""
    for name in _LIBRARIES:
        for file in [runtime.BROUGHT / name] if name.endswith(".py") else sorted((runtime.BROUGHT / name).rglob("*")):
            inside = file.relative_to(runtime.BROUGHT).as_posix()
            if file.is_file() and package._ships(inside):
                (folder / inside).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(file, folder / inside)
    (folder / "rival.py").write_text(_RIVAL)
    command = [sys.executable, "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash", str(folder)]
    subprocess.run(command, check=True)
    return folder
