"""Where a command acts: whose account, in which region, on which stage."""

import os
import re
from dataclasses import dataclass, field
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

# The longest function invoked here works two minutes; nothing is sent twice without our knowing.
_PATIENT = Config(connect_timeout=5, read_timeout=180, retries={"total_max_attempts": 1})
_USUAL = Config(connect_timeout=5, read_timeout=30, retries={"total_max_attempts": 5, "mode": "standard"})


@dataclass(frozen=True)
class Account:
    """An AWS account, as the caller's credentials see it, and one stage of Goodword in it."""

    id: str
    region: str
    stage: str
    session: Any
    _clients: dict[tuple[str, bool], Any] = field(default_factory=dict, repr=False, compare=False)

    def client(self, service: str, *, patient: bool = False) -> Any:
        """Return the one client of a service; a *patient* one waits for a function to end, and calls it once."""
        if (service, patient) not in self._clients:
            config = _PATIENT if patient else _USUAL
            if service == "s3" and os.environ.get("AWS_ENDPOINT_URL"):
                # An emulator has no host name a bucket.
                config = config.merge(Config(s3={"addressing_style": "path"}))
            self._clients[service, patient] = self.session.client(service, region_name=self.region, config=config)
        return self._clients[service, patient]

    @property
    def tables_stack(self) -> str:
        return f"goodword-{self.stage}-tables"

    @property
    def app_stack(self) -> str:
        return f"goodword-{self.stage}"

    @property
    def bucket(self) -> str:
        """Return the bucket that packages are deployed from: one an account and region, for all stages."""
        return f"goodword-deploy-{self.id}-{self.region}"

    def __str__(self) -> str:
        return f"account {self.id}, region {self.region}, stage {self.stage}"


def open_account(stage: str) -> Account:
    """Return where to act. Ends the command, with what to do, if there is no stage, region or credential."""
    if not re.fullmatch(r"[a-z][a-z0-9]{1,11}", stage):
        raise SystemExit("Say which stage: STAGE=dev or STAGE=prod (small letters and digits, 12 at most).")
    session = boto3.session.Session()
    # boto3 alone knows only the second of the two names that AWS's tools have for it.
    region = os.environ.get("AWS_REGION") or session.region_name
    if not region:
        raise SystemExit("Say which region: AWS_REGION=eu-central-1 make ..., or `aws configure set region`.")
    if _partition(session, region) != "aws":
        raise SystemExit(
            f"Goodword cannot be deployed to {region}: it needs an edge-optimized API, which AWS's other partitions\n"
            "(China, GovCloud, the European Sovereign Cloud) do not have."
        )
    if session.get_credentials() is None:
        raise SystemExit(
            "There are no AWS credentials. Sign in first (`aws sso login`, `aws configure`), or name a profile:\n"
            "AWS_PROFILE=... make ...   (to look at a plan without an account: make plan)"
        )
    account = Account("", region, stage, session)
    try:
        identity = account.client("sts").get_caller_identity()
    except (BotoCoreError, ClientError) as error:
        raise SystemExit(f"AWS does not take these credentials: {error}") from None
    return Account(str(identity["Account"]), region, stage, session)


def _partition(session: boto3.session.Session, region: str) -> str | None:
    try:
        return str(session.get_partition_for_region(region))
    except BotoCoreError:
        return None


def agreed(question: str) -> bool:
    """Ask a person, unless YES=1 answers for them. Without a terminal, the answer is no."""
    if os.environ.get("YES") == "1":
        return True
    try:
        return input(f"{question} [y/N] ").strip().lower() in ("y", "yes")
    except EOFError:
        print("\nNobody is there to answer; YES=1 says yes.")
        return False


def speak_to(account: Account) -> None:
    """Have what is imported from now on use this stage's tables, in this region."""
    os.environ["GOODWORD_TABLES"] = f"goodword-{account.stage}-"
    os.environ["AWS_REGION"] = account.region
    table = f"goodword-{account.stage}-access"
    dynamodb = account.client("dynamodb")
    try:
        dynamodb.describe_table(TableName=table)
    except dynamodb.exceptions.ResourceNotFoundException:
        raise SystemExit(f"There is no table {table} in {account}: is the stage deployed?") from None
