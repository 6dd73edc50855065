"""A program's color and logo are on its public pages and in its emails, light and dark."""

import base64
import re

import pytest

from chalicelib.kit import memory
from chalicelib.programs.logo import MOST_BYTES
from tests.emails import settle
from tests.flows.test_imprint import ENGLISH, change, pages_of, portal_of
from tests.pictures import EXIF, jpeg, png
from tests.reading import read

COLOR = "#ffd400"
FOR_GOOD = "public, max-age=31536000, immutable"


def set_logo(shop, program, picture):
    image = base64.b64encode(picture).decode() if picture is not None else None
    answer = shop.post(f"/v1/programs/{program['id']}/logo", {"image": image})
    memory.forget_everything()
    return answer


def logos_on(page):
    return [one.attributes for one in read(page.body).all("img")]


def emails_of(shop, program):
    shop.partner(program, email="bea@mail.example")
    settle(shop)
    return [one["Content"]["Simple"]["Body"]["Html"]["Data"] for one in shop.mailbox.written]


def test_a_look_is_nothing_until_it_is_chosen_and_can_be_taken_back(shop):
    program = shop.program()

    assert (program["look"], program["logo"]) == ({"color": None}, None)
    assert change(shop, program, look={"color": COLOR}).json["look"] == {"color": COLOR}
    assert change(shop, program, name="Tea").json["look"] == {"color": COLOR}
    assert change(shop, program, look={}).json["look"] == {"color": None}


@pytest.mark.parametrize("color", ["red", "#FFD400", "#ffd40", "#ffd4001", "#ffd400\n", "#ffd400;}"])
def test_what_is_no_color_is_refused_with_its_field(shop, color):
    answer = change(shop, shop.program(), look={"color": color})

    assert (answer.status, answer.json["errors"][0]["pointer"]) == (422, "/look/color")


def test_every_page_of_a_program_has_its_logo_and_its_color_by_a_style_that_its_policy_allows(shop):
    program = shop.program(joining="open", look={"color": COLOR})
    logo = set_logo(shop, program, png(400, 120)).json["logo"]
    pages = pages_of(shop, program, shop.partner(program))

    for path, page in pages.items():
        [image] = logos_on(page)
        assert f"https://go.example{image['src']}" == logo["url"], path
        assert (image["width"], image["height"]) == ("400", "120"), path
        assert image["alt"].startswith("Tea Shop"), path
        style = re.findall("<style>(.*?)</style>", page.body, re.DOTALL)[1]
        assert f"--fill:{COLOR};--on:#000000" in style, path
        assert "prefers-color-scheme:dark" in style, path
        assert page.headers["Content-Security-Policy"].count("'sha256-") >= 2, path


def test_pages_of_a_program_without_a_look_are_as_they_were(shop):
    program = shop.program(joining="open")
    page = shop.get(f"/join/{program['id']}", headers=ENGLISH)

    assert logos_on(page) == []
    assert page.body.count("<style>") == 1
    assert "Tea Shop" in page.body


def test_a_partner_of_several_programs_sees_none_of_their_looks_in_the_portal(shop):
    one, other = shop.program(look={"color": COLOR}), shop.program()
    partner = shop.partner(one)
    shop.post(f"/v1/partners/{partner['id']}/enrollments", {"program": other["id"]})

    assert portal_of(shop, partner).get("/portal").body.count("<style>") == 1


def test_emails_have_the_logo_and_the_color_for_light_and_dark(shop):
    program = shop.program(look={"color": COLOR})
    logo = set_logo(shop, program, png(880, 96)).json["logo"]

    html = emails_of(shop, program)[0]

    assert f'src="{logo["url"]}" width="220" height="24"' in html
    assert f"background: {COLOR}" in html
    assert f"background:{COLOR}!important" in html
    assert "#1f6f4a" not in html
    assert "#63c394" not in html


def test_emails_of_a_program_without_a_look_are_in_our_color_and_have_no_picture(shop):
    html = emails_of(shop, shop.program())[0]

    assert "<img" not in html
    assert "background: #1f6f4a" in html


def test_a_logo_is_served_for_good_without_its_metadata_and_another_has_another_name(shop):
    program = shop.program()
    first = set_logo(shop, program, png(40, 20, (b"eXIf", EXIF))).json["logo"]["url"]
    again = set_logo(shop, program, png(40, 20)).json["logo"]["url"]
    second = set_logo(shop, program, jpeg()).json["logo"]["url"]
    served = [shop.get(one.removeprefix("https://go.example")) for one in (first, second)]

    assert first == again != second
    assert [one.headers["Content-Type"] for one in served] == ["image/png", "image/jpeg"]
    assert {one.headers["Cache-Control"] for one in served} == {FOR_GOOD}
    assert {one.headers["X-Content-Type-Options"] for one in served} == {"nosniff"}
    assert set_logo(shop, program, None).json["logo"] is None
    # Emails that were sent with it show it still.
    assert shop.get(first.removeprefix("https://go.example")).status == 200


@pytest.mark.parametrize("name", ["x.png", "prg_1-2.png", "", "..png"])
def test_there_is_no_logo_of_another_name(shop, name):
    program = shop.program()
    url = set_logo(shop, program, png()).json["logo"]["url"].removeprefix("https://go.example")

    assert shop.get(f"/look/{name}").status in (403, 404)
    assert shop.get(url.replace(".png", ".jpg")).status == 404
    assert shop.get(url[:-5] + "0.png" if url[-5] != "0" else url[:-5] + "1.png").status == 404


@pytest.mark.parametrize(
    ("picture", "reason"),
    [
        (b"<svg/>", "neither a PNG nor a JPEG file"),
        (png(2001, 1), "a side may have 2000"),
        (png() + bytes(MOST_BYTES), "at most 45 are allowed. Save it smaller"),
    ],
)
def test_what_cannot_be_a_logo_is_refused_with_what_to_do(shop, picture, reason):
    answer = set_logo(shop, shop.program(), picture)

    assert (answer.status, answer.json["errors"][0]["pointer"]) == (422, "/image")
    assert reason in answer.json["errors"][0]["detail"]


def test_a_logo_that_was_read_before_someone_elses_change_is_refused(shop):
    program = shop.program()
    image = base64.b64encode(png()).decode()
    answer = shop.post(f"/v1/programs/{program['id']}/logo", {"image": image}, headers={"If-Match": '"7"'})

    assert answer.status == 412


@pytest.mark.parametrize("image", ["iVBORw0KGgo…", "ä", "=", "a", "not base64"])
def test_text_that_is_not_base64_is_refused_with_its_field(shop, image):
    answer = shop.post(f"/v1/programs/{shop.program()['id']}/logo", {"image": image})

    assert (answer.status, answer.json["errors"][0]["pointer"]) == (422, "/image")
    assert answer.json["errors"][0]["detail"] == "The file is not Base64."
