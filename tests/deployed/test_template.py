"""The templates, as CloudFormation gets them: found in order by its linter, for every stage."""

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


@pytest.fixture(params=["local", "dev", "prod"])
def sam(request, package):
    """The template of a stage: for local as it was packaged, for the others as it would be for Lambda's own Python."""
    if request.param == "local":
        return json.loads((package / "sam.json").read_text())
    merged = json.loads(packaging.MERGED.read_text())
    for resource in merged["Resources"].values():
        if resource.get("Type") == "AWS::Serverless::Function" and "Runtime" in resource["Properties"]:
            resource["Properties"] |= {"Runtime": "python3.13", "Architectures": ["arm64"]}
    return packaging.complete(merged, stage=request.param)


def test_cloudformations_linter_finds_nothing_wrong(sam, tmp_path):
    plain = tmp_path / "app.json"
    plain.write_text(json.dumps(transform(sam, bucket="a-bucket", key="a-key.zip")))

    _lint(plain)


def test_the_tables_template_is_in_order():
    _lint(ROOT / "infra/tables.yaml")


def test_short_links_reach_the_redirect_and_all_else_the_api(sam):
    plain = transform(sam, bucket="a-bucket", key="a-key.zip")["Resources"]

    for path, methods in plain["RestAPI"]["Properties"]["Body"]["paths"].items():
        for name, method in methods.items():
            uri = json.dumps(method["x-amazon-apigateway-integration"].get("uri", ""))
            # Methods that no link takes are the API's to refuse.
            alias = "RedirectAliaslive" if path == "/{id}" and name != packaging.ANY else "APIHandlerAliaslive"
            assert alias in uri, f"{path}: {uri}"
    permitted = {
        resource["Properties"]["FunctionName"]["Ref"]
        for resource in plain.values()
        if resource["Type"] == "AWS::Lambda::Permission"
        and resource["Properties"]["Principal"] == "apigateway.amazonaws.com"
    }
    assert permitted == {"RedirectAliaslive", "APIHandlerAliaslive"}


def test_every_function_has_a_role_a_log_and_an_alarm_of_its_own(sam):
    plain = transform(sam, bucket="a-bucket", key="a-key.zip")["Resources"]
    functions = {name: one for name, one in plain.items() if one["Type"] == "AWS::Lambda::Function"}

    assert functions
    for name, function in functions.items():
        assert function["Properties"]["Role"] == {"Fn::GetAtt": [f"{name}Role", "Arn"]}
        assert function["Properties"]["LoggingConfig"]["LogGroup"] == {"Ref": f"{name}Logs"}
        assert function["Properties"]["LoggingConfig"]["LogFormat"] == "JSON"
        assert "RetentionInDays" in plain[f"{name}Logs"]["Properties"]
        assert plain[f"{name}Errors"]["Properties"]["AlarmActions"] == [{"Ref": "Alarms"}]
    for name, mapping in plain.items():
        if mapping["Type"] == "AWS::Lambda::EventSourceMapping":
            function = mapping["Properties"]["FunctionName"]["Ref"]
            assert plain[f"{function}DeadLetters"]["Properties"]["Dimensions"][0]["Value"] == {"Ref": name}
            assert f"{function}Age" in plain


def test_versions_are_published_anew_for_other_code_and_for_other_parameters(sam):
    def versions(key="a-key.zip", **parameters):
        plain = transform(sam, bucket="a-bucket", key=key, parameters=parameters)["Resources"]
        return {name for name, resource in plain.items() if resource["Type"] == "AWS::Lambda::Version"}

    assert len(versions()) == 2
    assert versions() == versions(Stage=sam["Parameters"]["Stage"]["Default"])
    assert not versions() & versions(key="another-key.zip")
    assert not versions() & versions(PublicUrl="https://links.example")


def test_what_the_gateway_answers_by_itself_is_a_problem_that_pages_elsewhere_can_read(sam):
    body = transform(sam, bucket="a-bucket", key="a-key.zip")["Resources"]["RestAPI"]["Properties"]["Body"]
    answers = body["x-amazon-apigateway-gateway-responses"]

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
