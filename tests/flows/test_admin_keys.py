"""API keys on the admin pages: created, rotated and revoked by owners, each secret shown once."""

import re

import pytest

from tests.flows.test_audit import entries, verified
from tests.reading import read

SECRET = re.compile(r"[rp]k_[0-9A-Z]{26}_[A-Za-z0-9-]{43}")


def once(page):
    return re.search(r'name="once" value="([^"]+)"', page)[1]


def create(admin, **fields):
    admin.shop.wait(seconds=1)
    return admin.send("/admin/keys", once=once(admin.get("/admin/keys").body), **fields)


def created(admin, **fields):
    answer = create(admin, **fields)
    assert answer.status == 200, answer.body
    [secret] = SECRET.findall(answer.body)
    return secret, f"key_{secret.split('_')[1]}"


def test_an_owner_creates_a_key_whose_secret_is_shown_once_and_does_what_its_scopes_say(shop, admin):
    secret, identifier = created(admin, name="Till", **{"stats:read": "yes", "links:read": "yes"})

    assert shop.get("/v1/links/none", key=secret).status == 404
    assert shop.get("/v1/partners", key=secret).status == 403
    for path in ("/admin/keys", f"/admin/keys/{identifier}"):
        assert secret.rpartition("_")[2] not in admin.get(path).body
    [row] = [one for one in read(admin.get("/admin/keys").body).table("API keys") if one["Name"] == "Till"]
    assert (row["Allows"], row["State"]) == ("links:read, stats:read", "valid")
    assert row["Key"].endswith(secret[-4:])


def test_a_form_that_is_sent_again_creates_no_second_key_and_shows_no_secret(shop, admin):
    form = {"name": "Till", "stats:read": "yes", "once": once(admin.get("/admin/keys").body)}
    first, again = (admin.send("/admin/keys", **form) for _ in range(2))

    assert (len(SECRET.findall(first.body)), len(SECRET.findall(again.body))) == (1, 0)
    assert "This form was sent before" in read(again.body).text
    assert [one["name"] for one in shop.get("/v1/keys").json["data"]].count("Till") == 1


def test_a_key_for_pages_is_of_one_program_and_only_reports_leads_and_checks_codes(shop, admin):
    program = shop.program(origins=["https://shop.example"])
    secret, identifier = created(admin, name="Website", program=program["id"])

    newest = shop.get("/v1/keys").json["data"][0]
    assert (newest["id"], newest["program"], newest["scopes"]) == (identifier, program["id"], ["leads:write"])
    answer = shop.call("GET", "/v1/codes/x", key=secret, headers={"Origin": "https://shop.example"})
    assert (answer.status, answer.json["reason"]) == (200, "unknown_code")
    assert "report leads and check codes" in read(admin.get(f"/admin/keys/{identifier}").body).text


def test_a_key_for_pages_takes_no_scopes(shop, admin):
    program = shop.program()

    answer = create(admin, name="Website", program=program["id"], **{"stats:read": "yes"})

    assert (answer.status, "key for pages has no scopes to choose." in answer.body) == (422, True)
    assert len(shop.get("/v1/keys").json["data"]) == 1


@pytest.mark.parametrize("publishable", [False, True])
@pytest.mark.parametrize("way", ["page", "api"])
def test_a_rotated_key_and_its_successor_are_both_valid_until_the_old_one_is_revoked(shop, admin, publishable, way):
    program = shop.program(origins=["https://shop.example"])
    fields = {"program": program["id"]} if publishable else {"stats:read": "yes", "links:read": "yes"}
    old, identifier = created(admin, name="Till", **fields)

    shop.wait(seconds=1)
    if way == "page":
        page = admin.get(f"/admin/keys/{identifier}").body
        [new] = SECRET.findall(admin.send(f"/admin/keys/{identifier}", once=once(page)).body)
    else:
        new = shop.post(f"/v1/keys/{identifier}/rotate", {}).json["secret"]

    def status(key):
        path = "/v1/codes/x" if publishable else "/v1/links/none"
        return shop.call("GET", path, key=key, headers={"Origin": "https://shop.example"}).status

    works = 200 if publishable else 404
    assert (new[:3], new != old) == (old[:3], True)
    assert [status(key) for key in (old, new)] == [works, works]
    answer = admin.send(f"/admin/keys/{identifier}/revoke")
    shop.wait(seconds=31)
    assert answer.status == 303
    assert [status(key) for key in (old, new)] == [401, works]
    first, second = shop.get("/v1/keys").json["data"][:2]
    assert {name: first[name] for name in ("name", "scopes", "program")} == {
        name: second[name] for name in ("name", "scopes", "program")
    }


