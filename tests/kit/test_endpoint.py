"""The door of the API: keys and scopes, cursors, and errors that look alike."""

import pytest

import app as goodword
from chalicelib.access.api_keys import create
from chalicelib.audit.actor import Actor

# A visitor's page has no key; the token in the path, which the website's server was given, is what it may do.
BY_TOKEN = {"/v1/asks/{id}", "/v1/asks/{id}/seen", "/v1/asks/{id}/declined"}


def guarded():
    for path, methods in goodword.app.routes.items():
        for method, entry in methods.items():
            # HEAD has no body to say why.
            if hasattr(entry.view_function, "endpoint") and method != "HEAD":
                endpoint, takes = entry.view_function.endpoint, entry.content_types[0]
                if path in BY_TOKEN:
                    assert endpoint.scope is None
                    continue
                yield pytest.param(method, path.replace("{id}", "x"), endpoint.scope, takes, id=f"{method} {path}")


@pytest.mark.parametrize(("method", "path", "scope", "takes"), list(guarded()))
def test_every_endpoint_asks_for_a_key_with_its_scope(shop, method, path, scope, takes):
    _, wrong = create(
        name="wrong",
        scopes=["stats:read" if scope.startswith("links:") else "links:write"],
        actor=Actor("operator", "test"),
        at=shop.at,
    )

    nobody = shop.call(method, path, {}, headers={"Authorization": "", "Content-Type": takes})
    stranger = shop.call(method, path, {}, key=wrong, headers={"Content-Type": takes})

    assert (nobody.status, nobody.json["code"]) == (401, "unauthorized")
    assert (stranger.status, stranger.json["code"]) == (403, "forbidden")


def test_a_key_is_shown_once_and_stops_when_it_is_revoked(shop):
    made = shop.post("/v1/keys", {"name": "shop", "scopes": ["conversions:write"]}).json
    key = made["secret"]
    program = shop.program()
    body = {"program": program["id"], "type": "lead", "external_id": "1", "customer": {"external_id": "1"}}

    assert shop.post("/v1/conversions", body, key=key).status == 201
    assert key not in shop.get("/v1/keys").body
    shop.post(f"/v1/keys/{made['key']['id']}/revoke")
    shop.wait(seconds=31)
    assert shop.post("/v1/conversions", body, key=key).status == 401


@pytest.mark.parametrize(
    "token", ["", "Bearer", "Bearer ", "Basic {key}", "Bearer {key}x", "bearer {key} ", "Bearer rk_é"]
)
def test_what_is_not_quite_a_key_is_none(shop, token):
    headers = {"Authorization": token.format(key=shop.key)}

    assert shop.get("/v1/programs", headers=headers).status == 401


def test_an_error_is_a_problem_with_a_code_a_pointer_and_a_request_id(shop):
    answer = shop.post("/v1/partners", {"name": "Ada", "emial": "x"}, headers={"X-Request-Id": "abc-1"})

    assert answer.status == 422
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["X-Request-Id"] == "abc-1"
    assert answer.json["type"] == "https://go.example/v1/errors#invalid_value"
    assert (answer.json["code"], answer.json["request_id"]) == ("invalid_value", "abc-1")
    assert answer.json["errors"][0]["pointer"] == "/emial"


def test_the_frameworks_own_refusals_look_the_same(shop):
    media = shop.post("/v1/partners", b"name=Ada", headers={"Content-Type": "application/x-www-form-urlencoded"})

    assert (media.status, media.json["code"]) == (415, "unsupported_media_type")


def test_a_bug_is_an_internal_error_that_says_nothing_of_the_inside(shop, monkeypatch):
    from chalicelib.search import business

    monkeypatch.setattr(business, "list_programs", lambda *_: 1 / 0)

    answer = shop.get("/v1/programs")

    assert (answer.status, answer.json["code"]) == (500, "internal_error")
    assert "division" not in answer.body


def test_lists_are_read_page_by_page_with_cursors_of_their_own(shop):
    program = shop.program()
    names = [f"partner-{number}" for number in range(5)]
    for name in names:
        shop.wait(seconds=1)
        shop.partner(program, name=name)

    listed, cursor = [], None
    while True:
        page = shop.get(f"/v1/partners?limit=2{f'&cursor={cursor}' if cursor else ''}").json
        listed += [one["name"] for one in page["data"]]
        cursor = page["next_cursor"]
        if not page["has_more"]:
            break
        assert shop.get(f"/v1/programs?cursor={cursor}").json["code"] == "cursor_mismatch"

    assert listed == names[::-1]
    assert shop.get("/v1/partners?cursor=made.up").json["code"] == "cursor_mismatch"
    assert shop.get("/v1/partners?limit=0").status == 422
    assert shop.get("/v1/partners?limit=101").status == 422


@pytest.mark.parametrize("key", ["", "x" * 256, "schlüssel", "a\tb"])
def test_an_idempotency_key_is_printable_and_short(shop, key):
    answer = shop.post("/v1/partners", {"name": "Ada"}, headers={"Idempotency-Key": key})

    assert (answer.status, answer.json["errors"][0]["pointer"]) == (422, "Idempotency-Key")


def test_every_code_is_listed_with_its_meaning(shop):
    listed = shop.get("/v1/errors").json["data"]

    assert {
        "code": "conversion_conflict",
        "status": 409,
        "meaning": "The conversion was already reported with a different body.",
    } in listed


@pytest.mark.parametrize(
    "path",
    [
        "/v1/conversions/{}",
        "/v1/partners/{}",
        "/v1/partners/ext_{}",
        "/v1/links/lnk_{}",
        "/v1/links/ext_{}",
        "/v1/programs/ext_{}",
    ],
)
def test_a_name_longer_than_any_is_not_found(shop, path):
    assert shop.get(path.format("a" * 3000)).status == 404
    assert shop.get(path.format("%F0%9F%92%A9")).status == 404


@pytest.mark.parametrize("query", ["from=9999-12-31&to=9999-12-31", "to=0001-01-05", "from=2026-01-02&to=2026-01-01"])
def test_days_that_no_calendar_of_ours_has_are_refused(shop, query):
    program = shop.program()

    assert shop.get(f"/v1/programs/{program['id']}/stats?{query}").status == 422


@pytest.mark.parametrize(
    ("path", "pointer"),
    [("/v1/audit?action=null", "/action"), ("/v1/payouts/ext_x/export?part=null", "/part")],
)
def test_there_is_no_null_in_a_query_string(shop, path, pointer):
    answer = shop.get(path)

    assert (answer.status, answer.json["errors"][0]["pointer"]) == (422, pointer)


def test_where_text_is_asked_for_null_is_a_text(shop):
    assert shop.get("/v1/audit?subject=null").json["data"] == []
