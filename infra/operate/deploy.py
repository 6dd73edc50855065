"""`make deploy`: show what would change, ask, and bring a stage to what was packaged."""

import argparse
import hashlib
import json
import os

from botocore.exceptions import ClientError

from infra.operate import plan
from infra.operate.account import Account, agreed, open_account
from infra.operate.columns import in_columns
from infra.operate.stack import POLL_SECONDS, Failed, Proposal, Stack
from infra.operate.template import PACKAGE, SECRETS, TABLES, ZIP, app_template, code_key

# The address of an API that is not there yet is known only after it was made; a second step sets it.
_UNKNOWN_URL = "https://address-not-known-yet.invalid"
_HEADER = ("action", "kind", "name", "")


def main() -> None:
    """Deploy, or say why not."""
    options = _options()
    account = open_account(options.stage)
    overrides = _overrides(options)
    code_key()
    print(f"Deploying to {account}.", flush=True)
    try:
        deployment = Deployment(account, overrides, keep_tables=options.tables == "keep")
        deployment.propose()
        deployment.show()
        if options.plan:
            deployment.discard()
            print("\nThis was the plan; nothing was changed.")
            return
        if deployment.changes_something() and not agreed("\nDo this?"):
            deployment.discard()
            raise SystemExit("\nNothing was changed.")
        deployment.execute()
    except (Failed, ClientError) as failure:
        raise SystemExit(f"\nNot deployed. {failure}") from None


class Deployment:
    """Deploys what was packaged to one stage: first its tables, then its functions."""

    def __init__(
        self,
        account: Account,
        overrides: dict[str, str],
        *,
        keep_tables: bool = False,
        poll_seconds: float = POLL_SECONDS,
    ) -> None:
        self.account = account
        self.keep_tables = keep_tables
        self.overrides = overrides
        self.tables = Stack(account, account.tables_stack, poll_seconds=poll_seconds)
        self.app = Stack(account, account.app_stack, poll_seconds=poll_seconds)
        self.template = app_template(bucket=account.bucket, region=account.region)
        unknown = sorted(set(overrides) - set(self.template.get("Parameters", {})))
        if unknown:
            raise Failed(
                f"The package has no parameter {', '.join(unknown)}: is it an old one? `make package` builds it."
            )
        self.for_tables: Proposal | None = None
        self.for_app: Proposal | None = None

    def propose(self) -> None:
        """Ask CloudFormation what would change. What the functions need of new tables is known only later."""
        make_bucket(self.account)
        self._parameters()
        if not self.keep_tables:
            self.for_tables = self.tables.propose(
                _store(self.account, TABLES.read_bytes(), "tables.yaml"),
                {"Stage": self.account.stage},
                declared={"Stage"},
            )
            self._refuse_losses()
        if not self._is_first():
            self.for_app = self._propose_app()

    def _refuse_losses(self) -> None:
        """Refuse a change that would delete or recreate a table: a package older than the tables would."""
        changes = _changes(self.for_tables)
        lost = [name for action, _, name, anew in changes if action == "Remove" or anew == "made anew"]
        if lost:
            self.discard()
            raise Failed(f"{self.tables.name} would lose {', '.join(lost)}. TABLES=keep leaves it as it is.")

    def changes_something(self) -> bool:
        return self._is_first() or self.for_tables is not None or self.for_app is not None

    def show(self) -> None:
        """Print what would change."""
        first = self._is_first()
        for_app = plan.additions(self.template) if first else _changes(self.for_app)
        for name, lines in ((self.tables.name, _changes(self.for_tables)), (self.app.name, for_app)):
            print(f"\nStack {name}\n{in_columns(_HEADER, lines) if lines else 'nothing to change'}", flush=True)

    def discard(self) -> None:
        for proposal in (self.for_tables, self.for_app):
            if proposal is not None:
                proposal.discard()

    def execute(self) -> None:
        """Do what was shown. If stopped and run again, it continues with the rest."""
        _upload(self.account)
        first, before = self._is_first(), self.tables.outputs()
        self._apply(self.for_tables)
        if first or self.tables.outputs() != before:
            if self.for_app is not None:
                self.for_app.discard()
            self.for_app = self._propose_app()
        self._apply(self.for_app)
        if _parameter(self.app, "PublicUrl") == _UNKNOWN_URL:
            print("\nThe API has an address now; updating its functions with it.", flush=True)
            self._apply(self._propose_app())
        self._say_where()

    def _is_first(self) -> bool:
        return not self.tables.exists()

    def _propose_app(self) -> Proposal | None:
        parameters = self._parameters()
        # What is not given keeps what it is.
        all_of_them = _current(self.app) | parameters
        named = {name: value for name, value in all_of_them.items() if name in self.template["Parameters"]}
        template = app_template(
            bucket=self.account.bucket,
            region=self.account.region,
            parameters=named,
            secret_versions=self._secret_versions(),
        )
        content = json.dumps(template, separators=(",", ":")).encode()
        return self.app.propose(
            _store(self.account, content, "app.json"), parameters, declared=self.template["Parameters"]
        )

    def _secret_versions(self) -> dict[str, str]:
        """Return the version that is current of each secret that the tables' stack has."""
        outputs = self.tables.outputs()
        client = self.account.client("secretsmanager")
        current = {}
        for name in SECRETS:
            if name in outputs:
                versions = client.describe_secret(SecretId=outputs[name])["VersionIdsToStages"]
                current[name] = next(version for version, stages in versions.items() if "AWSCURRENT" in stages)
        return current

    def _apply(self, proposal: Proposal | None) -> None:
        if proposal is not None:
            print(f"\n{proposal.stack.name} ...", flush=True)
            proposal.execute()

    def _parameters(self) -> dict[str, str]:
        """Return the app's parameters: what was named, the outputs of the tables' stack, and where links begin."""
        declared = self.template["Parameters"]
        outputs = {name: value for name, value in self.tables.outputs().items() if name in declared}
        parameters = {"Stage": self.account.stage, **outputs, **self.overrides}
        if "PublicUrl" not in parameters and _parameter(self.app, "PublicUrl") in (None, _UNKNOWN_URL):
            parameters["PublicUrl"] = self.app.outputs().get("EndpointURL", _UNKNOWN_URL).rstrip("/")
        if "Sender" not in parameters and _parameter(self.app, "Sender") is None:
            raise Failed('Say also who emails come from: SENDER="Shop <hello@example.com>", verified in SES.')
        return parameters

    def _say_where(self) -> None:
        print(f"\nDeployed. Links begin at {_parameter(self.app, 'PublicUrl')}")
        for name, value in sorted(self.app.outputs().items()):
            if value.startswith("https://"):
                print(f"  {name:<16} {value}")
        print(f"\nNext: make keys STAGE={self.account.stage} OWNER=you@shop.example, to sign in to /admin,")
        print(f'and for your server: make keys STAGE={self.account.stage} NAME="my shop" SCOPES=admin')


