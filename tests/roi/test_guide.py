"""The worked example of the guide is right: it follows from its own lines, at the prices of the file."""

import json
import re
from fractions import Fraction

from chalicelib.roi.fractions import half_up, places
from chalicelib.roi.service import prices
from tests.running import ROOT

GUIDE = (ROOT / "docs" / "guides" / "roi.md").read_text()
VIEW = json.loads(re.search(r"```json\n(\{.*?)```", GUIDE, re.DOTALL)[1])


def exactly(amount):
    return Fraction(int(amount["numerator"]), int(amount["denominator"]))


def test_the_example_follows_from_its_lines():
    for line in VIEW["lines"]:
        for part in line["parts"]:
            assert exactly(part["amount"]) == Fraction(part["each"]) * part["count"] / part["of"]
            assert part["amount"]["amount"] == half_up(exactly(part["amount"]))
        if line["parts"]:
            assert exactly(line["amount"]) == sum(exactly(part["amount"]) for part in line["parts"])
    cost = sum(exactly(line["amount"]) for line in VIEW["lines"])
    value = Fraction(VIEW["net_revenue"] * VIEW["query"]["margin_bp"], 10_000)

    assert VIEW["net_revenue"] == VIEW["revenue"] - VIEW["refunded"]
    assert (exactly(VIEW["value"]), exactly(VIEW["cost"])) == (value, cost)
    assert sum(line["amount"]["amount"] for line in VIEW["lines"]) == VIEW["cost"]["amount"] == half_up(cost)
    assert exactly(VIEW["roi"]) == (value - cost) / cost
    assert VIEW["roi"]["value"] == places((value - cost) / cost)
    assert exactly(VIEW["cost_per_customer"]) == cost / VIEW["customers"]
    assert "(1,520.00 − 786.04) ÷ 786.04 = 0.9337" in GUIDE


def test_the_example_has_the_prices_of_the_file():
    for line in VIEW["lines"]:
        if line["source"] == "model":
            assert all(Fraction(part["each"]) == prices().cents_each(part["what"]) for part in line["parts"])
    assert VIEW["prices"]["published"] == prices().published
