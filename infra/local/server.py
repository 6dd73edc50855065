"""MiniStack's HTTP server as a child process, for what speaks HTTP to AWS: deployments, benches, parallel processes."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import boto3

from infra.local import templates
from infra.local.processes import die_with_parent

STAGE = "local"
SERVICES = "dynamodb,dynamodbstreams,s3,ses,sesv2"
DEAD_LETTERS, ROOTS = f"goodword-{STAGE}-dead-letters", f"goodword-{STAGE}-roots"
_START_SECONDS = 30


class Server:
    """MiniStack for one run: DynamoDB, its streams, S3 and SES, unless *services* says otherwise."""

    def __init__(self, *, services: str = SERVICES, log: Path | None = None) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        environment = {
            **os.environ,
            "BIND_HOST": "127.0.0.1",
            "GATEWAY_PORT": str(self.port),
            "SERVICES": services,
            "LOG_LEVEL": "INFO" if log else "ERROR",
            "PYTHONWARNINGS": "ignore",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
        }
        environment.pop("AWS_ENDPOINT_URL", None)
        with open(log or os.devnull, "wb") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "ministack"],
                env=environment,
                stdout=output,
                stderr=output,
                start_new_session=True,
                preexec_fn=die_with_parent,
            )
        self._wait()

    def stop(self) -> None:
        """End the child."""
        self._process.terminate()
        try:
            self._process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            self._process.kill()

    def client(self, service: str) -> Any:
        return boto3.session.Session().client(
            service,
            endpoint_url=self.url,
            region_name="us-east-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )

    def prepare(self, *, sender: str) -> dict[str, str]:
        """Make the tables, and the buckets, that are not there yet. Returns the streams' ARNs by table."""
        dynamodb = self.client("dynamodb")
        there = set(dynamodb.list_tables()["TableNames"])
        for table in templates.tables(stage=STAGE):
            if table["TableName"] not in there:
                dynamodb.create_table(**table)
        self.client("sesv2").create_email_identity(EmailIdentity=sender)
        # In this region, to make one's own bucket again changes nothing.
        for bucket in (DEAD_LETTERS, ROOTS):
            self.client("s3").create_bucket(Bucket=bucket)
        streams = {}
        for source in templates.event_sources():
            described = dynamodb.describe_table(TableName=f"goodword-{STAGE}-{source.table}")["Table"]
            streams[source.table] = described["LatestStreamArn"]
        return streams

    def _wait(self) -> None:
        until = time.monotonic() + _START_SECONDS
        while time.monotonic() < until:
            if self._process.poll() is not None:
                raise SystemExit(f"The embedded engine ended at once, with status {self._process.returncode}.")
            try:
                with urllib.request.urlopen(f"{self.url}/_ministack/health", timeout=1):
                    return
            except (urllib.error.URLError, OSError):
                time.sleep(0.05)
        self.stop()
        raise SystemExit(f"The embedded engine did not answer within {_START_SECONDS} seconds.")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
