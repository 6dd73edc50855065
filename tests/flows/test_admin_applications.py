"""The list of a program's applications on the admin pages, and several approved or refused at once."""

import csv
import io

import pytest

from chalicelib.admin import lists
from tests.faults.world import built_once
from tests.flows.test_joining import join
from tests.reading import read

pytestmark = pytest.mark.engine


@pytest.fixture
@built_once
def program(shop):
    """A program with five applications, a minute after each other, and one of two that came at once."""
    program = shop.program(joining="approval")
    for number in range(5):
        shop.wait(minutes=1)
        assert join(shop, program, name=f"P{number}", email=f"p{number}@mail.example").status == 200
    assert join(shop, program, name="P5", email="p5@mail.example").status == 200
    return program


def page_of(program, part=""):
    return f"/admin/programs/{program['id']}/applications{part}"


def names(page):
    return [row["Person"].strip() for row in read(page.body).table("Applications")]


def ids(shop, program):
    listed = shop.get(f"/v1/applications?program={program['id']}").json["data"]
    return {one["name"]: one["id"] for one in listed}


def link(page, label):
    return next((one.attributes["href"] for one in read(page.body).all("a") if one.text == label), None)


def decided(admin, program, action, *applications, **more):
    picks = {f"pick_{number}": one for number, one in enumerate(applications)}
    question = admin.send(page_of(program, "/selected"), action=action, **picks)
    assert question.status == 200, question.body
    hidden = {one.attributes["name"]: one.attributes["value"] for one in read(question.body).all("input")}
    form = {name: value for name, value in hidden.items() if name.startswith("pick_") or name in ("step", "once")}
    return question, lambda: admin.send(page_of(program, "/selected"), action=action, **form, **more)


@pytest.mark.parametrize("size", [1, 2, 3])
def test_applications_are_listed_both_ways_also_those_of_one_moment(shop, admin, program, size, monkeypatch):
    whole = names(admin.get(page_of(program)))
    assert sorted(whole) == [f"P{number}" for number in range(6)]
    assert whole[2:] == ["P3", "P2", "P1", "P0"]
    monkeypatch.setattr(lists, "PAGE", size)

    pages = [admin.get(page_of(program))]
    while (older := link(pages[-1], "Older")) is not None:
        pages.append(admin.get(older))
    back = [pages[-1]]
    while (newer := link(back[-1], "Newer")) is not None:
        back.append(admin.get(newer))

    assert [one for page in pages for one in names(page)] == whole
    assert [names(page) for page in back] == [names(page) for page in reversed(pages)]
    assert len(pages) == 6 // size


def test_applications_are_narrowed_by_status_and_time_and_saved(shop, admin, program):
    first = ids(shop, program)["P0"]
    assert shop.post(f"/v1/applications/{first}/refuse", {"note": "too new"}).status == 200

    refused = admin.get(page_of(program, "?status=refused"))
    assert names(refused) == ["P0"]
    assert read(refused.body).field("Status") == "Refused"
    assert "too new" in read(refused.body).text
    assert len(names(admin.get(page_of(program)))) == 5
    assert "Nothing matches." in read(admin.get(page_of(program, "?to=2026-03-10")).body).text
    saved = admin.get(link(refused, "Save as CSV")).body.removeprefix("\ufeff")
    assert [(row["Name"], row["Status"]) for row in csv.DictReader(io.StringIO(saved))] == [("P0", "refused")]
    assert link(admin.get(f"/admin/programs/{program['id']}/joining"), "List all applications") == page_of(program)


def test_several_are_approved_each_with_its_own_result_and_once(shop, admin, program):
    people = ids(shop, program)
    page, send = decided(admin, program, "approve", people["P0"], people["P1"])
    assert read(page.body).buttons[-1] == "Approve 2 applications"
    assert "Becomes a partner right away" in read(page.body).text
    # Another window refuses one of them meanwhile.
    assert shop.post(f"/v1/applications/{people['P1']}/refuse", {"note": "no"}).status == 200

    first = send()
    results = {
        row["Selected"]: row["Result"] for row in read(admin.get(first.headers["Location"]).body).table("Results")
    }
    entries = len(shop.rows("audit"))
    again = send()

    assert results == {"P0": "Done", "P1": "Refused"}
    assert (again.headers["Location"], len(shop.rows("audit"))) == (first.headers["Location"], entries)
    assert [one["name"] for one in shop.get("/v1/partners").json["data"]] == ["P0"]
    kept_results = [str(row) for row in shop.rows("idempotency") if people["P0"] in str(row)]
    assert len(kept_results) == 1
    assert "p0@mail.example" not in kept_results[0]


def test_several_are_refused_with_a_note_for_the_record(shop, admin, program):
    people = ids(shop, program)
    _, without = decided(admin, program, "refuse", people["P0"], people["P1"])
    assert without().status == 422
    _, send = decided(admin, program, "refuse", people["P0"], people["P1"], note="not now")

    assert send().status == 303
    listed = shop.get(f"/v1/applications?program={program['id']}&status=refused").json
    assert {one["note"]["words"] for one in listed["data"]} == {"not now"}
    assert listed["count"] == {"at_least": 2, "exact": True}


def test_an_application_to_another_program_is_not_decided_here(shop, admin, program):
    other = shop.program(name="Other", joining="approval")
    first = ids(shop, program)["P0"]

    assert admin.send(page_of(other, "/selected"), action="approve", pick_0=first).status == 404
    assert admin.get(page_of(program, "/selected?result=none")).status == 404
    assert admin.get(page_of(program, "/selected")).headers["Location"] == page_of(program)
