"""The meter: it answers as the engine does, and counts what AWS would."""

import pytest

from bench.meter import Meter
from bench.simulated import MIDNIGHT, Traffic, metered
from bench.units import Units
from tests.faults.line import PREFIX, new_engine

pytestmark = pytest.mark.bench


@pytest.fixture
def meter():
    return Meter(new_engine())


def row(pk, sk, size=100, **attributes):
    return {
        "pk": {"S": pk},
        "sk": {"S": sk},
        "filling": {"S": "x" * (size - 2 - 2 - len(pk) - len(sk) - 7)},
        **attributes,
    }


def put(meter, table, item, **options):
    return meter.call("PutItem", {"TableName": PREFIX + table, "Item": item, **options})


def test_a_range_is_answered_as_the_engine_answers_it(monkeypatch):
    compared = []
    answered = Meter._page

    def page(self, table, parameters):
        mine = answered(self, table, parameters)
        if mine is not None:
            theirs = self.engine.call("Query", parameters)
            theirs.pop("ConsumedCapacity", None)
            if "FilterExpression" not in parameters:
                assert mine[1] == theirs
            assert len(mine[0]) == theirs["ScannedCount"]
            compared.append(parameters["KeyConditionExpression"])
        return mine

    monkeypatch.setattr(Meter, "_page", page)
    with metered() as (shop, meter):
        program = shop.program()
        partner = shop.partner(program)
        link = shop.link(program, partner, code="bea-recommends")
        traffic = Traffic(shop, meter, link["code"], instances=2)
        traffic.come(a_second=1, seconds=30)
        traffic.end_of_day()
        shop.sale(program, click_id=shop.click_id(link))
        shop.settle()
        shop.stats("partners", partner)

    assert any("begins_with" in spelled for spelled in compared)
    assert any("BETWEEN" in spelled for spelled in compared)
    assert any(spelled.endswith(":0") for spelled in compared)


def test_a_range_of_more_than_a_megabyte_comes_in_pages_as_the_engine_cuts_them(meter):
    for number in range(12):
        put(meter, "clicks", row("a", f"{number:02}", size=100_000))
    query = {
        "TableName": PREFIX + "clicks",
        "KeyConditionExpression": "pk = :pk",
        "ExpressionAttributeValues": {":pk": {"S": "a"}},
        "ConsistentRead": True,
    }

    first = meter.call("Query", query)
    second = meter.call("Query", {**query, "ExclusiveStartKey": first["LastEvaluatedKey"]})

    assert first == meter.engine.call("Query", query)
    assert [item["sk"]["S"] for item in first["Items"] + second["Items"]] == [f"{n:02}" for n in range(12)]
    assert "LastEvaluatedKey" not in second


def test_what_a_query_does_not_show_is_counted_all_the_same(meter):
    for number in range(10):
        put(meter, "clicks", row("a", f"{number}", size=2048))
    meter.clear()

    meter.call(
        "Query",
        {
            "TableName": PREFIX + "clicks",
            "KeyConditionExpression": "pk = :pk",
            "ExpressionAttributeValues": {":pk": {"S": "a"}},
            "ProjectionExpression": "#0",
            "ExpressionAttributeNames": {"#0": "sk"},
        },
    )

    assert meter.consumed == {("Query", "clicks"): Units(reads=2.5)}


def test_a_write_that_is_refused_is_counted_by_what_was_there(meter):
    put(meter, "clicks", row("a", "1", size=3000))
    meter.clear()

    with pytest.raises(Exception, match="ConditionalCheckFailed"):
        put(meter, "clicks", row("a", "1"), ConditionExpression="attribute_not_exists(pk)")

    assert meter.total() == Units(writes=3)


def test_a_transaction_counts_each_row_and_its_indexes_twice(meter):
    listed = row("a", "1", object={"S": "program"})
    plain = row("b", "1")
    puts = [{"Put": {"TableName": f"{PREFIX}programs", "Item": item}} for item in (listed, plain)]

    meter.call("TransactWriteItems", {"TransactItems": puts})

    assert meter.total() == Units(writes=2 * (1 + 1) + 2 * 1)


def test_an_update_counts_the_row_before_or_after_whichever_is_larger(meter):
    put(meter, "clicks", row("a", "1", size=1500))
    meter.clear()

    meter.call(
        "UpdateItem",
        {
            "TableName": PREFIX + "clicks",
            "Key": {"pk": {"S": "a"}, "sk": {"S": "1"}},
            "UpdateExpression": "REMOVE filling",
        },
    )

    assert meter.total() == Units(writes=2)
    assert meter.partitions == {("clicks", "a"): Units(writes=2)}


def test_time_passes_and_what_is_due_happens_in_its_order():
    with metered() as (shop, meter):
        program = shop.program()
        link = shop.link(program, shop.partner(program), code="bea-recommends")
        traffic = Traffic(shop, meter, link["code"], instances=2)

        traffic.come(a_second=0.5, seconds=1400)
        shop.wait(seconds=10)
        traffic.wait_until(shop.at)

        counted = shop.stats("programs", program)["totals"]["clicks"]["human"]
        assert shop.at > MIDNIGHT
        # The rollup ran twenty minutes after midnight; later clicks are not in it yet.
        assert 0.8 * traffic.clicks < counted < traffic.clicks
        assert {"redirect", "clicks_to_stats", "roll_up", "mature"} <= set(traffic.phases)
        assert 0 < traffic.batches < traffic.clicks
