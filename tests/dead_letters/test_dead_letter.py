"""What a dead letter says, as Lambda writes it."""

import json
from datetime import UTC, datetime

import pytest
from chalice.package import YAMLTemplateSerializer

from chalicelib.dead_letters import bucket
from chalicelib.dead_letters.dead_letter import PREFIX, DeadLetter, Unreadable, parse, parse_reaction
from chalicelib.kit import config
from tests.dead_letters.dead_letters import LETTER, dead_letter
from tests.running import ROOT

ARN = LETTER["requestContext"]["functionArn"]


def keyed(**keys):
    return {"dynamodb": {"SequenceNumber": "7", "Keys": {name: {"S": text} for name, text in keys.items()}}}


def test_a_dead_letter_is_read_as_lambda_writes_it():
    content = parse(json.dumps(dead_letter(ARN + ":live", {})).encode())

    assert (content.reaction, content.condition, content.tries) == ("clicks_to_stats", "RetryAttemptsExhausted", 11)
    assert (content.error, content.at) == ("Unhandled", datetime(2026, 3, 10, 12, tzinfo=UTC))
    assert [one["dynamodb"]["SequenceNumber"] for one in content.records] == ["0"]


def test_the_whole_event_may_be_there_as_text_or_as_it_is():
    assert (
        parse(json.dumps(dead_letter(ARN, {}, as_text=False)).encode()).records
        == parse(json.dumps(dead_letter(ARN, {}, as_text=True)).encode()).records
    )


@pytest.mark.parametrize(
    "written",
    [b"", b"hello", b"[]", b"null", b"{}", b"\xff", b'{"requestContext": {"functionArn": "x"}, "payload": "{}"}'],
)
def test_an_object_that_is_not_a_dead_letter_is_refused(written):
    with pytest.raises(Unreadable):
        parse(written)


def test_a_time_written_otherwise_makes_no_dead_letter_unreadable():
    assert parse(json.dumps({**dead_letter(ARN, {}), "timestamp": "last Tuesday"}).encode()).at is None


def test_only_our_own_ids_of_the_rows_are_shown():
    ids = [f"{prefix}_01JD0000000000000000000{number:03}" for number, prefix in enumerate(("cnv", "ptr", "lnk"))]
    records = [
        keyed(pk=f"joined#{ids[0]}#{ids[1]}", sk="message"),
        keyed(pk=f"{ids[2]}#2026-03-10T12#0", sk="ann@mail.example"),
        keyed(pk="ext_ann@mail.example", sk=f"x{ids[0]}"),
        keyed(pk=ids[0], sk="conversion"),
    ]

    assert parse(json.dumps(dead_letter(ARN, *records)).encode()).subjects == ids


def test_at_most_twenty_ids_are_shown():
    records = [keyed(pk=f"cnv_01JD0000000000000000000{number:03}", sk="conversion") for number in range(30)]

    assert len(parse(json.dumps(dead_letter(ARN, *records)).encode()).subjects) == 20


@pytest.mark.parametrize(
    ("deployed", "name"),
    [
        ("goodword-dev-ClicksToStats-1A2B3C", "clicks_to_stats"),
        ("arn:aws:lambda:eu-central-1:000000000000:function:goodword-dev-RollUp-X1", "roll_up"),
        ("arn:aws:lambda:eu-central-1:000000000000:function:goodword-dev-RollUp-X1:live", "roll_up"),
        ("goodword-dev-RollUpAgain-X1", "roll_up_again"),
        ("somebody-elses", "somebody-elses"),
    ],
)
def test_a_function_is_known_by_its_name_in_app_py(deployed, name):
    assert parse_reaction(deployed) == name


def test_a_dead_letters_id_is_its_own_always_and_short_enough_for_an_address():
    key = f"aws/lambda/{'m' * 36}/shardId-00000001573689847184-864758bb/2026/03/10/2026-03-10T12.00.00-{'u' * 36}"
    one, again, other = (DeadLetter(name, 1, datetime(2026, 3, 10, tzinfo=UTC)) for name in (key, key, key + "x"))

    assert one.id == again.id != other.id
    assert one.id.startswith("dlt_")
    assert len(one.id) == 30


def retention_days():
    """Return how many days an object of the bucket is kept, by what its key begins with."""
    template = YAMLTemplateSerializer().load_template((ROOT / "infra/tables.yaml").read_text())
    properties = template["Resources"]["DeadLetters"]["Properties"]
    # Of a bucket with versions, what expires would still be there.
    assert "VersioningConfiguration" not in properties
    rules = properties["LifecycleConfiguration"]["Rules"]
    assert all(rule["Status"] == "Enabled" for rule in rules)
    return {rule["Prefix"]: rule["ExpirationInDays"] for rule in rules}


def test_what_was_redriven_is_kept_for_ninety_days():
    assert retention_days()[bucket.REDRIVEN] == 90


def test_a_dead_letter_that_is_never_redriven_is_kept_as_long_as_clicks():
    assert retention_days() == {bucket.REDRIVEN: 90, PREFIX: config.click_retention_days()}
    assert not bucket.REDRIVEN.startswith(PREFIX)
