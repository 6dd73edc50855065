"""The two stacks in an emulator of AWS: made, changed and deleted as CloudFormation would."""

import hashlib
import json
import shutil
import tempfile
import time
from pathlib import Path

from infra.local.server import Server
from infra.transform import transform
from tests.running import ROOT

SENDER = "hello@go.example"
TABLES, APP = "goodword-tables-local", "goodword-local"
_BUCKET = "goodword-code"
_SERVICES = (
    "acm,apigateway,cloudformation,cloudwatch,dynamodb,dynamodbstreams,events,iam,lambda,logs,monitoring,s3,"
    "secretsmanager,ses,sns,sts"
)


class Stacks:
    """An emulator, and what is deployed there."""

    def __init__(self):
        self.scratch = Path(tempfile.mkdtemp(prefix="goodword-deployed-"))
        self.log = self.scratch / "emulator.log"
        with _scratch_as_tmpdir(self.scratch):
            self.engine = Server(services=_SERVICES, log=self.log)
        self.cloudformation = self.engine.client("cloudformation")
        self.s3 = self.engine.client("s3")
        self.s3.create_bucket(Bucket=_BUCKET)
        self.engine.client("sesv2").create_email_identity(EmailIdentity=SENDER)

    def stop(self):
        self.engine.stop()
        shutil.rmtree(self.scratch, ignore_errors=True)

    def make_tables(self):
        template = (ROOT / "infra/tables.yaml").read_text()
        self._deploy("create", TABLES, template, {"Stage": "local"})

    def deploy(self, package, how, **changed):
        """Create or update the app stack from a package: its `sam.json` and `deployment.zip`."""
        content = (package / "deployment.zip").read_bytes()
        key = f"{hashlib.sha256(content).hexdigest()}.zip"
        self.s3.put_object(Bucket=_BUCKET, Key=key, Body=content)
        parameters = {
            "Stage": "local",
            "PublicUrl": "https://go.example",
            "Sender": f"Goodword <{SENDER}>",
            "FunctionUrl": "yes",
            "AlarmEmail": "someone@go.example",
        }
        parameters |= self.outputs(TABLES) | changed
        template = json.loads((package / "sam.json").read_text())
        plain = transform(template, bucket=_BUCKET, key=key, parameters=parameters)
        self._deploy(how, APP, json.dumps(plain), parameters)

    def delete(self, stack):
        self.cloudformation.delete_stack(StackName=stack)
        self._wait("stack_delete_complete", stack)

    def outputs(self, stack):
        described = self.cloudformation.describe_stacks(StackName=stack)["Stacks"][0]
        return {one["OutputKey"]: one["OutputValue"] for one in described.get("Outputs", [])}

    def resources(self, stack):
        """Return the physical names of a stack's resources, by their logical ones."""
        listed = self.cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack)
        return {
            one["LogicalResourceId"]: one["PhysicalResourceId"]
            for page in listed
            for one in page["StackResourceSummaries"]
        }

    def _deploy(self, how, stack, template, parameters):
        act = {"create": self.cloudformation.create_stack, "update": self.cloudformation.update_stack}[how]
        # CloudFormation reads templates of this size from S3 alone.
        key = f"{hashlib.sha256(template.encode()).hexdigest()}.template"
        self.s3.put_object(Bucket=_BUCKET, Key=key, Body=template.encode())
        act(
            StackName=stack,
            TemplateURL=f"https://s3.us-east-1.amazonaws.com/{_BUCKET}/{key}",
            Parameters=[{"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()],
            Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
        )
        self._wait(f"stack_{how}_complete", stack)

    def _wait(self, state, stack):
        try:
            self.cloudformation.get_waiter(state).wait(StackName=stack, WaiterConfig={"Delay": 1, "MaxAttempts": 90})
        except Exception as error:
            events = self.cloudformation.describe_stack_events(StackName=stack)["StackEvents"]
            reasons = [
                f"{one['LogicalResourceId']}: {one['ResourceStatusReason']}"
                for one in events
                if "FAILED" in one["ResourceStatus"] and one.get("ResourceStatusReason")
            ]
            raise AssertionError(f"{stack}: {error}; {reasons}") from error


def eventually(ask, *, seconds=60):
    """Ask until the answer is true, and return it."""
    until = time.monotonic() + seconds
    while not (answer := ask()):
        assert time.monotonic() < until, f"not within {seconds} seconds"
        time.sleep(0.1)
    return answer


def _scratch_as_tmpdir(scratch):
    """Have the emulator unpack functions where they can be deleted: it leaves them behind."""
    import os
    from unittest.mock import patch

    return patch.dict(os.environ, {"TMPDIR": str(scratch)})
