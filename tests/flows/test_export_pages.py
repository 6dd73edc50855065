"""The page of exports: a person chooses what, saves it part by part, and is told when it was the last."""

import json

import pytest

from chalicelib.admin.exports import export_pages
from tests.flows.test_people import sent, somebody  # noqa: F401
from tests.reading import read

PATH = "/admin/exports"


@pytest.fixture
def several(shop, business):
    """Three conversions, recorded a while ago."""
    program, _, _ = business
    for number in (2, 3):
        shop.wait(minutes=1)
        shop.sale(program, f"order-{number}", f"c-{number}")
        shop.streams.run()
    shop.wait(minutes=20)
    return program


def href(page, text):
    return next((one.attributes["href"] for one in read(page.body).all("a") if one.text.startswith(text)), None)


def test_a_person_saves_what_they_chose_part_by_part_until_the_last(admin, several, monkeypatch):
    monkeypatch.setattr(export_pages, "_MOST_ROWS", 2)
    page = admin.get(f"{PATH}?export=conversions&program={several['id']}&file=jsonl")
    saved, names = [], []
    for _ in range(2):
        file = admin.get(href(page, "Save part"))
        saved += [json.loads(line) for line in file.body.splitlines()]
        names.append(file.headers["Content-Disposition"])
        page = admin.get(admin.get(href(page, "Next part")).headers["Location"])

    assert [one["external_id"] for one in saved] == ["order-1", "order-2", "order-3"]
    assert names == [f'attachment; filename="conversions-part-{number}.jsonl"' for number in (1, 2)]
    assert "This is the last part." in read(page.body).text
    assert href(page, "Next part") is None


def test_a_spreadsheet_gets_its_mark_and_its_decimals(admin, several):
    english, german = (
        admin.get(f"{PATH}/conversions?program={several['id']}&file={file}").body for file in ("excel", "excel-de")
    )

    assert english.startswith('\ufeff"id","received_at"')
    assert german.startswith('\ufeff"id";"received_at"')
    assert '"19.99"' in english
    assert '"19,99"' in german


def test_what_no_export_takes_is_refused_and_stays_typed(admin, several):
    backwards = admin.get(f"{PATH}?export=rewards&from=2026-03-02&to=2026-03-01")
    of_all = admin.get(f"{PATH}?export=clicks")
    unknown = admin.get(f"{PATH}/rewards?program=nothing")

    assert [one.status for one in (backwards, of_all, unknown)] == [422, 422, 422]
    assert read(backwards.body).field("From") == "2026-03-02"
    assert [href(one, "Save part") for one in (backwards, of_all, unknown)] == [None, None, None]


def test_payments_are_for_those_who_pay(shop, several, sent):  # noqa: F811
    viewer = somebody(shop, sent, "vera@tea.example", {"role": "viewer"})

    page = viewer.get(PATH)

    assert "Payments" not in page.body
    assert "Rewards" in page.body
    assert viewer.get(f"{PATH}/payouts").status == 403
