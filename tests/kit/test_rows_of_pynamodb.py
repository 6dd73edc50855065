"""Rows are read and written in ways of our own, faster than PynamoDB's, and to the same."""

from unittest.mock import patch

import pytest
from pynamodb.models import Model

from chalicelib.conversions.table import Conversion
from chalicelib.kit.dynamo.attributes import _instantiate as as_pynamodb_reads
from chalicelib.kit.dynamo.attributes import _serialize as as_pynamodb_writes
from chalicelib.kit.dynamo.attributes import _set_attributes as as_pynamodb_fills
from chalicelib.kit.dynamo.attributes import _set_defaults as as_pynamodb_begins


def kinds(of=Model):
    return [kind for one in of.__subclasses__() for kind in (one, *kinds(one))]


def outcome(read, kind, stored):
    """Return the class and the values of what is read, or the kind of error."""
    try:
        row = read(kind, stored)
    except Exception as error:
        return type(error)
    return type(row), row.attribute_values


def item_of(write, row):
    """Return what is stored of a row, or the error with the attribute it names."""
    try:
        return write(row)
    except Exception as error:
        return type(error), str(error)


@pytest.fixture
def stored(shop):
    """All rows of a business; and every seventh again with null values, and without its last three."""
    program = shop.program()
    link = shop.link(program, shop.partner(program))
    sale = shop.sale(program, click_id=shop.click_id(link)).json
    shop.refund(sale, 500)
    shop.settle()
    rows = [row for table in shop.engine._tables for row in shop.rows(table)]
    nothing = [{name: {"NULL": True} if name not in ("pk", "sk") else row[name] for name in row} for row in rows[::7]]
    less = [dict(list(row.items())[:-3]) for row in rows[::7]]
    assert len(rows) > 30
    return [*rows, *nothing, *less]


def test_every_row_is_read_as_pynamodb_reads_it_by_every_kind_of_row(stored):
    assert len(kinds()) > 40
    read_well = 0
    for kind in kinds():
        for item in stored:
            ours = outcome(lambda kind, item: kind.from_raw_data(item), kind, item)
            assert ours == outcome(as_pynamodb_reads, kind, item), (kind, item)
            read_well += isinstance(ours, tuple)
    assert read_well > len(stored)


def test_every_row_is_written_as_pynamodb_writes_it_and_refused_without_what_it_needs(stored):
    written, refused = 0, 0
    for kind in kinds():
        for item in stored:
            try:
                row = kind.from_raw_data(item)
            except Exception:
                continue
            ours = item_of(kind.serialize, row)
            assert ours == item_of(as_pynamodb_writes, row), (kind, item)
            written, refused = written + isinstance(ours, dict), refused + isinstance(ours, tuple)
    assert written > 30
    assert refused > 30


def test_every_row_is_made_as_pynamodb_makes_it(stored):
    values_of = {}
    for kind in kinds():
        for item in stored:
            made = outcome(lambda kind, item: kind.from_raw_data(item), kind, item)
            if isinstance(made, tuple):
                values_of.setdefault(made[0], []).append(made[1])
    assert len(values_of) > 20
    for kind, several in values_of.items():
        for values in [{}, {"nothing": 1}, *several]:
            ours = outcome(lambda kind, values: kind(**values), kind, values)
            with patch.multiple(Model, _set_defaults=as_pynamodb_begins, _set_attributes=as_pynamodb_fills):
                assert ours == outcome(lambda kind, values: kind(**values), kind, values), (kind, values)


def test_a_row_of_another_kind_is_refused():
    with pytest.raises(ValueError, match="a row of Refund is none of Conversion"):
        Conversion.from_raw_data({"kind": {"S": "refund"}})
