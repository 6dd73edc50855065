"""Deploying and destroying: what would change is shown first, and nothing is lost by doing it twice."""

import json
import sys

import pytest
from botocore.exceptions import ClientError

from infra.operate import deploy, destroy, plan
from infra.operate.account import open_account
from infra.operate.deploy import Deployment
from infra.operate.destroy import destroy as take_away
from infra.operate.stack import Failed, Stack
from infra.operate.template import app_template
from tests.operate.conftest import SECRETS

SENDER = {"Sender": "Shop <hello@shop.example>"}


def deployed(account, **parameters):
    deployment = Deployment(account, SENDER | parameters, poll_seconds=0.05)
    deployment.propose()
    deployment.show()
    changes = deployment.changes_something()
    deployment.execute()
    return changes


def test_a_first_deployment_makes_both_stacks_and_tells_the_functions_where_they_are(account, package, capsys):
    assert deployed(account)

    output = capsys.readouterr().out
    assert "Add" in output
    assert "AWS::DynamoDB::Table" in output
    assert "ClicksToStats" in output
    app = Stack(account, account.app_stack)
    assert app.outputs()["EndpointURL"] == "https://api-of-dev.example.com/api/"
    functions = [one for one in app.resources() if one["ResourceType"] == "AWS::Lambda::Function"]
    lambda_ = account.client("lambda")
    for function in functions:
        configured = lambda_.get_function_configuration(FunctionName=function["PhysicalResourceId"])
        assert configured["Environment"]["Variables"]["GOODWORD_URL"] == "https://api-of-dev.example.com/api"
    assert len(functions) == 2
    tables = account.client("dynamodb").list_tables()["TableNames"]
    assert "goodword-dev-messages" in tables
    assert "make keys STAGE=dev" in output


def test_a_second_deployment_of_the_same_changes_nothing(account, package, capsys):
    deployed(account)
    capsys.readouterr()

    assert not deployed(account)

    assert capsys.readouterr().out.count("nothing to change") == 2


def test_changed_code_changes_the_functions_alone_and_keeps_what_was_named_before(account, package, capsys):
    deployed(account, PublicUrl="https://go.example.com")
    capsys.readouterr()
    package(memory=1024)

    deployment = Deployment(account, {}, poll_seconds=0.05)
    deployment.propose()
    changes = plan.changes(deployment.for_app.changes)
    deployment.execute()

    assert deployment.for_tables is None
    assert {line[:2] for line in changes if line[0] != "Modify"} == {
        ("Add", "AWS::Lambda::Version"),
        ("Remove", "AWS::Lambda::Version"),
    }
    assert {line[2] for line in changes} >= {"ClicksToStats", "RollUp"}
    parameters = Stack(account, account.app_stack).described()["Parameters"]
    assert {one["ParameterKey"]: one["ParameterValue"] for one in parameters}["PublicUrl"] == "https://go.example.com"


def test_a_plan_changes_nothing_and_leaves_nothing(account, package, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["deploy", "--stage", "dev", "--plan", "--sender", SENDER["Sender"]])

    deploy.main()

    output = capsys.readouterr().out
    assert "account 000000000000, region us-east-1, stage dev" in output
    assert "This was the plan" in output
    assert account.client("dynamodb").list_tables()["TableNames"] == []
    assert not Stack(account, account.tables_stack).exists()
    assert not Stack(account, account.app_stack).exists()


def test_the_answer_no_changes_nothing(account, package, monkeypatch):
    monkeypatch.delenv("YES")
    monkeypatch.setattr("builtins.input", lambda _question: "n")
    monkeypatch.setattr(sys, "argv", ["deploy", "--stage", "dev", "--sender", SENDER["Sender"]])

    with pytest.raises(SystemExit, match="Nothing was changed"):
        deploy.main()

    assert account.client("dynamodb").list_tables()["TableNames"] == []


def test_the_bucket_of_packages_is_private_and_the_code_lies_under_its_hash(account, package):
    deployed(account)

    s3 = account.client("s3")
    blocked = s3.get_public_access_block(Bucket=account.bucket)["PublicAccessBlockConfiguration"]
    keys = [one["Key"] for one in s3.list_objects_v2(Bucket=account.bucket)["Contents"]]
    assert set(blocked.values()) == {True}
    assert deploy.code_key() in keys
    assert sum(key.startswith("templates/") for key in keys) >= 2


def test_a_missing_sender_is_reported_before_anything_is_done(account, package):
    with pytest.raises(Failed, match="SENDER="):
        Deployment(account, {}, poll_seconds=0.05).propose()

    assert account.client("dynamodb").list_tables()["TableNames"] == []


def test_what_the_package_does_not_know_is_refused(account, package):
    with pytest.raises(Failed, match="Domain"):
        Deployment(account, {"Domain": "go.example.com"})


