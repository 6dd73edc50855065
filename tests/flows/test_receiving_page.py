"""The page on which a program is made ready to receive introductions: checks, settings, a test, and opening it."""

import pytest

from tests.emails import settle
from tests.flows.test_people import entered, invited, sent  # noqa: F401
from tests.reading import read
from tests.ready import DEPUTY, OWNER, SETTINGS, have_people, make_ready

FORM = {
    "owner": OWNER,
    "deputy": DEPUTY,
    "respond_within": "3",
    "closed_on": "2026-12-25\r\n2026-12-26",
    "calendar_url": "https://calendar.example/shop",
    "first_words_en": "Glad to meet you.\r\nThe shop",
    "first_words_de": "Schön, Sie kennenzulernen.",
    "thanks_received": "note",
    "thanks_won": "gift",
    "question_0_en": "How many people work there?",
    "question_0_kind": "number",
    "question_0_required": "on",
    "question_1_en": "Which tea?",
    "question_1_kind": "choice",
    "question_1_options": "Green\r\nBlack",
    "most_open": "5",
    "most_a_day": "3",
    "protection_days": "60",
    "talks_days": "90",
    "step": "save",
}


@pytest.fixture
def program(shop):
    return shop.program()


@pytest.fixture
def path(program):
    return f"/admin/programs/{program['id']}/receiving"


def receiving(shop, program):
    return shop.get(f"/v1/programs/{program['id']}/receiving").json


@pytest.mark.moto
def test_all_settings_are_set_by_the_form_and_are_in_it_again(shop, admin, program, path):
    have_people(shop)

    page = admin.submit(path, **FORM, etag=read(admin.get(path).body).hidden("etag"))

    assert "Saved." in page.body
    stored = receiving(shop, program)
    assert stored | {
        "owner": OWNER, "deputy": DEPUTY, "respond_within": 3, "open": False,
        "closed_on": ["2026-12-25", "2026-12-26"],
        "first_words": {"en": "Glad to meet you.\nThe shop", "de": "Schön, Sie kennenzulernen."},
        "thanks": {"received": "note", "won": "gift"},
        "most_open": 5, "most_a_day": 3, "protection_days": 60, "talks_days": 90,
    } == stored  # fmt: skip
    first, second = stored["questions"]
    assert (first["key"], first["kind"], first["required"]) == ("how_many_people_work_there", "number", True)
    assert (second["kind"], second["options"]) == ("choice", ["Green", "Black"])
    for text in ("How many people work there?", "Schön, Sie kennenzulernen.", "2026-12-25"):
        assert text in page.body


def test_a_question_keeps_its_key_when_its_words_change_and_goes_when_it_has_none(shop, admin, program, path):
    admin.submit(path, **FORM, etag="*")
    key = receiving(shop, program)["questions"][0]["key"]
    changed = {"question_0_en": "How many are they?", "question_0_key": key, "question_1_en": ""}

    admin.submit(path, **FORM | changed, etag="*")

    [question] = receiving(shop, program)["questions"]
    assert (question["key"], question["words"]) == (key, {"en": "How many are they?"})


def test_what_the_form_does_not_have_stays(shop, admin, program, path):
    words = {"fr": "Enchanté", "en": "Hello"}
    questions = [{"key": "size", "kind": "text", "words": {"fr": "Combien ?", "en": "How many?"}}]
    shop.post(f"/v1/programs/{program['id']}/receiving", {"first_words": words, "questions": questions})

    admin.submit(path, **FORM | {"question_0_key": "size"}, etag="*")

    stored = receiving(shop, program)
    assert stored["first_words"]["fr"] == "Enchanté"
    assert stored["questions"][0]["words"] == {"fr": "Combien ?", "en": "How many people work there?"}


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"respond_within": "soon"}, "respond_within"),
        ({"respond_within": "11"}, "respond_within"),
        ({"calendar_url": "http://calendar.example"}, "calendar_url"),
        ({"closed_on": "Christmas"}, "closed_on"),
        ({"closed_on": "2026-02-30"}, "closed_on"),
        ({"deputy": OWNER}, "deputy"),
        ({"thanks_won": "money"}, "thanks_won"),
        ({"question_1_options": ""}, "question_1_options"),
        ({"question_0_kind": "poem"}, "question_0_kind"),
        ({"first_words_de": "x" * 1001}, "first_words_de"),
    ],
)
def test_what_is_wrong_is_marked_and_what_was_typed_stays(shop, admin, program, path, changed, field):
    answer = admin.send(path, **FORM | changed, etag="*")

    assert answer.status == 422
    marked = [
        tag.attributes["name"]
        for tag in read(answer.body).all("input", "select", "textarea")
        if tag.attributes.get("aria-invalid") == "true"
    ]
    assert marked == [field]
    assert "Glad to meet you." in answer.body
    assert receiving(shop, program)["owner"] is None


