"""DynamoDB's units, against the examples in AWS's own guide and sizes counted by hand."""

import pytest

from bench import units
from bench.units import Index, Units

pytestmark = pytest.mark.bench


def item_of(size):
    """Return an item of so many bytes."""
    return {"pk": {"S": "x" * (size - 2)}}


@pytest.mark.parametrize(
    ("item", "size"),
    [
        pytest.param({"name": {"S": "ünïcödé"}}, 4 + 11, id="text is its bytes in UTF-8, and its name counts"),
        pytest.param({"n": {"N": "0"}}, 1 + 1, id="zero takes one byte"),
        pytest.param({"n": {"N": "1"}}, 1 + 2, id="a digit takes one byte and one more"),
        pytest.param({"n": {"N": "1234"}}, 1 + 3, id="two digits a byte"),
        pytest.param({"n": {"N": "12300000"}}, 1 + 3, id="zeros at the end are not kept"),
        pytest.param({"n": {"N": "-12"}}, 1 + 3, id="a sign takes a byte"),
        pytest.param({"n": {"N": "00012.50"}}, 1 + 3, id="nor are zeros at either end of a fraction"),
        pytest.param({"b": {"BOOL": True}, "c": {"NULL": True}}, 2 + 2, id="true, false and null take one byte"),
        pytest.param({"l": {"L": []}, "m": {"M": {}}}, 2 + 6, id="an empty list or map takes three bytes"),
        pytest.param({"l": {"L": [{"S": "ab"}, {"N": "7"}]}}, 1 + 3 + (1 + 2) + (1 + 2), id="an element takes a byte"),
        pytest.param({"m": {"M": {"k": {"S": "ab"}}}}, 1 + 3 + 1 + 1 + 2, id="in a map its name counts too"),
        pytest.param({"s": {"SS": ["ab", "c"]}}, 1 + 3, id="a set is its elements"),
        pytest.param({"b": {"B": "aGVsbG8="}}, 1 + 5, id="bytes count as they are, not as base64"),
    ],
)
def test_an_item_has_the_bytes_of_its_names_and_values(item, size):
    assert units.size_of(item) == size


@pytest.mark.parametrize(
    ("size", "consistent", "expected"),
    [
        pytest.param(4096, True, 1, id="4 KB, strongly consistent: one unit"),
        pytest.param(4096, False, 0.5, id="4 KB, eventually consistent: half a unit"),
        pytest.param(8 * 1024, True, 2, id="8 KB, strongly: two"),
        pytest.param(8 * 1024, False, 1, id="8 KB, eventually: one"),
        pytest.param(3 * 1024, True, 1, id="3 KB are rounded up to 4"),
        pytest.param(10 * 1024, True, 3, id="10 KB are rounded up to 12"),
        pytest.param(4097, False, 1, id="a byte more than 4 KB is 8 KB"),
    ],
)
def test_a_read_is_rounded_up_to_the_next_four_kilobytes(size, consistent, expected):
    assert units.get(item_of(size), consistent=consistent) == Units(reads=expected)


def test_a_row_that_is_not_there_counts_as_the_smallest_read():
    assert units.get(None, consistent=True) == Units(reads=1)


def test_a_read_in_a_transaction_counts_twice():
    assert units.get(item_of(4096), consistent=True, transaction=True) == Units(reads=2)


def test_a_query_adds_up_its_rows_before_it_rounds():
    # AWS's own example of BatchGetItem and Query: 1.5 KB and 6.5 KB are 2 and 2 units apart, and 2 together.
    rows = [item_of(1536), item_of(6656)]

    assert units.read(rows, consistent=True) == Units(reads=2)
    assert sum(units.get(row, consistent=True).reads for row in rows) == 3


def test_a_query_of_nothing_is_paid_for():
    assert units.read([], consistent=False) == Units(reads=0.5)


@pytest.mark.parametrize(
    ("old", "new", "transaction", "expected"),
    [
        pytest.param(None, 1024, False, 1, id="a put of 1 KB"),
        pytest.param(None, 512, False, 1, id="half a kilobyte is rounded up"),
        pytest.param(None, 1536, False, 2, id="1.5 KB are 2"),
        pytest.param(3000, 100, False, 3, id="the larger of before and after"),
        pytest.param(100, None, False, 1, id="a delete, by what was there"),
        pytest.param(None, None, False, 1, id="a delete of nothing"),
        pytest.param(None, 1536, True, 4, id="in a transaction twice"),
    ],
)
def test_a_write_is_rounded_up_to_the_next_kilobyte(old, new, transaction, expected):
    rows = [item_of(size) if size else None for size in (old, new)]

    assert units.write(*rows, transaction=transaction) == Units(writes=expected)


LISTED = Index("listed", ("object",), frozenset({"object", "pk", "name"}))
PLAIN = {"pk": {"S": "a"}, "rest": {"S": "r"}}
THERE = {**PLAIN, "object": {"S": "program"}, "name": {"S": "Tea"}}


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        pytest.param(None, PLAIN, 1, id="an item without the index's key is not in it"),
        pytest.param(None, THERE, 2, id="one that enters it is written twice"),
        pytest.param(THERE, PLAIN, 2, id="one that leaves it is deleted there"),
        pytest.param(THERE, {**THERE, "rest": {"S": "s"}}, 1, id="what is not projected does not touch it"),
        pytest.param(THERE, {**THERE, "name": {"S": "Coffee"}}, 2, id="what is projected does"),
        pytest.param(THERE, {**THERE, "object": {"S": "terms"}}, 3, id="another key is a delete and a put"),
        pytest.param(THERE, THERE, 1, id="a write that changes nothing changes no index"),
    ],
)
def test_an_index_is_written_only_when_its_own_entry_changes(old, new, expected):
    assert units.write(old, new, indexes=[LISTED]) == Units(writes=expected)


def test_a_projection_of_everything_changes_with_everything():
    everything = Index("listed", ("object",))

    assert units.write(THERE, {**THERE, "rest": {"S": "s"}}, indexes=[everything]) == Units(writes=2)


def test_five_reads_cost_what_a_write_does():
    assert Units(writes=1, reads=1).as_writes == pytest.approx(1.2)


def test_a_query_takes_a_call_for_every_megabyte():
    assert units.pages([]) == 1
    assert units.pages([item_of(1024)] * 1024) == 1
    assert units.pages([item_of(1024)] * 1025) == 2
