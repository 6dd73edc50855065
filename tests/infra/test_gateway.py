"""Which route the local gateway finds for an address, and what it answers by itself: as API Gateway would."""

import json

import pytest
from chalice.deploy.swagger import TemplatedSwaggerGenerator

import app as goodword
from chalicelib.kit import errors
from chalicelib.kit.greedy import behind
from infra import package as packaging
from infra.local import templates
from infra.local.gateway import Gateway, Request

ROUTES = {
    "/": {"GET"},
    "/{id}": {"GET", "HEAD"},
    "/portal": {"GET"},
    "/portal/links": {"GET", "POST"},
    "/portal/links/{id}": {"GET"},
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
        ("/portal/links/", "/portal/{proxy+}", {"proxy": "links"}),
        ("/portal/links/x%2F", "/portal/{proxy+}", {"proxy": "links/x%2F"}),
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


def test_a_method_that_an_address_does_not_take_is_the_apis_to_refuse(find):
    assert find("/portal", "POST") == ("/portal", {})
    assert find("/tea", "POST") == ("/{id}", {"id": "tea"})
    assert find("/portal/links", "POST") == ("/portal/{proxy+}", {"proxy": "links"})
    assert find("/portal/nothing", "POST") == ("/portal/{proxy+}", {"proxy": "nothing"})


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


def test_the_package_has_every_address_answer_every_method_by_the_api():
    """Chalice's own document of the addresses, as `make package` completes it."""
    paths = TemplatedSwaggerGenerator().generate_swagger(goodword.app)["paths"]
    # What Chalice fills in when it writes a template is the function's address.
    plain = json.loads(json.dumps(paths, default=lambda _: {"Fn::Sub": "path/${APIHandler.Arn}/invocations"}))
    resources = {
        "RestAPI": {"Properties": {"DefinitionBody": {"paths": plain}}},
        "APIHandlerInvokePermission": {"Properties": {}},
    }

    packaging._leave_out_what_is_behind(resources)
    packaging._take_every_method(resources)
    packaging._call_the_aliases(resources)

    completed = resources["RestAPI"]["Properties"]["DefinitionBody"]["paths"]
    assert completed.keys() == goodword.app.routes.keys() - behind(goodword.app.routes)
    for path, methods in completed.items():
        assert methods.keys() == {packaging.ANY, *(method.lower() for method in goodword.app.routes[path])}
        for method, described in methods.items():
            function = "Redirect" if path == "/{id}" and method != packaging.ANY else "APIHandler"
            assert f"${{{function}.Alias}}" in described["x-amazon-apigateway-integration"]["uri"]["Fn::Sub"]
            assert ("consumes" in described) == (method != packaging.ANY)
