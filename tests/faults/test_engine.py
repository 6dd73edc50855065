"""The in-process engine behaves as the service expects of DynamoDB, and faults come where they are wanted."""

import copy
from datetime import UTC, datetime

import pytest
from pynamodb.connection import Connection

from chalicelib.kit.dynamo import rows, writes
from chalicelib.kit.dynamo.wire import Declined, Unreachable
from chalicelib.outbox.table import Message
from chalicelib.partners import find as partners
from chalicelib.partners.table import Enrollment, Partner, enrollment_key
from chalicelib.stats.table import OutcomeCounts, StatsRow
from tests.faults.line import Crash, CrashAfter, CrashBefore, Line, Lost, Refused, installed, new_engine

AT = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def made():
    return new_engine()


@pytest.fixture
def engine(made):
    made.reset()
    return made


@pytest.fixture
def line(engine):
    with installed(Line(engine)) as line:
        yield line


def partner(n=1, **changes):
    return Partner(f"ptr_{n}", "partner", **{"category": "person", "name": "Ada", "created_at": AT, **changes})


def enrollment(n=1):
    return Enrollment(
        f"ptr_{n}", enrollment_key("prg_1"), program_id="prg_1", enrolled_in="prg_1", share_nonce="x", enrolled_at=AT
    )


def message(**changes):
    fields = {
        "id": "msg_1",
        "template": "joined",
        "recipient_id": "ptr_1",
        "subject_id": "ref_1",
        "program_id": "prg_1",
    }
    return Message("key", "message", **{**fields, "created_at": AT, **changes})


def raw(pk, **attributes):
    return {"pk": {"S": pk}, "sk": {"S": "row"}, **attributes}


def names(engine, table="partners"):
    return [item["pk"]["S"] for item in engine.items(table)]


def test_a_transaction_is_written_whole_or_not_at_all(line, engine):
    assert writes.add_once(partner(1), enrollment(1))

    refused = writes.commit(writes.insert(partner(2)), writes.insert(partner(1, name="Bob")))

    assert [write.row.id for write in refused] == ["ptr_1"]
    assert names(engine) == ["ptr_1", "ptr_1"]
    assert partners.find("ptr_1").partner.name == "Ada"


def test_a_refused_transaction_says_why_in_each_place(engine):
    engine.call("PutItem", {"TableName": "goodword-test-partners", "Item": raw("a")})
    puts = [
        {"TableName": "goodword-test-partners", "Item": raw(pk), "ConditionExpression": "attribute_not_exists (pk)"}
        for pk in ("b", "a")
    ]

    with pytest.raises(Declined) as raised:
        engine.call("TransactWriteItems", {"TransactItems": [{"Put": put} for put in puts]})

    assert raised.value.response["Error"]["Code"] == "TransactionCanceledException"
    assert [reason["Code"] for reason in raised.value.response["CancellationReasons"]] == [
        "None",
        "ConditionalCheckFailed",
    ]
    assert names(engine) == ["a"]


def test_a_token_sent_twice_is_one_call_and_says_no_to_another(engine):
    update = {
        "TableName": "goodword-test-stats",
        "Key": raw("a"),
        "UpdateExpression": "ADD n :1",
        "ExpressionAttributeValues": {":1": {"N": "2"}},
    }
    sent = {"ClientRequestToken": "token", "TransactItems": [{"Update": update}]}

    engine.call("TransactWriteItems", sent)
    engine.call("TransactWriteItems", sent)
    with pytest.raises(Declined, match="IdempotentParameterMismatch"):
        engine.call("TransactWriteItems", {**sent, "TransactItems": [{"Update": {**update, "Key": raw("b")}}]})

    assert engine.items("stats") == [raw("a", n={"N": "2"})]


def test_a_stream_tells_of_changes_in_order_as_lambda_does(line, engine):
    writes.add_once(message())
    message().save()
    message(template="welcome").save()

    first, second = engine.records("messages")

    assert [first["eventName"], second["eventName"]] == ["INSERT", "MODIFY"]
    assert first["eventSource"] == "aws:dynamodb"
    assert "/goodword-test-messages/stream/" in first["eventSourceARN"]
    change = first["dynamodb"]
    assert change["SequenceNumber"] < second["dynamodb"]["SequenceNumber"]
    assert change["Keys"] == {"pk": {"S": "key"}, "sk": {"S": "message"}}
    assert isinstance(change["ApproximateCreationDateTime"], float)
    copied = copy.deepcopy(first)
    assert rows.reader(Message)(change["NewImage"]).template == "joined"
    assert engine.records("messages")[0] == copied
    assert engine.records("partners") == []


def test_indexes_hold_the_rows_that_have_their_keys_and_are_read_in_pages(line):
    for n in (3, 1, 2):
        writes.add_once(partner(n), enrollment(n))

    first, position = partners.walk_page(limit=2, position=None)
    rest, end = partners.walk_page(limit=2, position=position)

    assert [one.id for one in first + rest] == ["ptr_1", "ptr_2", "ptr_3"]
    assert end is None
    assert Partner.listed.count("partner") == 3
    page = Enrollment.query("ptr_2", Enrollment.sort.startswith("enrolment#"), scan_index_forward=False, limit=1)
    assert [row.id for row in page] == ["ptr_2"]


