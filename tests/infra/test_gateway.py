"""Which route the local gateway finds for an address, and what it answers by itself: as API Gateway would."""

import json

import pytest

from chalicelib.kit import errors
from infra.local import templates
from infra.local.gateway import Gateway, Request
from infra.package import ANY, take_any_method

ROUTES = {
    "/": {"GET"},
    "/{id}": {"GET", "HEAD"},
    "/portal": {"GET"},
    "/portal/links": {"GET", "POST"},
    "/portal/{proxy+}": {"GET"},
    "/s/{id}": {"GET"},
    "/v1/programs/{id}/terms": {"GET"},
    "/v1/programs/ext/terms": {"GET"},
}


@pytest.fixture
def gateway():
    return Gateway(type("App", (), {"routes": ROUTES})())


@pytest.fixture
def find(gateway):
    return lambda path, method="GET": gateway._find(Request(method, path, "", {}, "", b""))


@pytest.mark.parametrize(
    ("path", "route", "parameters"),
    [
        ("/", "/", {}),
        ("/portal", "/portal", {}),
        ("/portal/", "/portal", {}),
        ("/portal/links/", "/portal/links", {}),
        ("/tea", "/{id}", {"id": "tea"}),
        ("/tea/", "/{id}", {"id": "tea"}),
        ("/s/x%2F", "/s/{id}", {"id": "x%2F"}),
        ("/s/x/", "/s/{id}", {"id": "x"}),
        ("/v1/programs/prg_1/terms", "/v1/programs/{id}/terms", {"id": "prg_1"}),
        ("/v1/programs/ext/terms", "/v1/programs/ext/terms", {}),
        ("/{id}", "/{id}", {"id": "{id}"}),
        ("/portal/nothing", "/portal/{proxy+}", {"proxy": "nothing"}),
        ("/portal/nothing/here/", "/portal/{proxy+}", {"proxy": "nothing/here"}),
        ("/portal/links/here", "/portal/{proxy+}", {"proxy": "links/here"}),
    ],
)
def test_an_address_is_found_with_or_without_a_slash_at_its_end(find, path, route, parameters):
    assert find(path) == (route, parameters)


@pytest.mark.parametrize("path", ["/s/x/y", "/tea//", "/v1/programs"])
def test_other_addresses_are_not(find, path):
    assert find(path) is None


def test_a_method_that_an_address_does_not_take_is_passed_on_to_be_refused(find):
    assert find("/v1/programs/ext/terms", "PATCH") == ("/v1/programs/ext/terms", {})
    assert find("/tea", "POST") == ("/{id}", {"id": "tea"})
    assert find("/portal/links", "POST") == ("/portal/links", {})
    assert find("/portal/nothing", "POST") is None


def test_what_no_route_takes_is_answered_with_a_problem(gateway):
    reply = gateway.answer(Request("GET", "/v1/nothing", "", {}, "", b""))

    headers = dict(reply.headers)
    assert (reply.status, headers["Content-Type"]) == (404, "application/problem+json")
    assert headers["Access-Control-Allow-Origin"] == "*"
    problem = json.loads(reply.body)
    assert (problem["status"], problem["code"]) == (404, "not_found")
    assert "$" not in problem["request_id"]


def test_all_that_api_gateway_answers_by_itself_is_a_problem_with_a_code_that_the_api_lists():
    answers = templates.read("app.yaml")["Resources"]["RestAPI"]["Properties"]["GatewayResponses"]

    assert answers.keys() == {"MISSING_AUTHENTICATION_TOKEN", "THROTTLED", "DEFAULT_4XX", "DEFAULT_5XX"}
    codes = {one["code"] for one in errors.codes()}
    for answer in answers.values():
        # The one variable that API Gateway writes with quotes of its own.
        body = answer["ResponseTemplates"]["application/json"].replace("$context.error.messageString", '"..."')
        problem = json.loads(body)
        assert problem["code"] in codes
        assert {"type", "title", "code", "detail", "request_id"} <= problem.keys()
        assert answer["ResponseParameters"]["Headers"]["Content-Type"] == "'application/problem+json'"


def test_the_gateway_passes_on_every_method_at_every_address_that_the_api_has():
    proxy = {"x-amazon-apigateway-integration": {"type": "aws_proxy", "uri": {"Fn::Sub": "${APIHandler.Arn}"}}}
    mock = {"x-amazon-apigateway-integration": {"type": "mock"}}
    pages = {"/admin/{proxy+}": {"get": proxy}, "/admin/rewards": {"post": proxy}}
    paths = {"/v1/links": {"get": proxy, "post": proxy}, "/x": {"options": mock}, **pages}

    take_any_method(paths)

    assert paths == {"/v1/links": {"get": proxy, "post": proxy, ANY: proxy}, "/x": {"options": mock}, **pages}
    assert paths["/v1/links"][ANY] is not proxy
