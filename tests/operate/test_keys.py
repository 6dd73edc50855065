"""Keys of a deployed stage, made and ended with AWS credentials alone."""

import os
import re
import subprocess
import sys

import pytest

from infra.local import templates
from tests.running import ROOT


@pytest.fixture
def keys(account):
    """The command, as `make keys` runs it, against a stage that has its tables."""
    dynamodb = account.client("dynamodb")
    for table in templates.tables(stage="dev"):
        if table["TableName"].endswith(("-access", "-audit", "-messages")):
            dynamodb.create_table(**table)

    def run(*options, stage="dev"):
        command = [sys.executable, "-m", "infra.operate.keys", "--stage", stage, *options]
        environment = {**os.environ, "GOODWORD_TRANSPORT": "wire"}
        return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)

    return run


def row(account, identifier):
    answer = account.client("dynamodb").get_item(
        TableName="goodword-dev-access", Key={"pk": {"S": identifier}, "sk": {"S": "key"}}
    )
    return answer["Item"]


def test_a_key_is_shown_once_and_stored_as_a_hash(account, keys):
    made = keys("--name", "my shop", "--scopes", "conversions:write,stats:read")
    listed = keys()

    [secret] = re.findall(r"rk_[0-9A-Z]{26}_[A-Za-z0-9-]{43}", made.stdout)
    [identifier] = re.findall(r"key_[0-9A-Z]{26}", made.stdout)
    assert identifier.removeprefix("key_") in secret
    assert secret not in listed.stdout
    assert re.search(rf"{identifier} +my shop +conversions:write,stats:read", listed.stdout)
    assert secret.rpartition("_")[2] not in str(row(account, identifier))


def test_a_rotated_key_works_on_until_it_is_revoked(account, keys):
    made = keys("--name", "site", "--scopes", "admin").stdout
    [old] = re.findall(r"key_[0-9A-Z]{26}", made)

    rotated = keys("--rotate", old).stdout
    new = re.findall(r"key_[0-9A-Z]{26}", rotated)[0]
    assert "revoked_at" not in row(account, old)
    assert f"make keys STAGE=dev REVOKE={old}" in rotated
    assert row(account, new)["scopes"] == row(account, old)["scopes"]
    revoked = [keys("--revoke", old), keys("--revoke", old)]

    assert [one.returncode for one in revoked] == [0, 0]
    assert "revoked_at" in row(account, old)
    assert "revoked_at" not in row(account, new)
    again = keys("--rotate", old)
    assert (again.returncode, "is revoked" in again.stderr) == (1, True)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        pytest.param(["--name", "x"], "Say what the key may do", id="no scopes"),
        pytest.param(["--name", "x", "--scopes", "everything"], "Say what the key may do", id="unknown scope"),
        pytest.param(["--revoke", "key_nobody"], "make keys STAGE=dev", id="unknown key"),
    ],
)
def test_an_impossible_operation_is_refused_in_a_sentence(keys, options, message):
    done = keys(*options)

    assert done.returncode == 1
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_an_owner_is_invited_by_email_once_and_no_link_that_signs_in_is_shown(account, keys):
    made, again, wrong = (
        keys("--owner", "Ada@shop.example"),
        keys("--owner", "ada@shop.example"),
        keys("--owner", "ada"),
    )

    assert (made.returncode, "Ada@shop.example is an owner" in made.stdout) == (0, True)
    assert "sign-in/" not in made.stdout
    assert (again.returncode, "already exists" in again.stderr) == (1, True)
    assert (wrong.returncode, "Traceback" in wrong.stderr) == (1, False)
    stored = account.client("dynamodb").scan(TableName="goodword-dev-access")["Items"]
    [user] = [one for one in stored if one["sk"] == {"S": "user"}]
    assert (user["email"]["S"], user["grants"]["S"]) == ("Ada@shop.example", '[{"role":"owner"}]')
    [message] = account.client("dynamodb").scan(TableName="goodword-dev-messages")["Items"]
    assert (message["letter"]["S"], message["recipient_id"]["S"]) == ("admin_invitation", user["pk"]["S"])
    [entry] = account.client("dynamodb").query(
        TableName="goodword-dev-audit",
        IndexName="by_action",
        KeyConditionExpression="#action = :action",
        ExpressionAttributeNames={"#action": "action"},
        ExpressionAttributeValues={":action": {"S": "user.invited"}},
    )["Items"]
    assert (entry["actor"]["S"], entry["subject"]["S"]) == ("keys", user["pk"]["S"])


def test_a_stage_without_tables_is_reported_in_a_sentence(keys):
    done = keys(stage="prod")

    assert (done.returncode, "is the stage deployed?" in done.stderr) == (1, True)
