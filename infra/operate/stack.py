"""A CloudFormation stack: what would change, its changes, and their progress."""

import time
from collections.abc import Callable, Collection
from typing import Any

from botocore.exceptions import ClientError

from infra.operate.account import Account

Change = dict[str, Any]
_NOTHING = ("didn't contain changes", "No updates are to be performed")
_CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"]
POLL_SECONDS = 2.0
_MOST_SECONDS = 3600.0
# A stack in one of these states was never created, or is useless.
_EMPTY = ("REVIEW_IN_PROGRESS",)
_BROKEN = ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED")


class Failed(Exception):
    """A stack did not become what it should."""


class Stack:
    """One stack of an account, by name."""

    def __init__(self, account: Account, name: str, *, poll_seconds: float = POLL_SECONDS) -> None:
        self.name = name
        self.account = account
        self.cloudformation = account.client("cloudformation")
        self.poll_seconds = poll_seconds

    def described(self) -> dict[str, Any] | None:
        """Return the stack as it is, or None if there is none."""
        try:
            stack: dict[str, Any] = self.cloudformation.describe_stacks(StackName=self.name)["Stacks"][0]
        except ClientError as error:
            if "does not exist" in str(error):
                return None
            raise
        return None if stack["StackStatus"] == "DELETE_COMPLETE" else stack

    def exists(self) -> bool:
        stack = self.described()
        return stack is not None and stack["StackStatus"] not in _EMPTY

    def is_broken(self) -> bool:
        """Return whether the stack's creation failed: then it is empty, and can only be deleted."""
        stack = self.described()
        return stack is not None and stack["StackStatus"] in _BROKEN

    def outputs(self) -> dict[str, str]:
        stack = self.described() or {}
        return {one["OutputKey"]: one["OutputValue"] for one in stack.get("Outputs", [])}

    def resources(self) -> list[dict[str, Any]]:
        """Return the stack's resources; none if there is no stack."""
        if not self.exists():
            return []
        pages = self.cloudformation.get_paginator("list_stack_resources").paginate(StackName=self.name)
        return [one for page in pages for one in page["StackResourceSummaries"]]

    def propose(self, template_url: str, parameters: dict[str, str], *, declared: Collection[str]) -> "Proposal | None":
        """
        Return what would change, without changing it; None if nothing would.

        Parameters that the template has *declared* and that are not given keep their values.
        """
        if self.is_broken():
            raise Failed(f"The creation of {self.name} failed once. `make destroy` removes what is left of it.")
        stack = self.described()
        new = stack is None or stack["StackStatus"] in _EMPTY
        previous = set() if new else {one["ParameterKey"] for one in (stack or {}).get("Parameters", [])}
        values: list[dict[str, Any]] = [
            {"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()
        ]
        values += [
            {"ParameterKey": name, "UsePreviousValue": True}
            for name in sorted(previous & set(declared) - set(parameters))
        ]
        created = self.cloudformation.create_change_set(
            StackName=self.name,
            ChangeSetName=f"goodword-{time.time_ns()}",
            ChangeSetType="CREATE" if new else "UPDATE",
            TemplateURL=template_url,
            Parameters=values,
            Capabilities=_CAPABILITIES,
        )
        proposal = Proposal(self, str(created["Id"]), new=new)
        return proposal if proposal.is_ready() else None

    def wait(self, *, since: set[str], say: Callable[[str], object] = print) -> None:
        """Wait until the stack rests, saying what happens. Raises Failed, with the first reasons, if it went wrong."""
        until = time.monotonic() + _MOST_SECONDS
        reasons: list[str] = []
        while time.monotonic() < until:
            stack = self.described()
            for event in reversed(self._events()):
                if event["EventId"] not in since:
                    since.add(event["EventId"])
                    _tell(event, say, reasons)
            if stack is None or not stack["StackStatus"].endswith("_IN_PROGRESS"):
                break
            time.sleep(self.poll_seconds)
        status = stack["StackStatus"] if stack else "DELETE_COMPLETE"
        if status not in ("CREATE_COMPLETE", "UPDATE_COMPLETE", "DELETE_COMPLETE"):
            raise Failed(f"{self.name} is {status}:\n  " + "\n  ".join(reasons[:5]))

    def event_ids(self) -> set[str]:
        """Return the events so far, so that `wait` tells only of newer ones."""
        return {event["EventId"] for event in self._events()}

    def _events(self) -> list[dict[str, Any]]:
        try:
            events: list[dict[str, Any]] = self.cloudformation.describe_stack_events(StackName=self.name)["StackEvents"]
        except ClientError as error:
            if "does not exist" in str(error):
                return []
            raise
        return events


class Proposal:
    """A change set: what would happen to a stack."""

    def __init__(self, stack: Stack, identifier: str, *, new: bool) -> None:
        self.stack = stack
        self.identifier = identifier
        self.new = new
        self.changes: list[Change] = []

    def is_ready(self) -> bool:
        """Wait until it is worked out. Returns False, and leaves nothing behind, if nothing would change."""
        while True:
            described = self._described()
            if described["Status"] == "CREATE_COMPLETE":
                self.changes = described["Changes"]
                return True
            if described["Status"] == "FAILED":
                self.discard()
                if any(words in described.get("StatusReason", "") for words in _NOTHING):
                    return False
                raise Failed(f"{self.stack.name}: {described.get('StatusReason')}")
            time.sleep(self.stack.poll_seconds)

    def execute(self, *, say: Callable[[str], object] = print) -> None:
        """Do it, and wait until it is done."""
        since = self.stack.event_ids()
        self.stack.cloudformation.execute_change_set(ChangeSetName=self.identifier, StackName=self.stack.name)
        self.stack.wait(since=since, say=say)

    def discard(self) -> None:
        """Forget it; and the empty stack that stood for it, if there was none before."""
        self.stack.cloudformation.delete_change_set(ChangeSetName=self.identifier, StackName=self.stack.name)
        if self.new:
            self.stack.cloudformation.delete_stack(StackName=self.stack.name)

    def _described(self) -> dict[str, Any]:
        client = self.stack.cloudformation
        first: dict[str, Any] = client.describe_change_set(ChangeSetName=self.identifier, StackName=self.stack.name)
        token = first.get("NextToken")
        while token:
            page = client.describe_change_set(ChangeSetName=self.identifier, StackName=self.stack.name, NextToken=token)
            first["Changes"] += page["Changes"]
            token = page.get("NextToken")
        return first


def _tell(event: dict[str, Any], say: Callable[[str], object], reasons: list[str]) -> None:
    status, name = event["ResourceStatus"], event["LogicalResourceId"]
    reason = event.get("ResourceStatusReason", "")
    if status.endswith("_FAILED") and "canceled" not in reason:
        reasons.append(f"{name}: {reason}")
    if status.endswith(("_COMPLETE", "_FAILED", "_SKIPPED")):
        say(f"  {status:<18} {event['ResourceType']:<32} {name}")
