"""An account of one's own for a while: MiniStack as a child on this machine, and a small package to deploy to it."""

import functools
import io
import json
import zipfile

import boto3
import pytest
from samtranslator.translator import translator

from infra.local.server import Server
from infra.operate import template
from infra.operate.account import Account

SERVICES = (
    "cloudformation,s3,sts,iam,lambda,dynamodb,dynamodbstreams,events,logs,cloudwatch,secretsmanager,apigateway,sns"
)

# The variables by which functions are given secrets, and what the tables' stack calls these.
SECRETS = {
    "GOODWORD_SECRETS": "SigningSecret",
    "GOODWORD_CLICK_SECRETS": "ClickSecret",
    "GOODWORD_LASTING_SECRETS": "LastingSecret",
}


# What SAM checks of itself for each template is the same each time.
translator.make_policy_template_for_function_plugin = functools.cache(
    translator.make_policy_template_for_function_plugin
)


@pytest.fixture(scope="session")
def emulator():
    engine = Server(services=SERVICES)
    yield engine
    engine.stop()


@pytest.fixture(scope="session")
def session():
    """One for all tests: reading what boto3 knows of a service takes longer than most of its calls here."""
    return boto3.session.Session()


@pytest.fixture(scope="session")
def clients():
    """All that tests have made of AWS's services, for the tests after them."""
    return {}


@pytest.fixture
def account(emulator, session, clients, monkeypatch):
    return empty_account(emulator, session, clients, monkeypatch)


def empty_account(emulator, session, clients, monkeypatch):
    """Return an account without anything in it, and nobody who has to be asked."""
    import urllib.request

    urllib.request.urlopen(urllib.request.Request(f"{emulator.url}/_ministack/reset", method="POST"), timeout=30)
    monkeypatch.setenv("AWS_ENDPOINT_URL", emulator.url)
    monkeypatch.setenv("YES", "1")
    for name in ("SENDER", "DOMAIN", "CERTIFICATE", "URL", "ALARMS", "DATA", "SURE"):
        monkeypatch.delenv(name, raising=False)
    return Account("000000000000", "us-east-1", "dev", session, clients)


CODE = """
def handler(event, context):
    records = event["Records"]
    if any(record.get("raise") for record in records):
        raise ValueError("a bad record")
    bad = [record["dynamodb"]["SequenceNumber"] for record in records if record.get("bad")]
    return {"batchItemFailures": [{"itemIdentifier": number} for number in bad]}
"""


def zipped(code):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr(zipfile.ZipInfo("app.py"), code)
    return content.getvalue()


@pytest.fixture
def package(tmp_path, monkeypatch):
    return packaged(tmp_path, monkeypatch)


def packaged(tmp_path, monkeypatch):
    """Return a packaged app in small: one reaction, one schedule, an address; `package(...)` changes it."""
    monkeypatch.setattr(template, "PACKAGE", tmp_path)
    monkeypatch.setattr("infra.operate.deploy.PACKAGE", tmp_path)

    def make(*, memory=512, code=CODE, secret=False):
        function = {
            "CodeUri": "./deployment.zip",
            "Handler": "app.handler",
            "Runtime": "python3.13",
            "MemorySize": memory,
            "Timeout": 30,
            "Role": {"Fn::GetAtt": ["AppRole", "Arn"]},
            "Environment": {"Variables": {"GOODWORD_URL": {"Ref": "PublicUrl"}}},
        }
        trust = {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
            ],
        }
        stream = {"Stream": {"Ref": "ClicksStream"}, "StartingPosition": "TRIM_HORIZON"}
        names = ("Stage", "PublicUrl", "Sender", "ClicksStream", *(SECRETS.values() if secret else []))
        for variable, name in SECRETS.items() if secret else []:
            reference = f"{{{{resolve:secretsmanager:${{{name}}}}}}}"
            function["Environment"]["Variables"][variable] = {"Fn::Sub": reference}
        described = {
            "AWSTemplateFormatVersion": "2010-09-09",
            "Transform": "AWS::Serverless-2016-10-31",
            "Parameters": {name: {"Type": "String"} for name in names},
            "Resources": {
                "AppRole": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": trust}},
                "ClicksToStats": {
                    "Type": "AWS::Serverless::Function",
                    "Properties": {**function, "Events": {"Stream": {"Type": "DynamoDB", "Properties": stream}}},
                },
                "RollUp": {
                    "Type": "AWS::Serverless::Function",
                    "Properties": {
                        **function,
                        "AutoPublishAlias": "live",
                        "Events": {"Tick": {"Type": "Schedule", "Properties": {"Schedule": "rate(5 minutes)"}}},
                    },
                },
            },
            "Outputs": {"EndpointURL": {"Value": {"Fn::Sub": "https://api-of-${Stage}.example.com/api/"}}},
        }
        (tmp_path / "sam.json").write_text(json.dumps(described))
        (tmp_path / "deployment.zip").write_bytes(zipped(code))

    make()
    return make
