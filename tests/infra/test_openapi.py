"""What the OpenAPI document says: all of it, of everything, as the tools of others read it."""

import json
import re
from collections import Counter
from pathlib import Path

import msgspec
import pytest
from openapi_schema_validator import OAS31Validator

import app as goodword
from chalicelib.kit import cursors, errors, modules
from chalicelib.kit.routes import OPENAPI_DOCUMENT
from chalicelib.kit.shapes import FORMS
from chalicelib.rewards.liability import Liability
from infra.reference import prose
from infra.reference.document import described, written
from infra.reference.forms import FORMS_AS_WRITTEN
from infra.reference.words import FIELDS, FIELDS_OF_SHAPES

# Codes are those of all rooms: a test that runs alone knows them, too.
modules.import_everything()

VERBS = {
    *("accept", "answer", "ask", "decline", "extend", "find", "lose", "move", "name", "receive", "win", "withdraw"),
    *("settle", "sum", "tell", "test"),
    *(
        "add",
        "approve",
        "ask",
        "assign",
        "ban",
        "change",
        "check",
        "compare",
        "confirm",
        "create",
        "credit",
        "decline",
        "delete",
        "disable",
        "dismiss",
        "end",
        "enroll",
        "enter",
        "erase",
        "explain",
        "export",
    ),
    *(
        "fail",
        "finish",
        "fulfill",
        "get",
        "hand",
        "hold",
        "import",
        "invite",
        "leave",
        "lift",
        "list",
        "merge",
        "prepare",
        "preview",
        "publish",
        "reactivate",
        "read",
        "redrive",
        "refuse",
        "search",
        "see",
        "send",
    ),
    *(
        "release",
        "remove",
        "renew",
        "repair",
        "replace",
        "replay",
        "report",
        "restore",
        "reverse",
        "retry",
        "return",
        "revoke",
        "rotate",
        "set",
        "suspend",
        "try",
        "verify",
        "void",
        "withdraw",
        "write",
    ),
}
# What is checked in; the first test holds it against what the code says, which takes a second to find out.
DOCUMENT = json.loads(Path(OPENAPI_DOCUMENT).read_text(encoding="utf-8"))
SCHEMAS = DOCUMENT["components"]["schemas"]
OPERATIONS = {
    (path, method): operation for path, methods in DOCUMENT["paths"].items() for method, operation in methods.items()
}


def parts(part, at=""):
    """Every object of the document, and where it is."""
    if isinstance(part, dict):
        yield at, part
    for name, inner in part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) else []:
        yield from parts(inner, f"{at}/{name}")


def faults(schema, value):
    whole = schema | {"components": DOCUMENT["components"]}
    return [error.message for error in OAS31Validator(whole).iter_errors(value)]


@pytest.mark.slow
def test_what_is_checked_in_and_ships_is_what_the_code_says():
    assert Path(OPENAPI_DOCUMENT).read_text(encoding="utf-8") == written(described()), "run `make reference`"


def test_what_is_served_names_the_service_it_is_served_by(shop):
    served = shop.get("/openapi.json")

    assert served.headers["Content-Type"] == "application/json"
    assert served.json["servers"] == [{"url": "https://go.example", "description": "this service"}]
    assert served.json == json.loads(written(DOCUMENT).replace("https://go.example.com", "https://go.example"))


def test_it_has_every_endpoint():
    endpoints = {
        (path, method.lower())
        for path, methods in goodword.app.routes.items()
        for method, entry in methods.items()
        if hasattr(entry.view_function, "endpoint") and method != "HEAD"
    }
    others = {"/healthz", "/openapi.json", "/v1/errors", "/v1/qr/{id}", "/goodword.js"}

    assert OPERATIONS.keys() == endpoints | {(path, "get") for path in others}
    assert {path for path in goodword.app.routes if path.startswith("/v1/")} <= DOCUMENT["paths"].keys()


def test_every_field_has_a_meaning_and_an_example_that_fits():
    for name, schema in SCHEMAS.items():
        assert schema.get("description"), name
        for field, inner in schema.get("properties", {}).items():
            assert inner.get("description"), f"{name}.{field}"
            assert "$ref" in inner or inner["examples"], f"{name}.{field}"
            for example in inner.get("examples", []):
                assert not faults(inner, example), f"{name}.{field}: {example!r}"


def test_every_parameter_has_a_meaning_and_an_example_that_fits():
    shared = DOCUMENT["components"]["parameters"]
    for route, operation in OPERATIONS.items():
        for parameter in operation.get("parameters", []):
            whole = shared[parameter["$ref"].rpartition("/")[2]] if "$ref" in parameter else parameter
            assert whole["description"], route
            assert not faults(whole["schema"], whole["example"]), (route, whole)