def test_a_revocation_is_confirmed_on_a_page_that_says_what_it_does(shop, admin):
    _, identifier = created(admin, name="Till", **{"stats:read": "yes"})

    page = read(admin.get(f"/admin/keys/{identifier}/revoke").body)
    assert "A revoked key cannot be restored." in page.text
    assert shop.get("/v1/keys").json["data"][0]["revoked_at"] is None
    done = admin.get(
        admin.send(f"/admin/keys/{identifier}/revoke").headers["Location"].removeprefix("https://go.example")
    )
    assert "Till (…" in done.body
    assert "was revoked." in done.body
    assert "Rotate" not in admin.get(f"/admin/keys/{identifier}").body


def test_a_revoked_key_is_not_rotated(shop, admin):
    _, identifier = created(admin, name="Till", **{"stats:read": "yes"})
    page = admin.get(f"/admin/keys/{identifier}").body
    shop.post(f"/v1/keys/{identifier}/revoke", {})

    by_api, by_page = (
        shop.post(f"/v1/keys/{identifier}/rotate", {}),
        admin.send(f"/admin/keys/{identifier}", once=once(page)),
    )

    assert (by_api.status, by_api.json["code"]) == (409, "key_revoked")
    assert (by_page.status, SECRET.findall(by_page.body)) == (409, [])
    assert len(shop.get("/v1/keys").json["data"]) == 2


def test_the_audit_trail_says_who_created_rotated_and_revoked_a_key(shop, admin):
    _, identifier = created(admin, name="Till", **{"stats:read": "yes"})
    new = shop.post(f"/v1/keys/{identifier}/rotate", {}).json["key"]["id"]
    admin.send(f"/admin/keys/{identifier}/revoke")

    written = [(one["action"], one["subject"], one["part"]) for one in entries(shop)]

    assert ("key.created", identifier, None) in written
    assert ("key.rotated", new, identifier) in written
    assert ("key.revoked", identifier, None) in written
    assert verified(shop) is None


def test_keys_are_listed_in_pages(shop, admin):
    for number in range(60):
        shop.wait(seconds=1)
        shop.post("/v1/keys", {"name": f"Key {number}", "scopes": ["stats:read"]})

    first = read(admin.get("/admin/keys").body)
    [more] = [one.attributes["href"] for one in first.all("a") if one.text == "Older"]
    second = read(admin.get(more).body)

    listed = [one["Name"] for page in (first, second) for one in page.table("API keys")]
    assert [name for name in listed if name.startswith("Key ")] == [f"Key {number}" for number in reversed(range(60))]


def test_keys_and_roles_are_offered_for_test_programs_too_and_none_is_said_to_be_missing(shop, admin):
    live, trial = shop.program(name="Tea"), shop.program(name="Trial", mode="test", external_id="trial")

    for path, prefix in (("/admin/keys", "Pages of "), ("/admin/people", "")):
        page = read(admin.get(path).body)
        offered = {one.text: one.attributes["value"] for one in page.all("option")}
        assert next(value for text, value in offered.items() if text.startswith(f"{prefix}Tea")) == live["id"]
        assert next(value for text, value in offered.items() if text.startswith(f"{prefix}Trial (test)")) == trial["id"]
        assert "For pages of another program" not in page.text
