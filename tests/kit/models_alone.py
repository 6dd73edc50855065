"""What tests/kit/test_models.py runs alone: `python -m tests.kit.models_alone` with what is done, in order."""

import sys
from datetime import UTC, datetime

import pytest

UNUSED = {"botocore.client", "botocore.session", "botocore.credentials", "botocore.endpoint"}


def import_models():
    from chalicelib.kit.dynamo import models, rows, writes  # noqa: F401


def import_botocore():
    import botocore.client
    import botocore.session  # noqa: F401


def have_no_botocore():
    assert not UNUSED & sys.modules.keys()
    assert not {f"botocore.{name}" for name in vars(sys.modules["botocore"])} & UNUSED


def write_and_read():
    """Do in the engine whatever the service does with models."""
    from pynamodb.exceptions import PutError, UpdateError

    from chalicelib.kit.dynamo import rows, wire, writes
    from chalicelib.partners.table import Partner, PartnerRow
    from infra.local.engine import Engine
    from infra.local.wires import EngineWire

    wire.use(EngineWire(Engine(stage="test", sender="hello@go.example")))

    assert rows.find(Partner, "ptr_1", "partner") is None
    assert writes.add_once(partner("ptr_1"))
    assert writes.add_once(partner("ptr_1")), "it is the same row"
    assert not writes.add_once(partner("ptr_1", name="Carl"))
    refused = writes.commit(writes.insert(partner("ptr_2")), writes.insert(partner("ptr_1", name="Carl")))
    assert [write.row.id for write in refused] == ["ptr_1"]
    renamed = [
        writes.commit(writes.update_if(partner("ptr_1"), Partner.name.set("Dora"), condition=Partner.name == name))
        == []
        for name in ("Carl", "Bea")
    ]
    assert renamed == [False, True]
    assert rows.find(Partner, "ptr_1", "partner").name == "Dora"
    assert writes.add_once(partner("ptr_3"))
    assert rows.find_all(Partner, [(one, "partner") for one in ("ptr_1", "ptr_2", "ptr_3")]).keys() == {
        ("ptr_1", "partner"),
        ("ptr_3", "partner"),
    }
    assert [row.id for row in PartnerRow.query("ptr_3")] == ["ptr_3"]
    for raised, act in (
        (PutError, lambda row: row.save(condition=Partner.name == "Bea")),
        (UpdateError, lambda row: row.update([Partner.name.set("Carl")], condition=Partner.name == "Bea")),
    ):
        with pytest.raises(raised) as error:
            act(partner("ptr_1"))
        assert error.value.cause_response_code == "ConditionalCheckFailedException"


def catch_what_botocore_raises():
    import botocore.client
    import botocore.exceptions
    from pynamodb.connection.base import BOTOCORE_EXCEPTIONS

    assert set(BOTOCORE_EXCEPTIONS) == {botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError}
    assert botocore.client.ClientError is botocore.exceptions.ClientError


def make_a_client():
    import botocore.client
    import botocore.config
    import botocore.session

    client = botocore.session.get_session().create_client("dynamodb", region_name="us-east-1")
    assert isinstance(client, botocore.client.BaseClient)
    assert isinstance(client.meta.config, botocore.config.Config)


def partner(partner_id, **changes):
    from chalicelib.partners.table import Partner

    fields = {"category": "client", "name": "Bea", "created_at": datetime(2026, 3, 10, tzinfo=UTC)}
    return Partner(partner_id, "partner", **{**fields, **changes})


if __name__ == "__main__":
    for step in sys.argv[1:]:
        globals()[step]()
