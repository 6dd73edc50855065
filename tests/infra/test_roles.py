"""What each function may do. That it is what the function does, `tests.calls` checks at the end of a whole run."""

import pytest

from infra import functions
from tests import calls


@pytest.fixture(scope="module")
def named():
    """The functions as infra/app.yaml has them; Chalice adds their code later."""
    return calls.declared()


def test_a_role_allows_each_call_on_its_own_table_or_index(named):
    statements = _statements(functions.role("RollUp", named["RollUp"]))

    tables = "arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/goodword-${Stage}-"
    allowed = {one["Resource"]["Fn::Sub"]: one["Action"] for one in statements if "Fn::Sub" in one["Resource"]}
    assert allowed[f"{tables}programs/index/listed"] == ["dynamodb:Query"]
    assert allowed[f"{tables}clicks"] == ["dynamodb:BatchGetItem", "dynamodb:Query"]
    assert all(resource.startswith(tables) for resource in allowed)


def test_a_reaction_may_read_its_own_stream_and_bury_what_it_gave_up_on(named):
    statements = _statements(functions.role("ClicksToStats", named["ClicksToStats"]))

    by_resource = {str(one["Resource"]): one["Action"] for one in statements}
    assert by_resource["{'Ref': 'ClicksStream'}"] == [
        "dynamodb:DescribeStream",
        "dynamodb:GetRecords",
        "dynamodb:GetShardIterator",
        "dynamodb:ListStreams",
    ]
    assert by_resource["{'Fn::Join': ['', [{'Ref': 'DeadLetters'}, '/*']]}"] == ["s3:PutObject"]


def test_no_role_has_a_wildcard_that_is_not_named_here(named):
    for name, function in named.items():
        for statement in _statements(functions.role(name, function)):
            assert not [action for action in statement["Action"] if "*" in action]
            resource = statement["Resource"]
            text = str(resource)
            assert (
                "*" not in text
                # The sender may be an address of a domain that was verified as a whole.
                or (":identity/*" in text and statement["Action"] == ["ses:SendEmail"])
                # A key among the dead letters begins with the mapping's id, which is made when the stack is.
                or ("Roots" in text and all(action.endswith("Object") for action in statement["Action"]))
                or ("DeadLetters" in text and all(action.endswith("Object") for action in statement["Action"]))
            ), f"{name}: {text}"


def test_only_the_api_may_call_functions_and_only_the_stacks_reactions(named):
    callees = functions.reactions(named)
    statements = {
        name: [one for one in _statements(functions.role(name, function, callees=callees)) if "lambda:" in str(one)]
        for name, function in named.items()
    }

    [allowed] = statements.pop("APIHandler")
    assert allowed["Action"] == ["lambda:InvokeFunction"]
    assert allowed["Resource"] == [{"Fn::GetAtt": [name, "Arn"]} for name in callees]
    assert {"ConversionsToRewards", "MessagesToMailbox"} <= set(callees)
    assert not set(callees) & {"APIHandler", "Redirect", "Mature"}
    assert not any(statements.values())


def test_the_redirect_cannot_touch_money(named):
    assert {target.split("/")[0] for target in named["Redirect"]["Metadata"]["Calls"]} == {"links", "clicks"}


def test_a_number_that_should_be_0_is_read_from_the_log_and_watched():
    function = {"Metadata": {"Calls": {}, "Counts": {"stuck": "Messages do not move"}}, "Properties": {}}

    made = functions.companions("Sweep", function)

    assert made["SweepStuckMetric"]["Properties"]["FilterPattern"] == "{ $.stuck = * }"
    assert made["SweepStuckMetric"]["Properties"]["LogGroupName"] == {"Ref": "SweepLogs"}
    watched = made["SweepStuck"]["Properties"]
    assert (watched["MetricName"], watched["AlarmDescription"]) == ("stuck", "Messages do not move")
    assert watched["AlarmActions"] == [{"Ref": "Alarms"}]


def _statements(role):
    return role["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]
