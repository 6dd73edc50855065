"""The templates, as CloudFormation gets them: found in order by its linter, and as they must be for every stage."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from chalicelib.kit import errors
from infra import package as packaging
from infra.transform import transform
from tests.running import ROOT

pytestmark = pytest.mark.deployed


@pytest.fixture(scope="module", params=["local", "prod"])
def sam(request, package):
    """The template of a stage: for local as it was packaged, for another as it would be for Lambda's own Python."""
    return json.loads((package / "sam.json").read_text()) if request.param == "local" else template_of(request.param)


def template_of(stage):
    merged = json.loads(packaging.MERGED.read_text())
    for resource in merged["Resources"].values():
        if resource.get("Type") == "AWS::Serverless::Function" and "Runtime" in resource["Properties"]:
            resource["Properties"] |= {"Runtime": "python3.13", "Architectures": ["arm64"]}
    return packaging.complete(merged, stage=stage)


@pytest.fixture(scope="module")
def plain(sam):
    """What CloudFormation makes of it, which takes it a second."""
    return transform(sam, bucket="a-bucket", key="a-key.zip")


# Of the stages it is the one whose template AWS gets.
@pytest.mark.parametrize("sam", ["prod"], indirect=True)
def test_cloudformations_linter_finds_nothing_wrong(plain, tmp_path):
    file = tmp_path / "app.json"
    file.write_text(json.dumps(plain))

    _lint(file)


def test_the_template_of_each_stage_is_that_of_prod_but_for_its_name(package):
    development, production = template_of("dev"), template_of("prod")
    assert development["Parameters"]["Stage"].pop("Default") == "dev"
    assert production["Parameters"]["Stage"].pop("Default") == "prod"

    assert development == production


def test_the_tables_template_is_in_order():
    _lint(ROOT / "infra/tables.yaml")


def test_short_links_reach_the_redirect_and_all_else_the_api(plain):
    resources = plain["Resources"]

    for path, methods in resources["RestAPI"]["Properties"]["Body"]["paths"].items():
        assert packaging.ANY in methods
        for name, method in methods.items():
            uri = json.dumps(method["x-amazon-apigateway-integration"].get("uri", ""))
            alias = "RedirectAliaslive" if path == "/{id}" and name != packaging.ANY else "APIHandlerAliaslive"
            assert alias in uri, f"{path}: {uri}"
    permitted = {
        resource["Properties"]["FunctionName"]["Ref"]
        for resource in resources.values()
        if resource["Type"] == "AWS::Lambda::Permission"
        and resource["Properties"]["Principal"] == "apigateway.amazonaws.com"
    }
    assert permitted == {"RedirectAliaslive", "APIHandlerAliaslive"}


def test_every_function_has_a_role_a_log_and_an_alarm_of_its_own(plain):
    resources = plain["Resources"]
    functions = {name: one for name, one in resources.items() if one["Type"] == "AWS::Lambda::Function"}

    assert functions
    for name, function in functions.items():
        assert function["Properties"]["Role"] == {"Fn::GetAtt": [f"{name}Role", "Arn"]}
        assert function["Properties"]["LoggingConfig"]["LogGroup"] == {"Ref": f"{name}Logs"}
        assert function["Properties"]["LoggingConfig"]["LogFormat"] == "JSON"
        assert "RetentionInDays" in resources[f"{name}Logs"]["Properties"]
        assert resources[f"{name}Errors"]["Properties"]["AlarmActions"] == [{"Ref": "Alarms"}]
    for name, mapping in resources.items():
        if mapping["Type"] == "AWS::Lambda::EventSourceMapping":
            function = mapping["Properties"]["FunctionName"]["Ref"]
            assert resources[f"{function}DeadLetters"]["Properties"]["Dimensions"][0]["Value"] == {"Ref": name}
            assert f"{function}Age" in resources


def test_versions_are_published_anew_for_other_code_and_for_other_parameters(sam, plain):
    def versions(made):
        return {name for name, one in made["Resources"].items() if one["Type"] == "AWS::Lambda::Version"}

    def versions_of(key="a-key.zip", **parameters):
        return versions(transform(sam, bucket="a-bucket", key=key, parameters=parameters))

    published = versions(plain)
    assert len(published) == 2
    assert published == versions_of(Stage=sam["Parameters"]["Stage"]["Default"])
    assert not published & versions_of(key="another-key.zip")
    assert not published & versions_of(PublicUrl="https://links.example")


def test_what_the_gateway_answers_by_itself_is_a_problem_that_pages_elsewhere_can_read(plain):
    answers = plain["Resources"]["RestAPI"]["Properties"]["Body"]["x-amazon-apigateway-gateway-responses"]

    assert {"MISSING_AUTHENTICATION_TOKEN", "THROTTLED", "DEFAULT_4XX", "DEFAULT_5XX"} <= set(answers)
    codes = {one["code"] for one in errors.codes()}
    for answer in answers.values():
        # The one variable that API Gateway writes with quotes of its own.
        template = answer["responseTemplates"]["application/json"].replace("$context.error.messageString", '"..."')
        assert json.loads(template)["code"] in codes
        headers = answer["responseParameters"]
        assert headers["gatewayresponse.header.Content-Type"] == "'application/problem+json'"
        assert headers["gatewayresponse.header.Access-Control-Allow-Origin"] == "'*'"


def _lint(file):
    command = [Path(sys.executable).with_name("cfn-lint"), "--regions", "us-east-1", "eu-central-1", "--", str(file)]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert done.returncode == 0, done.stdout
