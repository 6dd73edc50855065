"""The embedded engine reads a condition once instead of for every row; it means the same."""

import itertools

import pytest
from ministack.services import dynamodb

from infra.local.conditions import comparing

NAMES = {"#0": "pk", "#1": "sk"}
# Texts in and out of order, one that is no ASCII, a number, and none at all.
TEXTS = [{"S": text} for text in ("", "a", "b", "\u00e4", "\U0001f375")]
VALUES = [*TEXTS, {"N": "2"}, None]
CONDITIONS = [
    "attribute_not_exists (#1)",
    "#0 = :0",
    "#1 IN (:1, :2)",
    "(#0 = :0 AND #1 BETWEEN :1 AND :2)",
    "(#0 = :0 AND #1 = :1)",
    "(pk = :0 AND sk BETWEEN :1 AND :2)",
    "pk = :0 AND sk BETWEEN :1 AND :2",
    "(#0 = :0 AND begins_with (#1, :1))",
    "pk = :0 AND begins_with(sk, :1)",
    "(attribute_not_exists (#1) OR #1 <= :1)",
    "(attribute_exists (#0) AND (#1 IN (:1, :2) AND (#1 = :1 OR #1 <= :2)))",
    "#0 = :0 AND #1 < :1 OR #1 > :2",
    "(attribute_exists (#1) AND (#0 = :0 AND #1 >= :1))",
]
# What is not understood, and left to the engine each time.
OTHERS = ["NOT #1 = :1", "size (#1) < :1", "contains (#1, :1)", "#1 <> :1", "sk[0] = :1", "#0.#1 = :1"]


def evaluate(expression, item, values, names, slot="ConditionExpression"):
    try:
        return bool(dynamodb._ExprEval(dynamodb._tokenize(expression), item, values, names).evaluate())
    except ValueError as refusal:
        return str(refusal)


@pytest.mark.parametrize("condition", CONDITIONS)
def test_a_condition_that_was_read_once_means_what_the_engine_says(condition):
    compared = comparing(evaluate, dynamodb._compare_ddb)
    answers = set()

    for sk, low, high in itertools.product(VALUES, [*TEXTS, {"N": "2"}], [*TEXTS, {"N": "3"}]):
        item = {"pk": {"S": "a"}} | ({"sk": sk} if sk is not None else {})
        for equal in ({"S": "a"}, {"S": "c"}):
            values = {":0": equal, ":1": low, ":2": high}
            expected = evaluate(condition, item, values, NAMES)
            # The first time MiniStack reads it, then it is known.
            assert [compared(condition, item, values, NAMES) for _ in range(2)] == [expected] * 2, (item, values)
            answers.add(expected)

    # What MiniStack refuses, it still refuses: numbers that are to begin with something.
    refusals = {one for one in answers if isinstance(one, str)}
    assert answers - refusals == {True, False}
    assert bool(refusals) == ("begins_with" in condition)


@pytest.mark.parametrize("condition", OTHERS)
def test_what_else_a_condition_may_say_is_left_to_the_engine(condition):
    calls = []

    def listening(*arguments):
        calls.append(arguments)
        return True

    compared = comparing(listening, dynamodb._compare_ddb)

    assert [compared(condition, {}, {":1": {"S": "a"}}, NAMES) for _ in range(2)] == [True, True]
    assert len(calls) == 2
