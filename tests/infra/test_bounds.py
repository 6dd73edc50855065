"""What a flood of calls or clicks comes up against before it takes everything the account has."""

import pytest

from infra.local import templates

TEMPLATE = templates.read("app.yaml")
RESOURCES = TEMPLATE["Resources"]
PARAMETERS = TEMPLATE["Parameters"]


def test_every_call_and_every_click_through_the_gateway_is_bounded_in_all():
    bounds = {
        (one["HttpMethod"], one["ResourcePath"]): (
            one["ThrottlingRateLimit"]["Ref"],
            one["ThrottlingBurstLimit"]["Ref"],
        )
        for one in RESOURCES["RestAPI"]["Properties"]["MethodSettings"]
    }

    assert bounds == {
        ("*", "/*"): ("CallsPerSecond", "CallsPerSecond"),
        ("GET", "/~1{id}"): ("ClicksPerSecond", "ClicksPerSecond"),
        ("HEAD", "/~1{id}"): ("ClicksPerSecond", "ClicksPerSecond"),
    }
    assert PARAMETERS["CallsPerSecond"]["Default"] < PARAMETERS["ClicksPerSecond"]["Default"]


def test_clicks_can_be_kept_from_taking_all_the_functions_an_account_may_run():
    redirect = RESOURCES["Redirect"]["Properties"]["ReservedConcurrentExecutions"]

    assert redirect == {"If": ["HasClicksAtOnce", {"Ref": "ClicksAtOnce"}, {"Ref": "AWS::NoValue"}]}
    assert TEMPLATE["Conditions"]["HasClicksAtOnce"] == {"Not": [{"Equals": [{"Ref": "ClicksAtOnce"}, "0"]}]}
    # A new account may have fewer functions at once than AWS wants left to everything else.
    assert PARAMETERS["ClicksAtOnce"]["Default"] == 0


@pytest.mark.parametrize(
    ("alarm", "function"), [("RedirectThrottles", "Redirect"), ("APIHandlerThrottles", "APIHandler")]
)
def test_who_is_turned_away_for_want_of_functions_raises_an_alarm(alarm, function):
    properties = RESOURCES[alarm]["Properties"]

    assert (properties["Namespace"], properties["MetricName"]) == ("AWS/Lambda", "Throttles")
    assert properties["Dimensions"] == [{"Name": "FunctionName", "Value": {"Ref": function}}]
    assert (properties["Statistic"], properties["Threshold"], properties["Period"]) == ("Sum", 1, 60)
    assert properties["AlarmActions"] == [{"Ref": "Alarms"}]
