"""The bucket of a stage in which the dead letters lie, as the operator's own credentials reach it."""

from chalicelib.dead_letters.bucket import Bucket
from infra.operate.account import Account
from infra.operate.stack import Stack


def bucket_of(account: Account) -> Bucket:
    """Return the stage's bucket. Ends the command if no stack has one."""
    for name in (account.tables_stack, account.app_stack):
        for resource in Stack(account, name).resources():
            if resource["LogicalResourceId"] == "DeadLetters":
                return Bucket(account.client("s3"), str(resource["PhysicalResourceId"]))
    raise SystemExit(f"No stack of {account} has a bucket for dead letters: is the stage deployed?")