@pytest.mark.parametrize(
    ("missing", "message"),
    [
        pytest.param({"AWS_DEFAULT_REGION": None}, "Say which region", id="no region"),
        pytest.param(
            {"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None}, "no AWS credentials", id="no credentials"
        ),
        pytest.param({"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}, "does not take these", id="nobody answers"),
    ],
)
def test_everything_missing_is_reported_at_once(monkeypatch, tmp_path, missing, message):
    for name in ("AWS_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setattr("infra.operate.account._USUAL", deploy_once())
    for name, value in missing.items():
        monkeypatch.setenv(name, value) if value else monkeypatch.delenv(name)

    with pytest.raises(SystemExit, match=message):
        open_account("dev")


def deploy_once():
    from botocore.config import Config

    return Config(connect_timeout=1, read_timeout=1, retries={"total_max_attempts": 1})


@pytest.mark.parametrize("region", ["cn-north-1", "us-gov-west-1", "eusc-de-east-1", "nowhere"])
def test_a_region_of_another_partition_is_refused_before_anything_is_asked(region, monkeypatch):
    monkeypatch.setenv("AWS_REGION", region)

    with pytest.raises(SystemExit, match=f"cannot be deployed to {region}"):
        open_account("dev")


def test_a_stages_name_is_a_short_word():
    with pytest.raises(SystemExit, match="STAGE="):
        open_account("Prod!")


def test_a_missing_package_is_reported(account, tmp_path, monkeypatch):
    monkeypatch.setattr("infra.operate.template.PACKAGE", tmp_path)

    with pytest.raises(SystemExit, match="make package"):
        app_template(bucket="some-bucket", region="us-east-1")


def test_a_parameter_that_the_package_no_longer_has_is_forgotten(account, package, tmp_path):
    deployed(account)
    package(memory=1024)
    written = json.loads((tmp_path / "sam.json").read_text())
    del written["Parameters"]["Sender"]
    (tmp_path / "sam.json").write_text(json.dumps(written))
    deployment = Deployment(account, {}, poll_seconds=0.05)

    deployment.propose()
    deployment.execute()

    assert "Sender" not in {one["ParameterKey"] for one in Stack(account, account.app_stack).described()["Parameters"]}


def configuration(account, alias="live"):
    resources = Stack(account, account.app_stack).resources()
    name = next(one["PhysicalResourceId"] for one in resources if one["LogicalResourceId"] == "RollUp")
    answer = account.client("lambda").get_function_configuration(FunctionName=name, Qualifier=alias)
    return answer["Environment"]["Variables"]


def test_what_is_published_knows_the_parameters_values_of_now(account, package):
    deployed(account)
    assert configuration(account)["GOODWORD_URL"] == "https://api-of-dev.example.com/api"

    assert deployed(account, PublicUrl="https://go.example.com")

    assert configuration(account)["GOODWORD_URL"] == "https://go.example.com"
    assert not deployed(account)


@pytest.mark.parametrize("variable", SECRETS)
def test_a_secret_that_was_rotated_is_read_at_the_next_deployment(account, package, variable):
    package(secret=True)
    deployed(account)
    first = configuration(account)[variable]
    secrets = account.client("secretsmanager")
    name = Stack(account, account.tables_stack).outputs()[SECRETS[variable]]
    assert secrets.get_secret_value(SecretId=name)["SecretString"] == first

    secrets.put_secret_value(SecretId=name, SecretString=f"{'n' * 48} {first}")
    assert deployed(account)

    assert configuration(account)[variable] == f"{'n' * 48} {first}"
    assert not deployed(account)


def test_each_secret_is_made_once_and_is_of_its_own(account, package):
    package(secret=True)
    deployed(account)
    made = {variable: configuration(account)[variable] for variable in SECRETS}

    package(secret=True, memory=1024)
    deployed(account)

    assert {variable: configuration(account)[variable] for variable in SECRETS} == made
    assert (len(set(made.values())), {len(secret) for secret in made.values()}) == (3, {48})


# Destroying


def test_destroying_keeps_the_data_and_a_deployment_builds_on_them_again(account, package, capsys):
    deployed(account)
    account.client("dynamodb").put_item(
        TableName="goodword-dev-access", Item={"pk": {"S": "key_1"}, "sk": {"S": "key"}}
    )

    take_away(account, data=False, sure=None, poll_seconds=0.05)
    take_away(account, data=False, sure=None, poll_seconds=0.05)

    assert "stays" in capsys.readouterr().out
    assert Stack(account, account.app_stack).described() is None
    assert account.client("lambda").list_functions()["Functions"] == []
    deployed(account)
    answer = account.client("dynamodb").get_item(
        TableName="goodword-dev-access", Key={"pk": {"S": "key_1"}, "sk": {"S": "key"}}
    )
    assert "Item" in answer


def test_data_are_deleted_only_after_two_confirmations(account, package, monkeypatch):
    deployed(account)
    monkeypatch.setattr("builtins.input", lambda _question: "yes")

    for sure in (None, "prod", ""):
        with pytest.raises(SystemExit, match="Nothing was changed"):
            take_away(account, data=True, sure=sure, poll_seconds=0.05)
    assert Stack(account, account.app_stack).exists()
    assert len(account.client("dynamodb").list_tables()["TableNames"]) > 10

    take_away(account, data=True, sure="dev", poll_seconds=0.05)

    assert account.client("dynamodb").list_tables()["TableNames"] == []
    assert Stack(account, account.tables_stack).described() is None


def test_data_that_an_earlier_destroy_kept_can_be_taken_away_later(account, package):
    deployed(account)
    [emails] = [
        one["PhysicalResourceId"]
        for one in Stack(account, account.tables_stack).resources()
        if one["LogicalResourceId"] == "DeadLetters"
    ]
    account.client("s3").put_object(Bucket=emails, Key="aws/lambda/x", Body=b"x")
    take_away(account, data=False, sure=None, poll_seconds=0.05)

    take_away(account, data=True, sure="dev", poll_seconds=0.05)
    take_away(account, data=True, sure="dev", poll_seconds=0.05)

    assert account.client("dynamodb").list_tables()["TableNames"] == []
    with pytest.raises(ClientError):
        account.client("s3").head_bucket(Bucket=emails)


def test_a_destroy_without_agreement_changes_nothing(account, package, monkeypatch):
    deployed(account)
    monkeypatch.delenv("YES")
    monkeypatch.setattr("builtins.input", lambda _question: "")
    monkeypatch.setattr(sys, "argv", ["destroy", "--stage", "dev"])

    with pytest.raises(SystemExit, match="Nothing was changed"):
        destroy.main()

    assert Stack(account, account.app_stack).exists()


# The plan


def test_the_plan_names_what_runs_each_function_and_by_which_role(account, package):
    app = app_template(bucket="some-bucket", region="us-east-1")

    assert plan.functions(app) == [
        ("ClicksToStats", "on ClicksStream", "512", "30", "AppRole"),
        ("RollUp", "rate(5 minutes)", "512", "30", "AppRole"),
    ]
    kinds = dict(plan.kinds(app))
    assert (kinds["AWS::Lambda::Function"], kinds["AWS::IAM::Role"], kinds["AWS::Events::Rule"]) == ("2", "1", "1")


def test_the_plan_says_what_is_made_only_if_it_is_asked_for():
    made = {"Domain": {"Type": "A", "Condition": "HasDomain"}, "Api": {"Type": "A"}}

    assert plan.kinds({"Resources": made}) == [("A", "1"), ("A (if asked for)", "1")]
    assert plan.additions({"Resources": made}) == [("Add", "A", "Api", ""), ("Add", "A", "Domain", "if asked for")]


def test_a_change_set_becomes_a_table_that_says_what_is_made_anew():
    described = [
        {
            "ResourceChange": {
                "Action": "Modify",
                "ResourceType": "B",
                "LogicalResourceId": "Two",
                "Replacement": "True",
            }
        },
        {"ResourceChange": {"Action": "Add", "ResourceType": "A", "LogicalResourceId": "One"}},
        {
            "ResourceChange": {
                "Action": "Modify",
                "ResourceType": "A",
                "LogicalResourceId": "Three",
                "Replacement": "Conditional",
            }
        },
    ]

    assert plan.changes(described) == [
        ("Add", "A", "One", ""),
        ("Modify", "A", "Three", "perhaps made anew"),
        ("Modify", "B", "Two", "made anew"),
    ]


# Going back


def test_an_older_package_takes_no_table_away(account, package, monkeypatch, tmp_path, capsys):
    deployed(account)
    newer = deploy.TABLES.read_text()
    older = tmp_path / "tables.yaml"
    older.write_text(newer[: newer.index("  Reconciliation:\n")] + newer[newer.index("  DeadLetters:\n") :])
    monkeypatch.setattr(deploy, "TABLES", older)

    with pytest.raises(Failed, match=r"would lose .*Reconciliation.* TABLES=keep"):
        Deployment(account, {}, poll_seconds=0.05).propose()
    package(memory=256)
    back = Deployment(account, {}, keep_tables=True, poll_seconds=0.05)
    back.propose()
    back.execute()

    lambda_ = account.client("lambda")
    assert {one["MemorySize"] for one in lambda_.list_functions()["Functions"]} == {256}
    assert "goodword-dev-reconciliation" in account.client("dynamodb").list_tables()["TableNames"]


def test_others_of_the_templates_parameters_can_be_named(account, package, monkeypatch, capsys):
    monkeypatch.setattr(
        sys, "argv", ["deploy", "--stage", "dev", "--parameters", "Sender=a@b.example PublicUrl=https://x.example"]
    )

    deploy.main()

    parameters = Stack(account, account.app_stack).described()["Parameters"]
    assert {one["ParameterKey"]: one["ParameterValue"] for one in parameters}["PublicUrl"] == "https://x.example"
