"""The admin page of a program's look: what is typed is shown in a preview of its pages and emails, and then saved."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest

from chalicelib.kit import memory
from chalicelib.programs.logo import MOST_BYTES
from tests.flows.test_admin_changes import invalid, stored
from tests.forms import Browser
from tests.pictures import jpeg, png
from tests.reading import read

COLOR = "#ffd400"
FIELDS = {
    "name": "Coffee Shop",
    "own_color": "on",
    "color": COLOR,
    "postal_address": "1 Leaf Lane\r\nLondon",
    "imprint_url": "https://tea.example/imprint",
    "privacy_url": "https://tea.example/privacy",
    "friend_page": "on",
    "button_1": "telegram",
    "button_2": "email",
    "logo": "",
    "etag": "*",
}


@pytest.fixture
def program(shop):
    return shop.program(joining="closed")


@pytest.fixture
def path(program):
    return f"/admin/programs/{program['id']}/look"


def frames_of(answer):
    return {one["title"]: one["src"] for one in (tag.attributes for tag in read(answer.body).all("iframe"))}


def hidden(answer, name):
    return next(
        one["value"] for one in (tag.attributes for tag in read(answer.body).all("input")) if one["name"] == name
    )


def test_what_is_typed_is_previewed_on_every_page_and_in_an_email_and_nothing_is_saved(shop, admin, program, path):
    answer = admin.upload(path, {"image": png(400, 120)}, step="check", **FIELDS)
    frames = frames_of(answer)

    assert "This is a preview. Nothing is saved yet." in answer.body
    assert list(frames) == [f"Preview: {one}" for one in ("Join page", "Share page", "Friend page", "Email")]
    for title, address in frames.items():
        # Whoever frames it is signed in; the frame itself is open to nothing but its signed address.
        page = shop.get(address, headers={"Authorization": ""})
        assert page.status == 200, title
        assert "Coffee Shop" in page.body, title
        assert COLOR in page.body, title
        assert f"/look/{program['id']}-" in page.body, title
        assert "London" in page.body, title
        policy = page.headers["Content-Security-Policy"]
        assert policy.endswith("frame-ancestors 'self'; sandbox"), title
        assert page.headers["X-Frame-Options"] == "SAMEORIGIN"
        assert "'unsafe-inline'" not in policy
    assert "Ada recommends Coffee Shop" in shop.get(frames["Preview: Friend page"]).body
    now = stored(shop, "programs", program)
    assert (now["name"], now["look"], now["logo"]) == ("Tea Shop", {"color": None}, None)


def test_a_preview_keeps_what_was_typed_and_the_file_so_that_saving_needs_neither_again(shop, admin, program, path):
    checked = admin.upload(path, {"image": jpeg()}, step="check", **FIELDS)
    page = read(checked.body)

    values = {one.attributes.get("name"): one for one in page if one.tag in ("input", "textarea", "select")}
    assert values["name"].attributes["value"] == "Coffee Shop"
    assert values["color"].attributes["value"] == COLOR
    assert "checked" in values["own_color"].attributes
    assert values["postal_address"].raw.split() == ["1", "Leaf", "Lane", "London"]
    saved = FIELDS | {"logo": hidden(checked, "logo"), "etag": hidden(checked, "etag")}
    after = admin.get(admin.upload(path, step="save", **saved).headers["Location"])

    assert "Saved. Pages and emails have it within half a minute." in after.body
    now = stored(shop, "programs", program)
    assert (now["name"], now["look"], now["logo"]["width"]) == ("Coffee Shop", {"color": COLOR}, 8)
    assert now["postal_address"] == "1 Leaf Lane\nLondon"
    assert now["sharing"] == {"friend_page": True, "show_earned": False, "buttons": ["telegram", "email"]}


def test_saving_at_once_uploads_and_saves_in_one_change_of_the_program(shop, admin, program, path):
    admin.upload(path, {"image": png(40, 20)}, step="save", **FIELDS)

    logo = stored(shop, "programs", program)["logo"]
    assert (logo["width"], logo["height"]) == (40, 20)
    entries = shop.get(f"/v1/audit?subject={program['id']}").json["data"]
    by_action = {one["action"]: one for one in entries}
    assert sorted(by_action) == ["program.created", "program.logo_uploaded", "program.settings_changed"]
    uploaded, changed = by_action["program.logo_uploaded"], by_action["program.settings_changed"]
    assert uploaded["actor"] == changed["actor"]
    assert uploaded["actor"]["kind"] == "session"
    assert (uploaded["before"], changed["before"] is not None) == (None, True)


def test_a_logo_and_a_color_can_be_taken_back(shop, admin, program, path):
    admin.upload(path, {"image": png()}, step="save", **FIELDS)
    memory.forget_everything()
    logo = stored(shop, "programs", program)["logo"]["url"].rpartition("/")[2]
    form = {name: value for name, value in FIELDS.items() if name != "own_color"} | {"logo": logo}
    admin.upload(path, step="save", remove_logo="on", **form)

    now = stored(shop, "programs", program)
    assert (now["logo"], now["look"]) == (None, {"color": None})


def test_a_save_without_another_file_keeps_the_logo(shop, admin, program, path):
    admin.upload(path, {"image": png()}, step="save", **FIELDS)
    memory.forget_everything()
    logo = stored(shop, "programs", program)["logo"]
    admin.upload(path, {"image": b""}, step="save", **FIELDS | {"logo": hidden(admin.get(path), "logo")})

    assert stored(shop, "programs", program)["logo"] == logo


@pytest.mark.parametrize(
    ("picture", "reason"),
    [
        (b"<svg/>", "neither a PNG nor a JPEG file"),
        (b"GIF89a", "neither a PNG nor a JPEG file"),
        (png(2001, 1), "a side may have 2000"),
        (png() + bytes(MOST_BYTES), "at most 45 are allowed"),
        (png() + bytes(2_000_000), "at most 45 are allowed"),
        (png()[:-9], "the file is damaged"),
    ],
)
@pytest.mark.parametrize("step", ["check", "save"])
def test_a_file_that_cannot_be_a_logo_is_refused_and_what_was_typed_stays(
    shop, admin, program, path, picture, reason, step
):
    answer = admin.upload(path, {"image": picture}, step=step, **FIELDS)
    page = read(answer.body)

    assert answer.status == 422
    assert reason in page.text
    assert invalid(page) == ["image"]
    assert 'value="Coffee Shop"' in answer.body
    assert frames_of(answer) == {}
    assert stored(shop, "programs", program)["name"] == "Tea Shop"


@pytest.mark.parametrize(
    ("wrong", "at_fault"),
    [
        ({"name": ""}, ["name"]),
        ({"color": "red"}, ["color"]),
        ({"imprint_url": "http://tea.example"}, ["imprint_url"]),
        ({"postal_address": "\n".join("123456789")}, ["postal_address"]),
        ({"button_2": "telegram"}, ["button_2"]),
        ({"button_2": "fax"}, ["button_2"]),
    ],
)
@pytest.mark.parametrize("step", ["check", "save"])
def test_what_is_wrong_is_marked_in_its_field_before_anything_is_saved(
    shop, admin, program, path, wrong, at_fault, step
):
    answer = admin.upload(path, step=step, **FIELDS | wrong)

    assert answer.status == 422
    assert invalid(read(answer.body)) == at_fault
    assert stored(shop, "programs", program)["look"] == {"color": None}


def test_a_form_that_somebody_else_was_faster_than_saves_nothing_and_says_what_is_there_now(shop, admin, program, path):
    etag = hidden(admin.get(path), "etag")
    shop.patch(f"/v1/programs/{program['id']}", {"name": "Theirs"})
    answer = admin.upload(path, step="save", **FIELDS | {"etag": etag})

    assert "Now: Theirs" in read(answer.body).text
    assert stored(shop, "programs", program)["name"] == "Theirs"
    assert admin.upload(path, step="save", **FIELDS | {"etag": hidden(answer, "etag")}).status == 303


@pytest.mark.parametrize(
    ("color", "sentences"),
    [
        ("#ffd400", ["Black text on it has a contrast of 14.7:1", "On white paper, it is hard to read as text"]),
        ("#1b6845", ["White text on it has a contrast of 6.7:1", "In dark mode, it is hard to read as text"]),
    ],
)
def test_a_colors_contrast_is_said_in_words(admin, path, color, sentences):
    text = read(admin.upload(path, step="check", **FIELDS | {"color": color}).body).text

    for sentence in sentences:
        assert sentence in text


@pytest.mark.parametrize("page", ["join", "share", "friend", "email"])
def test_a_preview_is_shown_for_an_hour_and_only_as_it_was_signed(shop, admin, path, page):
    frames = frames_of(admin.upload(path, step="check", **FIELDS))
    look = parse_qs(urlsplit(frames["Preview: Join page"]).query)["look"][0]

    assert shop.get(f"/preview?page={page}&look={look}").status == 200
    for other in (look[:-2], look.replace(".", ".x"), "", "x.y"):
        assert shop.get(f"/preview?page={page}&look={other}").status == 404
    assert shop.get(f"/preview?page=admin&look={look}").status == 404
    shop.wait(minutes=61)
    assert shop.get(f"/preview?page={page}&look={look}").status == 404


def test_a_logo_of_another_program_cannot_be_taken(shop, admin, program, path):
    other = shop.program(name="Other")
    admin.upload(f"/admin/programs/{other['id']}/look", {"image": png()}, step="save", **FIELDS)
    memory.forget_everything()
    name = stored(shop, "programs", other)["logo"]["url"].rpartition("/")[2]

    admin.upload(path, step="save", **FIELDS | {"logo": name})

    assert stored(shop, "programs", program)["logo"] is None


def test_a_form_with_a_file_from_another_site_is_refused(shop, admin, program, path):
    elsewhere = Browser(shop, site="cross-site")
    elsewhere.cookies = admin.cookies

    assert elsewhere.upload(path, step="save", **FIELDS).status == 403
    assert stored(shop, "programs", program)["name"] == "Tea Shop"


def test_only_a_page_with_a_preview_may_have_frames_and_only_of_this_address(admin, path):
    checked = admin.upload(path, step="check", **FIELDS).headers["Content-Security-Policy"]

    assert "frame-src 'self'" in checked
    assert re.sub("frame-src 'self'; ", "", checked) == admin.get(path).headers["Content-Security-Policy"]
