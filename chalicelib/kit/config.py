"""Settings from the environment. No other module reads it."""

import os


def table(name: str) -> str:
    """Return the deployed name of a capability's table; the variable holds the prefix of all tables."""
    return os.environ.get("GOODWORD_TABLES", "goodword-") + name


def region() -> str:
    """Return the AWS region everything is in."""
    return os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or "us-east-1"


def public_url() -> str:
    """Return the address short links and share pages begin with, without a slash at its end."""
    return os.environ.get("GOODWORD_URL", "http://localhost:8000").rstrip("/")


def sender() -> str:
    """Return the address emails come from; SES must have verified it."""
    return os.environ.get("GOODWORD_SENDER", "Goodword <hello@goodword.example>")


def configuration_set() -> str | None:
    """Return the SES configuration set emails are sent with, which reports bounces and complaints; None for none."""
    return os.environ.get("GOODWORD_CONFIGURATION_SET") or None


def signing_secrets() -> tuple[str, ...]:
    """
    Return the secrets that sign cursors and links to sign in: the first signs, all verify.

    A rotation puts the new secret in front and drops the old one a window later.
    """
    return _secrets(os.environ.get("GOODWORD_SECRETS", ""), "GOODWORD_SECRETS")


def click_secrets() -> tuple[str, ...]:
    """
    Return the secrets that sign click ids: the first signs, all verify.

    Separate from the others, because the public redirect has only these.
    """
    return _secrets(os.environ.get("GOODWORD_CLICK_SECRETS", ""), "GOODWORD_CLICK_SECRETS")


def lasting_secrets() -> tuple[str, ...]:
    """
    Return the secrets behind digests of personal data, and share, unsubscribe and invitation links: the first makes.

    All verify, and under all is looked up. Rotating the signing secret does not touch them.
    """
    return _secrets(os.environ.get("GOODWORD_LASTING_SECRETS", ""), "GOODWORD_LASTING_SECRETS")


def front_secrets() -> tuple[str, ...]:
    """
    Return the secrets that prove that a request came through CloudFront, or a proxy of the business; () for none.

    Any of them is accepted, so that one can be replaced.
    """
    text = os.environ.get("GOODWORD_FRONT_SECRETS", "")
    return _secrets(text, "GOODWORD_FRONT_SECRETS") if text else ()


def click_retention_days() -> int:
    """Return how many days clicks are stored."""
    return int(os.environ.get("GOODWORD_CLICK_DAYS", "400"))


def transport() -> str:
    """Return the client for DynamoDB and SES: `wire`, our own, or `botocore`."""
    return os.environ.get("GOODWORD_TRANSPORT", "wire")


def dynamodb_url() -> str:
    """Return where DynamoDB is; the variables are those that every AWS SDK knows."""
    named = os.environ.get("AWS_ENDPOINT_URL_DYNAMODB") or os.environ.get("AWS_ENDPOINT_URL")
    return named or f"https://dynamodb.{region()}.{_suffix()}"


def ses_url() -> str:
    """Return where SES is; the variables are those that every AWS SDK knows."""
    named = os.environ.get("AWS_ENDPOINT_URL_SESV2") or os.environ.get("AWS_ENDPOINT_URL")
    return named or f"https://email.{region()}.{_suffix()}"


def _suffix() -> str:
    """Return what the names of AWS's endpoints end with in this region's partition."""
    partition = region().partition("-")[0]
    return {"cn": "amazonaws.com.cn", "eusc": "amazonaws.eu"}.get(partition, "amazonaws.com")


def dead_letters() -> str:
    """Return the bucket of dead letters; the variable may hold its ARN."""
    return os.environ.get("GOODWORD_DEAD_LETTERS", "goodword-dead-letters").rpartition(":")[2]


def roots() -> str:
    """Return the bucket of daily roots; the variable may hold its ARN."""
    return os.environ.get("GOODWORD_ROOTS", "goodword-roots").rpartition(":")[2]


def alarm_email() -> str | None:
    """Return the email address for alarms, the daily root and reminders of what needs a person; None for none."""
    return os.environ.get("GOODWORD_ALARM_EMAIL") or None


def is_snapshot() -> bool:
    """Return whether Lambda starts this process to keep a snapshot of it (SnapStart); the variable is Lambda's own."""
    return os.environ.get("AWS_LAMBDA_INITIALIZATION_TYPE") == "snap-start"


def is_emulated() -> bool:
    """Return whether an emulator replaces AWS; the variable is one that every AWS SDK reads."""
    return "AWS_ENDPOINT_URL" in os.environ


def credentials() -> tuple[str, str, str | None] | None:
    """Return the AWS credentials in the environment, if they are there: key, secret and session token."""
    key, secret = os.environ.get("AWS_ACCESS_KEY_ID"), os.environ.get("AWS_SECRET_ACCESS_KEY")
    return (key, secret, os.environ.get("AWS_SESSION_TOKEN")) if key and secret else None


def credentials_address() -> tuple[str, str | None] | None:
    """Return where Lambda hands out credentials under SnapStart, and the token that it wants to see."""
    url = os.environ.get("AWS_CONTAINER_CREDENTIALS_FULL_URI")
    return (url, os.environ.get("AWS_CONTAINER_AUTHORIZATION_TOKEN")) if url else None


def redirect_seconds() -> float:
    """Return how long a visitor may wait for the link to be found, and again for the click to be stored."""
    return float(os.environ.get("GOODWORD_REDIRECT_SECONDS", "0.5"))


def webhook_test_host() -> str | None:
    """Return the one host and port that a test may receive webhooks on without TLS; nothing deployed sets it."""
    return os.environ.get("GOODWORD_WEBHOOK_TEST_HOST")


def _secrets(text: str, variable: str) -> tuple[str, ...]:
    secrets = tuple(text.split())
    if not secrets or min(map(len, secrets)) < 32:
        raise ValueError(f"{variable} must hold secrets of 32 characters or more")
    return secrets
