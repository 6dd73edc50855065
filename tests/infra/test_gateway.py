"""Which route the local gateway finds for an address: the one that API Gateway would."""

import pytest

from infra.local.gateway import Gateway, Request

ROUTES = {
    "/": {"GET"},
    "/{id}": {"GET", "HEAD"},
    "/portal": {"GET"},
    "/portal/links": {"GET", "POST"},
    "/s/{id}": {"GET"},
    "/v1/programs/{id}/terms": {"GET"},
    "/v1/programs/ext/terms": {"GET"},
}


@pytest.fixture
def find():
    gateway = Gateway(type("App", (), {"routes": ROUTES})())
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
    ],
)
def test_an_address_is_found_with_or_without_a_slash_at_its_end(find, path, route, parameters):
    assert find(path) == (route, parameters)


@pytest.mark.parametrize("path", ["/portal//", "/s/x/y", "/tea//", "/v1/programs"])
def test_other_addresses_are_not(find, path):
    assert find(path) is None


def test_a_method_that_an_address_does_not_take_is_not_found(find):
    assert find("/portal", "POST") is None
    assert find("/tea", "POST") is None
    assert find("/portal/links", "POST") == ("/portal/links", {})
