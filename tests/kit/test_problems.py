"""Problems: what a view refuses is answered with the refusal's own status and code, whoever wrote the view."""

import json

import pytest
from chalice.app import Chalice
from chalice.test import Client

from chalicelib.kit.errors import Busy, InvalidValue
from chalicelib.kit.problems import answer_failures, reshape


@pytest.fixture
def client():
    app = Chalice("refusing")
    app.register_middleware(reshape, "http")

    @app.route("/busy")
    def busy():
        raise Busy("Too many at once.")

    @app.route("/names/{name}")
    def named(name):
        raise InvalidValue("A name is short.", pointer="/name")

    @app.route("/broken")
    def broken():
        raise KeyError("nothing is told of it")

    answer_failures(app)
    with Client(app) as client:
        yield client.http


def test_a_view_that_is_no_endpoint_is_answered_for(client):
    answer = client.get("/busy", headers={"X-Request-Id": "mine"})

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
    assert answer.headers["Content-Type"] == "application/problem+json"
    problem = json.loads(answer.body)
    assert (problem["status"], problem["code"], problem["request_id"]) == (503, "busy", "mine")


def test_a_refusal_says_which_field_is_at_fault(client):
    problem = json.loads(client.get("/names/x").body)

    assert problem["errors"] == [{"pointer": "/name", "code": "invalid_value", "detail": "A name is short."}]


def test_what_is_no_refusal_is_an_internal_error_and_tells_nothing(client):
    answer = client.get("/broken")

    assert answer.status_code == 500
    assert json.loads(answer.body)["code"] == "internal_error"
    assert b"nothing is told" not in answer.body


@pytest.mark.parametrize("path", ["/busy", "/broken"])
def test_every_answer_has_a_request_id(client, path):
    answer = client.get(path)

    assert answer.headers["X-Request-Id"] == json.loads(answer.body)["request_id"]