def test_an_element_of_a_list_is_added_to_under_a_condition(line, engine):
    hour = OutcomeCounts("ptr_1#prg_1", "hour", m05=[1, 2])
    writes.add_once(hour)

    there = OutcomeCounts.pk.exists()
    raised = OutcomeCounts.m05[0].set(OutcomeCounts.m05[0] + 4)
    assert not writes.commit(writes.upsert_if(hour, raised, condition=there))
    assert writes.commit(writes.upsert_if(hour, raised, condition=~there))

    assert next(iter(StatsRow.query("ptr_1#prg_1"))).m05 == [5, 2]


def test_nothing_is_left_after_a_reset_and_nothing_is_shared_with_another_engine(engine):
    put = {"TableName": "goodword-test-messages", "Item": raw("a")}
    sent = {"ClientRequestToken": "token", "TransactItems": [{"Put": put}]}
    engine.call("TransactWriteItems", sent)
    other = new_engine()
    assert (other.items("messages"), other.records("messages")) == ([], [])

    engine.reset()

    assert (engine.items("messages"), engine.records("messages")) == ([], [])
    engine.call("TransactWriteItems", sent)
    assert (len(engine.items("messages")), len(engine.records("messages"))) == (1, 1)


def test_a_row_changed_or_lost_without_a_record_is_noticed(line, engine):
    writes.add_once(message())
    (stored,) = engine.items("messages")

    engine.set_item("messages", {**stored, "letter": {"S": "jo1ned"}})
    assert rows.find(Message, "key", "message").template == "jo1ned"
    engine.delete_item("messages", "key", "message")

    assert rows.find(Message, "key", "message") is None
    (record,) = engine.records("messages")
    assert record["dynamodb"]["NewImage"]["letter"] == {"S": "joined"}


@pytest.mark.parametrize(("fault", "written"), [(CrashBefore(1), 0), (CrashAfter(1), 1)])
def test_a_crash_falls_before_or_after_what_the_call_does(line, engine, fault, written):
    line.fault = fault
    rows.find(Partner, "ptr_1", "partner")

    with pytest.raises(Crash):
        writes.add_once(partner())

    assert fault.hit
    assert len(engine.items("partners")) == written
    assert line.calls == [("GetItem", ("partners",)), ("PutItem", ("partners",))]


@pytest.mark.parametrize("added", [(partner(),), (partner(), enrollment())], ids=["alone", "in a transaction"])
def test_after_a_lost_answer_the_wire_sends_the_same_again(line, engine, added):
    line.fault = Lost(0)

    assert writes.add_once(*added)

    assert len(engine.items("partners")) == len(added)
    assert len({call for call in line.calls if call[0] != "GetItem"}) == 1
    assert len(line.calls) > 1


@pytest.mark.parametrize(
    "code",
    [
        "ProvisionedThroughputExceededException",
        "ThrottlingException",
        "RequestLimitExceeded",
        "InternalServerError",
        "TransactionInProgressException",
    ],
)
def test_what_passes_is_tried_again_by_the_wire_and_not_for_ever(line, engine, code):
    line.fault = Refused(0, code)
    assert writes.add_once(partner())
    assert len(line.calls) == 2

    line.fault = Refused(2, code, tries=100)
    with pytest.raises(Declined):
        writes.add_once(partner(2))
    assert len(line.calls) == 6
    assert names(engine) == ["ptr_1"]


def test_a_conflict_of_one_write_is_tried_again_by_the_wire(line):
    line.fault = Refused(0, "TransactionConflictException")

    partner().save()

    assert line.fault.hit
    assert [operation for operation, _ in line.calls] == ["PutItem", "PutItem"]


def test_a_transaction_refused_for_a_conflict_is_tried_again(line, engine):
    line.fault = Refused(0, "TransactionCanceledException", position=1)

    assert writes.add_once(partner(), enrollment())

    assert line.fault.hit
    assert line.calls == [("TransactWriteItems", ("partners",))] * 2
    assert len(engine.items("partners")) == 2


def test_a_transaction_refused_for_good_is_raised_and_one_that_cannot_be_refused_so_is_not(line, engine):
    line.fault = Refused(0, "TransactionCanceledException", reason="ValidationError", position=1)
    with pytest.raises(Declined):
        writes.add_once(partner(), enrollment())
    assert engine.items("partners") == []

    line.fault = Refused(1, "TransactionCanceledException")
    assert writes.add_once(partner())
    assert not line.fault.hit


def test_an_answer_lost_again_and_again_is_unreachable(line):
    class AllLost(Lost):
        def after(self, n, operation, parameters):
            self.at = n
            super().after(n, operation, parameters)

    line.fault = AllLost()

    with pytest.raises(Unreachable):
        writes.add_once(partner())


def test_the_line_goes_when_it_is_no_longer_wanted_and_moto_is_there_again(engine, aws):
    before = Connection.__dict__["client"]
    with installed(Line(engine)):
        assert writes.add_once(partner())
        assert rows.find(Partner, "ptr_1", "partner")

    assert Connection.__dict__["client"] is before
    assert rows.find(Partner, "ptr_1", "partner") is None
