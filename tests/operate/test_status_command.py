"""`make status` of a whole stage: nothing needs a person, or there is no stage."""

import sys

import pytest

from chalicelib.reconciliation.table import EXPIRING
from infra.operate import status
from tests.operate.test_deploy import deployed


def healthy(account):
    deployed(account)
    dynamodb = account.client("dynamodb")
    # CloudFormation turns these on; the emulator's does not.
    for table in dynamodb.list_tables()["TableNames"]:
        recovery = {"PointInTimeRecoveryEnabled": True}
        dynamodb.update_continuous_backups(TableName=table, PointInTimeRecoverySpecification=recovery)
        # Deliveries and who was asked expire, too; that one stays longer does no harm, so no schedule looks after it.
        if table.rpartition("-")[2] in (*EXPIRING, "messages", "moments"):
            expiry = {"Enabled": True, "AttributeName": "expires"}
            dynamodb.update_time_to_live(TableName=table, TimeToLiveSpecification=expiry)
    return account


def test_a_healthy_stage_needs_no_attention(account, package, monkeypatch, capsys):
    healthy(account)
    monkeypatch.setattr(sys, "argv", ["status", "--stage", "dev"])

    with pytest.raises(SystemExit) as ended:
        status.main()

    output = capsys.readouterr().out
    assert (ended.value.code, "Nothing needs a person." in output) == (0, True), output
    assert "could not be read" not in output
    for title in status.LOOKS:
        assert title in output


def test_a_missing_stage_needs_attention(account, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["status", "--stage", "dev"])

    with pytest.raises(SystemExit) as ended:
        status.main()

    output = capsys.readouterr().out
    assert ended.value.code == 1
    assert "goodword-dev-tables" in output
    assert "make deploy STAGE=dev" in output
    assert "could not be read" in output