def test_every_body_and_every_answer_has_a_meaning_and_an_example_that_fits():
    for route, operation in OPERATIONS.items():
        for part in [*operation["responses"].values(), operation.get("requestBody")]:
            if part is None:
                continue
            assert part["description"], route
            for kind, content in part["content"].items():
                assert "examples" in content or kind == "image/png", (route, kind)
                for example in content.get("examples", {}).values():
                    value = example.get("value", None) if "$ref" not in example else None
                    assert value is None or not faults(content["schema"], value), (route, kind, value)


def test_no_example_is_a_makeshift():
    makeshift = [at for at, part in parts(DOCUMENT) if "..." in part.values() or "..." in part.get("examples", [])]

    assert not makeshift, "give it a value in infra/reference/samples.py"


def test_every_code_is_explained_and_answered_under_its_status():
    codes = {one["code"]: one for one in errors.codes()}
    examples = DOCUMENT["components"]["examples"]

    assert SCHEMAS["Problem"]["properties"]["code"]["enum"] == list(codes)
    for code, example in examples.items():
        assert example["summary"] == codes[code]["meaning"]
        assert not faults(SCHEMAS["Problem"], example["value"])
    for route, operation in OPERATIONS.items():
        refused = {status: answer for status, answer in operation["responses"].items() if not status.startswith("2")}
        assert {"500", "503"} <= refused.keys()
        assert not {"4XX", "5XX", "default"} & refused.keys()
        for status, answer in refused.items():
            if "text/javascript" in answer["content"]:
                continue
            named = answer["content"]["application/problem+json"]["examples"]
            assert named, route
            assert all(str(codes[code]["status"]) == status for code in named), (route, status)
            assert all(f"`{code}`" in answer["description"] for code in named)


def test_every_operation_has_a_name_of_its_own_that_begins_with_a_verb():
    names = [operation["operationId"] for operation in OPERATIONS.values()]
    verbs = {re.match(r"[a-z]+", name)[0] for name in names}

    assert [name for name, times in Counter(names).items() if times > 1] == []
    assert all(re.fullmatch(r"[a-z]+([A-Z][a-z]+)+", name) for name in names)
    assert not verbs - VERBS, "begin with a verb, and add it here"


def test_every_operation_is_in_one_part_of_the_api_that_is_described():
    tags = [tag["name"] for tag in DOCUMENT["tags"]]

    assert set(tags) == prose.TAGS.keys() == {operation["tags"][0] for operation in OPERATIONS.values()}
    assert all(len(operation["tags"]) == 1 for operation in OPERATIONS.values())
    assert all(tag["description"] for tag in DOCUMENT["tags"])


def test_every_operation_says_which_key_it_needs():
    schemes = DOCUMENT["components"]["securitySchemes"]
    for (path, method), operation in OPERATIONS.items():
        endpoint = getattr(goodword.app.routes[path][method.upper()].view_function, "endpoint", None)
        scope = endpoint.scope if endpoint else None
        kind = {None: [], "leads:write": [{"publishableKey": []}]}.get(scope, [{"secretKey": []}])
        assert operation["security"] == kind
        assert operation.get("x-scope") == scope
        assert (f"`{scope}`" if scope else "no key") in operation["description"]
    assert schemes.keys() == {"secretKey", "publishableKey"}


def test_patterns_are_read_alike_in_every_language():
    """Nothing of Python alone, and no looking ahead, which Go and Rust lack; and what ends with `$` ends there."""
    patterns = {part["pattern"] for _, part in parts(DOCUMENT) if isinstance(part.get("pattern"), str)}

    assert patterns
    for pattern in patterns:
        assert not re.search(r"\\[AZzQEpPuUN]|\(\?", pattern), pattern


def test_there_are_words_for_every_form_the_api_asks_for():
    patterns = {part["pattern"] for _, part in parts(DOCUMENT) if isinstance(part.get("pattern"), str)}

    # Of these two, it is said otherwise what is wrong.
    others = {prose.IDEMPOTENCY_KEY["schema"]["pattern"], "^[A-Za-z0-9._-]+$"}
    assert patterns - others == FORMS_AS_WRITTEN.keys()
    assert len(FORMS_AS_WRITTEN) == len(FORMS) > 8


def test_schemas_have_names_of_their_own_that_are_words_in_any_language():
    titles = [schema["title"] for schema in SCHEMAS.values()]

    assert titles == list(SCHEMAS)
    assert len({title.lower() for title in titles}) == len(titles)
    assert all(re.fullmatch(r"[A-Z][A-Za-z]+", title) for title in titles)


