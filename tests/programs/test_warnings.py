"""Which promises of terms can be kept in part only, or late; and a least payout that no friend can ever reach."""

import pytest

from chalicelib.kit.money import Money
from chalicelib.programs.objections import find_objections, find_warnings
from chalicelib.programs.terms import Benefit, Cap, Criteria, Rule, TermsBody

SIGN_UP = Rule(on="lead", to="referee", flat=Money(500, "USD"))
TWICE = Criteria(number_to=2)
MUG = Rule(on="lead", to="referee", benefit=Benefit("gift", "Mug"), name="mug")


def flat(amount, to="referee", on="sale", **more):
    return Rule(on=on, to=to, flat=Money(amount, "USD"), **more)


@pytest.mark.parametrize(
    ("rule", "cap", "named"),
    [
        (flat(501, "referrer"), Cap("partner", 500, "month"), "the cap per partner and month is 5.00 USD"),
        (flat(501, "referrer"), Cap("partner", 500), "the cap per partner is 5.00 USD"),
        (flat(501, "referee"), Cap("partner", 500, to="referee"), "the cap per partner is 5.00 USD"),
        (flat(501, "referee"), Cap("conversion", 500), "the cap per conversion is 5.00 USD"),
        (flat(501, "referrer"), Cap("program", 500, "day"), "the cap per program and day is 5.00 USD"),
    ],
)
def test_a_reward_above_its_cap_is_never_paid_in_full(rule, cap, named):
    terms = TermsBody(rules=[MUG, rule], caps=[Cap("customer", 10_000), cap])

    assert find_warnings(terms) == [("/rules/1/flat", f"This reward is never paid in full: {named}.")]


@pytest.mark.parametrize(
    ("rule", "cap"),
    [
        pytest.param(flat(500, "referrer"), Cap("partner", 500), id="as much as the cap"),
        pytest.param(flat(501, "referee"), Cap("partner", 500), id="a partner's cap leaves friends alone"),
        pytest.param(flat(501, "referrer"), Cap("conversion", 500, to="referee"), id="the other side's cap"),
        pytest.param(Rule(on="sale", to="referrer", rate_bp=9000), Cap("partner", 1), id="a rate"),
        pytest.param(Rule(on="sale", to="referrer", benefit=Benefit("gift", "Tea")), Cap("partner", 1), id="a benefit"),
    ],
)
def test_what_a_cap_leaves_in_full_is_no_reason_for_a_warning(rule, cap):
    assert find_warnings(TermsBody(rules=[rule], caps=[cap])) == []


def test_a_friend_who_signs_up_should_not_wait():
    terms = TermsBody(rules=[flat(1, "referrer"), SIGN_UP], hold_days=14)

    sentence = "A friend waits 14 days for the sign-up reward; if it is not held, they get it immediately."
    assert find_warnings(terms) == [("/rules/1/hold_days", sentence)]


@pytest.mark.parametrize(
    ("rule", "hold_days"),
    [
        pytest.param(SIGN_UP, 0, id="nothing is held"),
        pytest.param(flat(500, on="lead", hold_days=0), 14, id="this is not held"),
        pytest.param(flat(500, "referrer", on="lead"), 14, id="a partner waits"),
        pytest.param(flat(500), 14, id="a sale may be refunded"),
    ],
)
def test_others_wait_without_a_warning(rule, hold_days):
    assert find_warnings(TermsBody(rules=[rule], hold_days=hold_days)) == []


@pytest.mark.parametrize(
    ("rules", "most"),
    [
        pytest.param([SIGN_UP], 500, id="a sign-up, once"),
        pytest.param([flat(300, when=TWICE)], 600, id="two sales"),
        pytest.param([flat(300, when=Criteria(number_from=2, number_to=4))], 900, id="the second to the fourth"),
        pytest.param([SIGN_UP, flat(300, when=TWICE)], 1100, id="both"),
        pytest.param(
            [flat(900, "referrer"), MUG, SIGN_UP], 500, id="what partners get is not theirs, nor is a mug money"
        ),
    ],
)
def test_a_least_payout_that_no_friend_can_reach_is_refused(rules, most):
    def objections(minimum):
        return find_objections(TermsBody(rules=rules, minimum_payout_referee=minimum), currency="USD")

    assert objections(most) == []
    sentence = f"No friend can reach it: these terms give each at most {most // 100}.{most % 100:02} USD."
    assert objections(most + 1) == [("/minimum_payout_referee", sentence)]


@pytest.mark.parametrize(
    "rules",
    [
        pytest.param([flat(1), SIGN_UP], id="any number of sales"),
        pytest.param([Rule(on="sale", to="referee", rate_bp=1, when=TWICE)], id="a rate"),
        pytest.param([MUG, flat(1, "referrer")], id="no money for friends"),
        pytest.param([], id="nothing"),
    ],
)
def test_a_least_payout_may_be_anything_where_a_friends_money_has_no_limit(rules):
    terms = TermsBody(rules=rules, minimum_payout_referee=10**6)

    assert find_objections(terms, currency="USD") == []