def test_a_form_that_another_one_overtook_says_so_and_saves_nothing(shop, admin, program, path):
    etag = read(admin.get(path).body).hidden("etag")
    shop.post(f"/v1/programs/{program['id']}/receiving", {"most_open": 7})

    answer = admin.send(path, **FORM, etag=etag)

    assert answer.status == 422
    assert "Someone else saved this page" in answer.body
    assert receiving(shop, program)["most_open"] == 7


def test_an_unready_program_is_not_opened_and_the_page_says_what_is_missing(shop, admin, program, path):
    page = admin.get(path)
    assert "Not ready: 6 of 9 missing" in page.body

    answer = admin.send(path, step="open", etag="*")

    assert answer.status == 422
    assert "not ready to receive introductions. Missing: An owner; A deputy; " in answer.body
    assert receiving(shop, program)["open"] is False


@pytest.mark.moto
def test_a_ready_program_is_opened_and_closed_by_a_button(shop, admin, program, path):
    make_ready(shop, program)
    assert "Ready to open" in admin.get(path).body

    assert "Open for introductions." in admin.submit(path, step="open", etag="*").body
    assert receiving(shop, program)["open"] is True
    assert admin.submit(path, **FORM, etag="*").status == 200
    assert receiving(shop, program)["open"] is True
    admin.submit(path, step="close", etag="*")
    assert receiving(shop, program)["open"] is False


@pytest.mark.moto
def test_the_owner_gets_a_test_once_for_each_form_and_says_that_it_arrived(shop, admin, program, path):
    have_people(shop)
    shop.post(f"/v1/programs/{program['id']}/receiving", SETTINGS)
    number = next(
        tag.attributes["value"] for tag in read(admin.get(path).body).all("input") if tag.attributes["name"] == "number"
    )

    for _ in range(2):
        page = admin.submit(f"{path}/test", step="send", number=number)
    assert f"sent to {OWNER}" in page.body
    settle(shop)
    assert [to for subject, to in shop.emails() if subject.startswith("A test introduction")] == [OWNER]
    assert "It arrived: confirmed" in admin.submit(f"{path}/test", step="arrived").body
    assert admin.get(f"{path}/test").status == 303


def test_a_test_without_an_owner_says_what_to_do_first(shop, admin, path):
    answer = admin.send(f"{path}/test", step="send", number="0")

    assert answer.status == 422
    assert "Set an owner of introductions first" in answer.body


def test_the_page_takes_thirty_calls_at_most(shop, admin, program, path):
    make_ready(shop, program)
    before = len(shop.line.calls)
    assert admin.get(path).status == 200
    assert len(shop.line.calls) - before <= 30


def test_who_only_looks_sees_what_is_missing_and_no_form(shop, sent, program, path):  # noqa: F811
    invited(shop, "vic@shop.example", [{"role": "viewer"}])
    viewer = entered(shop, sent, "vic@shop.example")

    page = viewer.get(path)

    assert "Not ready" in page.body
    assert "first_words_en" not in page.body
    assert viewer.send(path, **FORM, etag="*").status == 403
    assert viewer.send(f"{path}/test", step="send").status == 403