def make_bucket(account: Account) -> None:
    """Make the bucket that packages are deployed from, private and encrypted, unless it is there."""
    s3 = account.client("s3")
    try:
        s3.head_bucket(Bucket=account.bucket)
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] != 404:
            raise Failed(f"The bucket {account.bucket} cannot be used: {error}") from None
        # us-east-1 alone must not be named.
        where = {} if account.region == "us-east-1" else {"LocationConstraint": account.region}
        s3.create_bucket(Bucket=account.bucket, **({"CreateBucketConfiguration": where} if where else {}))
        print(f"Made the bucket {account.bucket}, which packages are deployed from.", flush=True)
    blocked = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
    s3.put_public_access_block(Bucket=account.bucket, PublicAccessBlockConfiguration=dict.fromkeys(blocked, True))
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    s3.put_bucket_encryption(Bucket=account.bucket, ServerSideEncryptionConfiguration={"Rules": [rule]})


def _store(account: Account, content: bytes, name: str) -> str:
    """Keep a template where CloudFormation reads it, which takes no large one by itself. Returns its address."""
    s3 = account.client("s3")
    key = f"templates/{hashlib.sha256(content).hexdigest()}-{name}"
    s3.put_object(Bucket=account.bucket, Key=key, Body=content)
    return f"{s3.meta.endpoint_url}/{account.bucket}/{key}"


def _upload(account: Account) -> None:
    archive, key = PACKAGE / ZIP, code_key()
    print(f"\nUploading {archive} ({archive.stat().st_size / 1e6:.1f} MB) as {key[:12]}... ", end="", flush=True)
    s3 = account.client("s3")
    try:
        s3.head_object(Bucket=account.bucket, Key=key)
        print("is there already.", flush=True)
    except ClientError:
        s3.upload_file(str(archive), account.bucket, key)
        print("done.", flush=True)


def _overrides(options: argparse.Namespace) -> dict[str, str]:
    """Return the parameters that were named; those that were not keep what they were."""
    if options.domain and not options.certificate:
        raise SystemExit("A DOMAIN needs its CERTIFICATE=arn:aws:acm:... (see docs/guides/deploy.md).")
    named = {
        "Sender": options.sender,
        "AlarmEmail": options.alarms,
        "Domain": options.domain,
        "CertificateArn": options.certificate,
        "PublicUrl": options.url or (f"https://{options.domain}" if options.domain else None),
    }
    overrides = {name: value for name, value in named.items() if value}
    return overrides | dict(one.split("=", 1) for one in (options.parameters or "").split())


def _parameter(stack: Stack, name: str) -> str | None:
    return _current(stack).get(name)


def _current(stack: Stack) -> dict[str, str]:
    """Return the parameters a stack was given last, by name."""
    parameters = (stack.described() or {}).get("Parameters", [])
    return {one["ParameterKey"]: str(one["ParameterValue"]) for one in parameters}


def _changes(proposal: Proposal | None) -> list[plan.Line]:
    return plan.changes(proposal.changes) if proposal else []


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make deploy", description=__doc__)
    parser.add_argument("--stage", required=True)
    parser.add_argument("--plan", action="store_true", help="show what would change, and stop")
    for name, help_ in {
        "domain": "where short links sit at the root, such as go.example.com",
        "certificate": "the ARN of its certificate in ACM",
        "url": "where links begin, if that is neither the domain nor the API's own address (a CloudFront in front)",
        "sender": "who emails come from; SES must have verified it",
        "alarms": "the email address that alarms are sent to",
        "parameters": "others of the template's parameters, as NAME=VALUE with blanks between",
        "tables": "`keep` leaves the tables' stack as it is, for a package that is older than it",
    }.items():
        parser.add_argument(f"--{name}", default=os.environ.get(name.upper()), help=help_)
    return parser.parse_args()


if __name__ == "__main__":
    main()
