"""Routes behind a greedy one: the gateway passes everything below it on, and the app finds which one it is."""

import json

import pytest

from chalicelib.kit.greedy import App, behind

PATHS = ["/pages", "/pages/{proxy+}", "/pages/{id}", "/pages/new", "/pages/{id}/lines/{name}", "/pagesize", "/{id}"]


@pytest.fixture
def answer():
    app = App(app_name="app")
    for path in PATHS:
        app.route(path)(lambda path=path, **variables: {"route": path, **variables})

    def answer(resource, proxy=None, method="GET"):
        event = {
            "resource": resource,
            "path": resource,
            "httpMethod": method,
            "headers": {},
            "multiValueHeaders": {},
            "multiValueQueryStringParameters": None,
            "pathParameters": {"proxy": proxy} if proxy is not None else None,
            "stageVariables": None,
            "requestContext": {"resourcePath": resource, "httpMethod": method, "identity": {}},
            "body": None,
            "isBase64Encoded": False,
        }
        answered = app(event, None)
        return answered["statusCode"], json.loads(answered["body"])

    return answer


def test_what_is_below_a_greedy_address_is_behind_it():
    assert behind(PATHS) == {"/pages/{id}", "/pages/new", "/pages/{id}/lines/{name}"}
    assert behind(["/a", "/a/{id}"]) == set()


@pytest.mark.parametrize(
    ("proxy", "route", "named"),
    [
        ("new", "/pages/new", {}),
        ("new/", "/pages/new", {}),
        ("old", "/pages/{id}", {"id": "old"}),
        ("a%2Fb", "/pages/{id}", {"id": "a%2Fb"}),
        ("new/lines/1", "/pages/{id}/lines/{name}", {"id": "new", "name": "1"}),
        ("a/b", "/pages/{proxy+}", {}),
        ("a//b", "/pages/{proxy+}", {}),
        ("a/lines/", "/pages/{proxy+}", {}),
    ],
)
def test_the_app_finds_the_route_and_what_its_path_names(answer, proxy, route, named):
    assert answer("/pages/{proxy+}", proxy) == (200, {"route": route, **named})


def test_a_method_that_the_route_does_not_take_is_refused(answer):
    status, problem = answer("/pages/{proxy+}", "new", method="POST")

    assert (status, problem["Code"]) == (405, "MethodNotAllowedError")


def test_other_addresses_are_the_gateways_to_find(answer):
    assert answer("/pagesize") == (200, {"route": "/pagesize"})
