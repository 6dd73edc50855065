"""
The same source and templates as on AWS, deployed to an emulator and used over HTTP from outside.

The tests tell one story and run in this order: made, used, updated, used again, deleted.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import urllib.request
import zipfile
from urllib.parse import urlsplit

import pytest

from tests.dead_letters.dead_letters import dead_letter
from tests.deployed.business import ROBOT, Business
from tests.deployed.stacks import APP, TABLES, eventually
from tests.running import ROOT

pytestmark = pytest.mark.deployed


@pytest.fixture(scope="module")
def business(stacks):
    outputs = stacks.outputs(APP)
    return Business(
        port=stacks.engine.port,
        api_host=f"{outputs['RestAPIId']}.execute-api.localhost:{stacks.engine.port}",
        url_host=urlsplit(outputs["RedirectUrl"]).netloc,
        key=_first_key(stacks),
    )


def test_both_stacks_are_made(stacks, package):
    stacks.make_tables()
    stacks.deploy(package, "create")

    functions = stacks.engine.client("lambda").list_functions()["Functions"]
    handlers = {one["Handler"] for one in functions}
    assert {
        "app.app",
        "chalicelib.clicks.redirect.handler",
        "chalicelib.entries.conversions_to_rewards.handler",
    } <= handlers
    assert len({one["Role"] for one in functions}) == len(functions)


def test_every_alarm_watches_something_that_is_there_and_tells_the_topic(stacks):
    lambda_ = stacks.engine.client("lambda")
    there = {one["FunctionName"] for one in lambda_.list_functions()["Functions"]}
    there |= {one["UUID"] for one in lambda_.list_event_source_mappings()["EventSourceMappings"]}

    alarms = stacks.engine.client("cloudwatch").describe_alarms()["MetricAlarms"]

    assert len(alarms) > 2 * 7
    for alarm in alarms:
        assert {one["Value"] for one in alarm["Dimensions"]} <= there, alarm["AlarmName"]
        assert alarm["AlarmActions"] == [stacks.outputs(APP)["AlarmsTopic"]]


def test_the_service_answers_through_its_gateway(business):
    assert business.json("GET", "/healthz")["status"] == "ok"
    assert business.call("GET", "/v1/programs", Authorization="Bearer rk_wrong")[0] == 401


def test_a_click_leads_on_through_the_gateway_and_through_the_redirects_own_address(business):
    business.begin()

    for by in ("api", "url"):
        business.click(by=by)
        business.click(by=by, user_agent=ROBOT)


def test_a_friend_is_credited_rewarded_and_refunded_and_the_numbers_foot(stacks, business):
    business.friend("ann", business.click(by="api"))
    business.friend("bob", business.click(by="url"))

    _agree(business)
    eventually(lambda: {"ann@mail.example", "bob@mail.example", "bea@mail.example"} <= _written_to(stacks))


def test_changed_code_is_served_after_an_update_and_nothing_is_lost(stacks, business, package, tmp_path):
    before = business.count()
    stacks.deploy(_with_version(package, tmp_path, "9.9.9"), "update")

    eventually(lambda: business.json("GET", "/healthz")["version"] == "9.9.9")
    assert business.count() == before


def test_a_changed_parameter_reaches_the_versions_that_are_called(stacks, business, package, tmp_path):
    """A published version keeps the environment it was published with."""
    links = f"/v1/links/{business.link['id']}"
    before = business.json("GET", links)["url"]
    stacks.deploy(_with_version(package, tmp_path, "9.9.9"), "update", PublicUrl="https://links.example")

    assert before == "https://go.example/bea-says"
    eventually(lambda: business.json("GET", links)["url"] == "https://links.example/bea-says")


def test_the_way_is_the_same_after_the_update(stacks, business):
    emails = len(_emails(stacks))
    business.click(by="url", user_agent=ROBOT)
    business.friend("cid", business.click(by="api"))

    _agree(business)
    eventually(lambda: "cid@mail.example" in _written_to(stacks))
    assert len(_emails(stacks)) > emails


def test_a_dead_letter_is_seen_delivered_again_and_put_away(stacks, business):
    bucket = stacks.outputs(TABLES)["DeadLetters"].rpartition(":")[2]
    name = stacks.resources(APP)["ClicksToStats"]
    arn = stacks.engine.client("lambda").get_function(FunctionName=name)["Configuration"]["FunctionArn"]
    # A record that the reaction has nothing to do about, as it tells of no new row.
    written = json.dumps(dead_letter(arn, {"eventName": "REMOVE"})).encode()
    stacks.s3.put_object(Bucket=bucket, Key="aws/lambda/mapping/shard/2026/03/10/x", Body=written)

    [view] = business.json("GET", "/v1/dead-letters")["data"]
    assert (view["function"], view["condition"], view["records"]) == ("clicks_to_stats", "RetryAttemptsExhausted", 1)
    business.json("POST", f"/v1/dead-letters/{view['id']}/redrive")

    assert business.json("GET", "/v1/dead-letters")["data"] == []
    objects = stacks.s3.list_objects_v2(Bucket=bucket)["Contents"]
    assert [one["Key"] for one in objects] == ["redriven/aws/lambda/mapping/shard/2026/03/10/x"]


def test_no_function_failed_and_no_click_was_lost(stacks):
    logs = stacks.engine.client("logs")
    failures = []
    for group in logs.describe_log_groups(logGroupNamePrefix="/aws/lambda/goodword-local/")["logGroups"]:
        events = logs.filter_log_events(logGroupName=group["logGroupName"])["events"]
        failures += [
            one["message"] for one in events if re.search(r"click_lost|link_lookup_failed|Traceback", one["message"])
        ]
    assert failures == []


def test_what_is_deleted_is_the_functions_and_not_the_data(stacks):
    dynamodb = stacks.engine.client("dynamodb")
    tables = set(dynamodb.list_tables()["TableNames"])
    links = dynamodb.scan(TableName="goodword-local-links")["Count"]

    stacks.delete(APP)
    stacks.delete(TABLES)

    assert stacks.engine.client("lambda").list_functions()["Functions"] == []
    assert set(dynamodb.list_tables()["TableNames"]) == tables
    assert dynamodb.scan(TableName="goodword-local-links")["Count"] == links > 0
    # That of the code, of dead letters, and of roots.
    assert len(stacks.s3.list_buckets()["Buckets"]) == 3
    # Those that are rotated, and the one that lasts: no click, no share link and no digest is lost.
    assert len(stacks.engine.client("secretsmanager").list_secrets()["SecretList"]) == 3


def _agree(business):
    """Wait until the service counts what we count; if it never does, show both."""
    try:
        eventually(lambda: business.count() == business.counted)
    except AssertionError:
        assert business.count() == business.counted


def _first_key(stacks):
    """Make an admin key as an operator does, with access to the tables."""
    code = (
        "from chalicelib.access.api_keys import create\n"
        "from chalicelib.audit.actor import Actor\nfrom chalicelib.kit import clock\n"
        "print(create(name='first', scopes=['admin'], actor=Actor('operator', 'test'), at=clock.now())[1])"
    )
    environment = {
        **os.environ,
        "AWS_ENDPOINT_URL": stacks.engine.url,
        "GOODWORD_TABLES": "goodword-local-",
        "GOODWORD_TRANSPORT": "wire",
        "AWS_REGION": "us-east-1",
    }
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True
    )
    return done.stdout.strip()


def _with_version(package, folder, version):
    """Return a copy of the package whose code says that it is another version."""
    changed = folder / "package"
    shutil.copytree(package, changed)
    with (
        zipfile.ZipFile(package / "deployment.zip") as source,
        zipfile.ZipFile(changed / "deployment.zip", "w") as target,
    ):
        for name in source.namelist():
            if name != "chalicelib/kit/version.pyc":
                target.writestr(name, source.read(name))
        written = (ROOT / "chalicelib/kit/version.py").read_text()
        content = re.sub('VERSION = ".*"', f'VERSION = "{version}"', written)
        assert version in content
        target.writestr("chalicelib/kit/version.py", content)
    return changed


def _emails(stacks):
    with urllib.request.urlopen(f"{stacks.engine.url}/_ministack/ses/messages", timeout=10) as answer:
        return [email for emails in json.load(answer)["messages"].values() for email in emails]


def _written_to(stacks):
    return {re.search(r"[^<\s]+@[^>\s]+", to)[0] for email in _emails(stacks) for to in email["To"]}
