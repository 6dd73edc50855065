"""`make destroy`: delete a stage's functions. Its data stay, unless their deletion is confirmed."""

import argparse
import os
from collections.abc import Iterator
from typing import Any

from botocore.exceptions import ClientError

from infra.operate.account import Account, agreed, open_account
from infra.operate.stack import POLL_SECONDS, Failed, Stack

# What a stack keeps when it is deleted, in the order in which it is taken away if that is what is wanted.
_DATA = ("AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::SecretsManager::Secret")


def main() -> None:
    """Show what would go, ask, and take it away."""
    options = _options()
    account = open_account(options.stage)
    try:
        destroy(account, data=options.data == "delete", sure=options.sure)
    except (Failed, ClientError) as failure:
        raise SystemExit(
            f"\nNot all of it could be taken away. {failure}\nThe same command goes on from here."
        ) from None


def destroy(account: Account, *, data: bool, sure: str | None, poll_seconds: float = POLL_SECONDS) -> None:
    """
    Delete the app's stack; and with *data* the tables, dead letters, roots and secrets too.

    May be stopped and run again. What is gone is no error.
    """
    app = Stack(account, account.app_stack, poll_seconds=poll_seconds)
    tables = Stack(account, account.tables_stack, poll_seconds=poll_seconds)
    remaining = _retained(tables, before=data) + _retained(app, before=data)
    print(f"Destroying in {account}:")
    _show(f"stack {app.name}", "goes, with its functions and its API" if app.described() else "is not there")
    for kind, name in remaining:
        _show(f"{kind.rpartition('::')[2].lower()} {name}", "GOES, FOR EVER" if data else "stays")
    if not agreed("\nDo this?"):
        raise SystemExit("Nothing was changed.")
    if data:
        _ask_twice(account, sure)
    _delete(app)
    if tables.is_broken():
        _delete(tables)
    if not data:
        print(f"\nThe data stay. `make deploy STAGE={account.stage}` builds the functions on them again.")
        return
    for kind, name in remaining:
        _take_away(account, kind, name)
    _delete(tables)
    print("\nEverything is gone; the secret can be brought back for a week (aws secretsmanager restore-secret).")


def _ask_twice(account: Account, sure: str | None) -> None:
    """Require the stage's name, typed or as SURE=; YES=1 alone is not enough to lose data."""
    try:
        answer = sure if sure is not None else input(f"All data of stage {account.stage} go. Type its name: ")
    except EOFError:
        answer = ""
    if answer.strip() != account.stage:
        raise SystemExit(f"Nothing was changed: that is not {account.stage}.")


def _retained(stack: Stack, *, before: bool) -> list[tuple[str, str]]:
    """Return what a stack keeps when it is deleted; with *before*, also what deleted stacks of its name have kept."""
    named = [(one["ResourceType"], str(one.get("PhysicalResourceId", ""))) for one in stack.resources()]
    named += _retained_before(stack) if before else []
    there = {one for one in named if one[0] in _DATA and one[1]}
    return sorted(there, key=lambda one: (_DATA.index(one[0]), one[1]))


def _retained_before(stack: Stack) -> Iterator[tuple[str, str]]:
    """Go through what deleted stacks of a name have kept; CloudFormation remembers them for 90 days."""
    client = stack.cloudformation
    for page in client.get_paginator("list_stacks").paginate(StackStatusFilter=["DELETE_COMPLETE"]):
        for gone in page["StackSummaries"]:
            if gone["StackName"] == stack.name:
                pages = client.get_paginator("describe_stack_events").paginate(StackName=gone["StackId"])
                events = [event for part in pages for event in part["StackEvents"]]
                for event in events:
                    if event["ResourceStatus"] == "DELETE_SKIPPED":
                        yield event["ResourceType"], event["PhysicalResourceId"]


def _delete(stack: Stack) -> None:
    if stack.described() is None:
        return
    print(f"\n{stack.name} ...", flush=True)
    since = stack.event_ids()
    stack.cloudformation.delete_stack(StackName=stack.name)
    stack.wait(since=since)


def _take_away(account: Account, kind: str, name: str) -> None:
    """Delete what its stack would keep, protection and contents included."""
    _show(f"  {kind.rpartition('::')[2].lower()} {name}", "goes")
    if kind == "AWS::DynamoDB::Table":
        _delete_table(account.client("dynamodb"), name)
    elif kind == "AWS::S3::Bucket":
        _delete_bucket(account.client("s3"), name)
    else:
        secrets = account.client("secretsmanager")
        try:
            secrets.delete_secret(SecretId=name, RecoveryWindowInDays=7)
        except (secrets.exceptions.ResourceNotFoundException, secrets.exceptions.InvalidRequestException):
            # It is gone, or on its way there already.
            return


def _delete_table(dynamodb: Any, name: str) -> None:
    try:
        dynamodb.update_table(TableName=name, DeletionProtectionEnabled=False)
        dynamodb.get_waiter("table_exists").wait(TableName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 60})
        dynamodb.delete_table(TableName=name)
        dynamodb.get_waiter("table_not_exists").wait(TableName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 300})
    except dynamodb.exceptions.ResourceNotFoundException:
        return


def _delete_bucket(s3: Any, name: str) -> None:
    try:
        for page in s3.get_paginator("list_object_versions").paginate(Bucket=name):
            versions = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
            keys = [{"Key": one["Key"], "VersionId": one["VersionId"]} for one in versions]
            if keys:
                # What is locked goes too, if the caller may do that.
                s3.delete_objects(Bucket=name, Delete={"Objects": keys, "Quiet": True}, BypassGovernanceRetention=True)
        s3.delete_bucket(Bucket=name)
    except ClientError as error:
        if error.response["Error"]["Code"] not in ("NoSuchBucket", "404"):
            raise


def _show(what: str, happens: str) -> None:
    print(f"  {what:<70} {happens}", flush=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make destroy", description=__doc__)
    parser.add_argument("--stage", required=True)
    parser.add_argument("--data", default=os.environ.get("DATA"), help="`delete` takes the data too")
    parser.add_argument("--sure", default=os.environ.get("SURE"), help="the stage's name, instead of typing it")
    return parser.parse_args()


if __name__ == "__main__":
    main()
