"""The page that creates a program."""

import json

import pytest

from tests.reading import read


def test_the_first_program_is_created_on_a_page_once_however_often_its_form_is_sent(shop, admin):
    assert "No program pays in any currency yet." in admin.get("/admin/payouts").body
    start = read(admin.get("/admin").body)
    page = read(admin.get(start.link("New program")).body)
    form = {
        "name": "Tea Shop",
        "landing_url": "https://tea.example/welcome",
        "currency": "EUR",
        "timezone": "Europe/Berlin",
        "joining": "open",
        "draft": page.field("First terms"),
        "once": page.hidden("once"),
    }

    created = [admin.send("/admin/programs", **form) for _ in range(2)]

    [program] = shop.get("/v1/programs").json["data"]
    assert {one.headers["Location"] for one in created} == {f"/admin/programs/{program['id']}"}
    assert (program["name"], program["timezone"], program["joining"]) == ("Tea Shop", "Europe/Berlin", "open")
    assert "Tea Shop" in admin.get(created[0].headers["Location"]).body
    assert read(admin.get("/admin/payouts").body).field("Prepare a payout") == "EUR"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("currency", "euro"),
        ("landing_url", "tea"),
        ("timezone", "Berlin"),
        ("draft", "{"),
        ("joining", "x"),
        ("name", ""),
    ],
)
def test_a_program_that_is_refused_is_said_with_what_was_typed(shop, admin, field, value):
    form = {
        "name": "Tea Shop",
        "landing_url": "https://tea.example/welcome",
        "currency": "EUR",
        "timezone": "UTC",
        "joining": "closed",
        "draft": json.dumps({"rules": []}),
        "once": "01KB4Z8V3HMXQ2T7N5R9C6J0FD",
    }

    answer = admin.send("/admin/programs", **form | {field: value})

    assert (answer.status, 'class="notice bad"' in answer.body) == (422, True)
    if field != "name":
        assert read(answer.body).field("Name") == "Tea Shop"
    assert shop.get("/v1/programs").json["data"] == []
