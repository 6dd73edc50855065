"""What each function may do, against what it does: nothing missing, nothing too much."""

from pathlib import Path

import pytest
from chalice.package import YAMLTemplateSerializer

from infra import functions
from tests import calls
from tests.running import ROOT

# What no test provokes, and why the function needs it all the same.
RARE = {}
# Whether one row is looked up or several is often chance: how many fall into one part of a list.
LOOK_UPS = {"GetItem", "BatchGetItem"}


@pytest.fixture(scope="module")
def named():
    """The functions as infra/app.yaml has them; Chalice adds their code later."""
    template = YAMLTemplateSerializer().load_template((ROOT / "infra/app.yaml").read_text())
    return {name: one for name, one in template["Resources"].items() if "Calls" in one.get("Metadata", {})}


def test_a_role_allows_each_call_on_its_own_table_or_index(named):
    statements = _statements(functions.role("RollUp", named["RollUp"]))

    tables = "arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/goodword-${Stage}-"
    allowed = {one["Resource"]["Fn::Sub"]: one["Action"] for one in statements if "Fn::Sub" in one["Resource"]}
    assert allowed[f"{tables}programs/index/listed"] == ["dynamodb:Query"]
    assert allowed[f"{tables}clicks"] == ["dynamodb:Query"]
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


@pytest.mark.last
def test_each_function_may_do_what_it_does_and_nothing_else(request, named):
    _skip_unless_all_ran(request.session)

    missing, unused = set(), set()
    for name, function in named.items():
        declared = {(target, one) for target, listed in function["Metadata"]["Calls"].items() for one in listed}
        missing |= {(name, *call) for call in calls.made[name] - declared}
        unused |= {(name, *call) for call in declared - _evident(calls.made_for_sure[name])}

    assert not calls.made.keys() - named.keys(), "a function without a word on what it may call"
    wrong = [f"{call} happened, and is not allowed" for call in sorted(missing)]
    wrong += [f"{call} is allowed, and no test did it" for call in sorted(unused - RARE.keys())]
    wrong += [f"{call} is called rare, and happened or is not allowed" for call in sorted(RARE.keys() - unused)]
    assert not wrong, "\n" + "\n".join(wrong)


def _evident(made):
    looked_up = {target for target, operation in made if operation in LOOK_UPS}
    return made | {(target, operation) for target in looked_up for operation in LOOK_UPS}


def _skip_unless_all_ran(session):
    wanted = {
        path for path in (ROOT / "tests").rglob("test_*.py") if not {"browser", "deployed", "faults"} & set(path.parts)
    }
    collected = {Path(item.path) for item in session.items}
    chosen = session.config.getoption("keyword") or any("::" in argument for argument in session.config.args)
    if session.testsfailed or chosen or not wanted <= collected:
        pytest.skip("it looks back on all other tests, in the same run and without a failure")


def _statements(role):
    return role["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]