def test_what_is_one_of_a_few_words_names_them_all():
    """But for what a comparison found: kinds are added with every check, and none of them asks for another answer."""
    for name, schema in SCHEMAS.items():
        for field in {"attribution", "category", "kind", "outcome", "repair", "state"} & schema.get(
            "properties", {}
        ).keys():
            words = [part["enum"] for _, part in parts(schema["properties"][field]) if "enum" in part]
            assert words or (name, field) == ("Difference", "kind"), f"{name}.{field}"


def test_every_answer_names_the_headers_it_is_read_by():
    named = {"401": {"WWW-Authenticate"}, "429": {"Retry-After"}, "503": {"Retry-After"}}
    for (path, _), operation in OPERATIONS.items():
        for status, answer in operation["responses"].items():
            assert named.get(status, set()) <= answer.get("headers", {}).keys(), (path, status)
            assert "X-Request-Id" in answer.get("headers", {}) or "text/javascript" in answer["content"], (path, status)
    assert "Idempotent-Replayed" in OPERATIONS["/v1/partners", "post"]["responses"]["201"]["headers"]
    assert "Goodword-Part" in OPERATIONS["/v1/payouts/{id}/export", "get"]["responses"]["200"]["headers"]


def test_what_may_be_left_out_of_a_body_needs_no_value():
    """Generators make of a `default` what must be sent."""
    assert not [at for at, part in parts(DOCUMENT["components"]["schemas"]) if "default" in part]


def test_what_has_an_id_says_where_it_can_be_asked_for():
    links = OPERATIONS["/v1/partners", "post"]["responses"]["201"]["links"]

    assert links["getPartner"]["parameters"] == {"id": "$response.body#/id"}
    assert {"getPartnerBalances", "enrollPartner", "leaveProgram"} <= links.keys()
    assert all(
        link["operationId"] in {one["operationId"] for one in OPERATIONS.values()}
        for operation in OPERATIONS.values()
        for answer in operation["responses"].values()
        for link in answer.get("links", {}).values()
    )


def test_whatever_is_asked_for_fits_into_an_address():
    """API Gateway takes 10,240 bytes of address and headers; a character of four bytes is escaped as twelve."""
    for route, operation in OPERATIONS.items():
        for parameter in operation.get("parameters", []):
            schema = parameter.get("schema", {})
            if parameter.get("in") == "query" and schema.get("type") == "string" and "enum" not in schema:
                most = schema.get("maxLength") or (len("2026-11-28") if schema.get("pattern") else None)
                assert most, (route, parameter["name"])
                escaped = 1 if schema.get("pattern") else 12
                assert most * escaped <= 8_000, (route, parameter["name"])


def test_the_longest_cursors_are_what_the_document_says_of_them():
    by_day = {f"2{day:03}-11-{day % 28 + 1:02}": 2**53 - day * 7919**3 for day in range(370)}
    longest = cursors.write(msgspec.to_builtins(Liability(by_day=by_day)), of="liability USD")

    assert 2_000 < len(longest) <= 8_000
    assert re.fullmatch("[A-Za-z0-9._-]+", longest)
    assert not faults(OPERATIONS["/v1/liability", "get"]["parameters"][1]["schema"], longest)


def test_it_says_which_parameters_must_be_given():
    for owner in ("partners", "customers"):
        parameters = OPERATIONS[f"/v1/{owner}/{{id}}/statement", "get"]["parameters"]
        required = {one["name"]: one["required"] for one in parameters}
        assert (required["currency"], required["from"], required["format"]) == (True, False, False)


def test_it_says_what_comes_as_a_file_too():
    def kinds(path):
        return sorted(OPERATIONS[path, "get"]["responses"]["200"]["content"])

    assert kinds("/v1/customers/{id}/statement") == ["application/json", "text/csv"]
    assert kinds("/v1/payouts/{id}/export") == ["text/csv"]
    assert kinds("/v1/partners") == ["application/json"]


def test_no_word_is_kept_for_what_is_no_longer_there():
    fields = {f"{name}.{field}" for name, schema in SCHEMAS.items() for field in schema.get("properties", {})}
    plain = {field.partition(".")[2] for field in fields}
    parameters = {one.get("name") for operation in OPERATIONS.values() for one in operation.get("parameters", [])}

    assert FIELDS_OF_SHAPES.keys() <= fields
    assert FIELDS.keys() <= plain | parameters


@pytest.mark.parametrize("status", sorted(prose.STATUSES))
def test_every_status_that_is_described_is_answered(status):
    assert any(status in operation["responses"] for operation in OPERATIONS.values())
