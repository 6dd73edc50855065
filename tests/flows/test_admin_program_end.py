"""The end of a program on the admin pages: set by a form that says first what it does, and shown where it matters."""

from urllib.parse import quote

import pytest

from chalicelib.kit import memory
from tests.flows.test_audit import entries
from tests.reading import read


@pytest.fixture
def program(shop):
    return shop.program(timezone="Europe/Vienna")


def page_of(program):
    return f"/admin/programs/{program['id']}/end"


def ask(admin, program, **typed):
    query = "&".join(f"{name}={quote(value)}" for name, value in typed.items())
    return admin.get(f"{page_of(program)}/confirm?{query}")


DATES = {"touches_until": "2026-04-01T00:00", "sales_until": "2026-05-01T00:00"}


def hidden(page):
    return {
        one.attributes["name"]: one.attributes["value"]
        for one in read(page.body).all("input")
        if one.attributes.get("type") == "hidden"
    }


def test_an_owner_ends_a_program_after_a_page_that_says_what_that_does(shop, admin, program):
    etag = hidden(admin.get(page_of(program)))["etag"]

    confirming = ask(admin, program, **DATES, payout_note="The last payout is made on May 1.", etag=etag)
    assert shop.get(f"/v1/programs/{program['id']}").json["end"] is None
    for sentence in (
        "From April 1, 2026, 00:00 (Europe/Vienna) on, clicks and codes bind no one.",
        "What happens from May 1, 2026, 00:00 (Europe/Vienna) on earns nothing",
        "Partners read: The last payout is made on May 1.",
    ):
        assert sentence in read(confirming.body).text
    sent = admin.send(page_of(program), **hidden(confirming))
    memory.forget_everything()
    done = admin.get(sent.headers["Location"].removeprefix("https://go.example"))

    assert sent.status == 303
    assert shop.get(f"/v1/programs/{program['id']}").json["end"] == {
        "touches_until": "2026-03-31T22:00:00.000Z",
        "sales_until": "2026-04-30T22:00:00.000Z",
        "payout_note": "The last payout is made on May 1.",
    }
    assert "Clicks and codes count until April 1, 2026, 00:00 (Europe/Vienna)." in read(done.body).text
    overview = read(admin.get(f"/admin/programs/{program['id']}").body).text
    assert "Sales earn until May 1, 2026, 00:00 (Europe/Vienna)." in overview


def test_the_form_that_is_sent_twice_ends_the_program_once(shop, admin, program):
    confirming = ask(admin, program, **DATES, etag=hidden(admin.get(page_of(program)))["etag"])

    answers = [admin.send(page_of(program), **hidden(confirming)) for _ in range(2)]

    assert [one.status for one in answers] == [303, 303]
    assert [one["action"] for one in entries(shop)].count("program.end_set") == 1


@pytest.mark.parametrize(
    ("typed", "field", "sentence"),
    [
        ({"sales_until": "2026-03-31T23:59"}, "sales_until", "sales cannot end before clicks and codes do."),
        ({"touches_until": "2026-03-10T00:00"}, "touches_until", "cannot end earlier than one minute from now."),
        ({"touches_until": "soon"}, "touches_until", ""),
        ({"payout_note": "x" * 501}, "payout_note", ""),
    ],
)
def test_dates_that_are_refused_are_marked_and_stay_in_the_form(admin, program, typed, field, sentence):
    answer = ask(admin, program, **{**DATES, **typed})
    page = read(answer.body)

    [marked] = [one for one in page.all("input") if "aria-invalid" in one.attributes]
    assert (answer.status, marked.attributes["name"]) == (422, field)
    assert marked.attributes["value"] == typed[field]
    [notice] = [one for one in page.all("p") if one.attributes.get("id") == "notice"]
    assert sentence in notice.text


def test_a_page_that_was_opened_before_somebody_elses_change_saves_nothing_and_keeps_the_dates(shop, admin, program):
    confirming = ask(admin, program, **DATES, etag=hidden(admin.get(page_of(program)))["etag"])
    shop.call("PATCH", f"/v1/programs/{program['id']}", {"name": "Tea"})

    answer = admin.send(page_of(program), **hidden(confirming))

    assert (answer.status, "nothing was saved" in answer.body) == (422, True)
    values = {one.attributes["name"]: one.attributes.get("value") for one in read(answer.body).all("input")}
    assert values["touches_until"] == "2026-04-01T00:00"
    assert shop.get(f"/v1/programs/{program['id']}").json["end"] is None


def test_a_date_that_was_reached_is_shown_and_the_other_one_can_still_be_set_later(shop, admin, program):
    body = {"touches_until": "2026-03-12T09:00:00.250Z", "sales_until": "2026-04-12T09:00:00.500Z"}
    shop.post(f"/v1/programs/{program['id']}/end", body)
    shop.wait(days=3)
    memory.forget_everything()
    assert admin.send("/admin/sign-in", key=shop.key).status == 303

    page = read(admin.get(page_of(program)).body)
    fields = {one.attributes["name"]: one.attributes for one in page.all("input") if "name" in one.attributes}
    assert ("readonly" in fields["touches_until"], "readonly" in fields["sales_until"]) == (True, False)
    assert "have not counted since March 12, 2026, 10:00 (Europe/Vienna)" in page.text
    confirming = ask(
        admin,
        program,
        touches_until=fields["touches_until"]["value"],
        sales_until="2026-05-01T00:00",
        etag=fields["etag"]["value"],
    )

    assert admin.send(page_of(program), **hidden(confirming)).status == 303
    end = shop.get(f"/v1/programs/{program['id']}").json["end"]
    assert (end["touches_until"], end["sales_until"]) == (body["touches_until"], "2026-04-30T22:00:00.000Z")
