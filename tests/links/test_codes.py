"""Codes and links: how they are made, chosen, refused and found."""

import re
from collections import Counter
from pathlib import Path
from unittest.mock import Mock, patch

import pytest

from chalicelib.links import codes, create


def test_codes_are_of_31_letters_that_cannot_be_misread():
    made = [codes.generate() for _ in range(2000)]

    assert len(codes.ALPHABET) == 31
    assert not set("0O1IL") & set(codes.ALPHABET)
    assert all(len(code) == 8 and set(code) <= set(codes.ALPHABET) for code in made)
    assert len(set(made)) == len(made)
    assert len(Counter("".join(made))) == 31


def test_each_reserved_word_stands_once_with_its_reason_and_cannot_be_chosen():
    lines = [line for line in Path(codes._FILE).read_text().splitlines() if line and line[0] not in "#["]
    words = [line.split()[0] for line in lines]

    assert len(words) == len(set(words)) == len(codes.reserved())
    assert words == [codes.make_key(word) for word in words]
    assert all(re.fullmatch(r"[a-z0-9-]+ {2,}\S.*", line) for line in lines)
    assert all(codes.find_objection(word) for word in words)
    assert codes.find_objection("producthunt") == "`producthunt` is reserved: directories of products."


def test_a_random_code_is_no_reserved_word(monkeypatch):
    drawn = iter(["PARTNERS", "KSEXBCDE", "FREE2345"])
    monkeypatch.setattr(codes, "_generator", lambda: Mock(random=lambda _: next(drawn)))

    assert codes.generate() == "FREE2345"


@pytest.mark.parametrize("code", ["google", "customers"])
def test_a_link_whose_code_is_reserved_since_is_followed_and_credited_as_before(shop, code):
    program = shop.program()
    ada = shop.partner(program)
    with patch.object(codes, "find_objection", return_value=None):
        link = shop.link(program, ada, code=code)

    assert shop.lead(program, click_id=shop.click_id(link)).json["partner"] == ada["id"]


@pytest.mark.parametrize(
    "name",
    [
        "ab",
        "-ada",
        "ada-",
        "Ada",
        "a_b",
        "a.b",
        "a b",
        "ä-ä-ä",
        "x" * 51,
        "v1",
        "healthz",
        "s",
        "dub",
        "customers",
        "google",
        "newsletter",
    ],
)
def test_a_name_that_no_link_can_have_is_refused(shop, name):
    program = shop.program()
    partner = shop.partner(program)

    answer = shop.post("/v1/links", {"program": program["id"], "partner": partner["id"], "code": name})

    assert (answer.status, answer.json["errors"][0]["pointer"]) == (422, "/code")


def test_a_code_that_is_taken_is_drawn_again(shop, monkeypatch):
    program = shop.program()
    partner = shop.partner(program)
    drawn = iter(["TAKEN234", "taken234", "FREE2345"])
    monkeypatch.setattr(create.codes, "generate", lambda: next(drawn))

    assert [shop.link(program, partner)["code"] for _ in range(2)] == ["TAKEN234", "FREE2345"]


def test_a_name_that_is_taken_is_refused_even_after_its_link_has_ended(shop):
    program = shop.program()
    partner = shop.partner(program)
    link = shop.link(program, partner, code="tea-time", external_id="flyer")
    shop.post(f"/v1/links/{link['id']}/disable")
    body = {"program": program["id"], "partner": partner["id"]}

    taken = shop.post("/v1/links", body | {"code": "tea-time"})
    named = shop.post("/v1/links", body | {"external_id": "flyer"})

    assert (taken.status, taken.json["code"]) == (409, "code_taken")
    assert (named.status, named.json["code"]) == (409, "external_id_taken")
    assert shop.get("/v1/links/ext_flyer").json["id"] == shop.get("/v1/links/tea-time").json["id"] == link["id"]


def test_a_destination_is_deep_inside_the_programs_hosts_or_refused(shop):
    program = shop.program(hosts=["tea.example", "shop.tea.example"])
    partner = shop.partner(program)
    deep = shop.link(program, partner, destination="https://shop.tea.example/green?size=2#top")

    away = shop.post(
        "/v1/links", {"program": program["id"], "partner": partner["id"], "destination": "https://evil.example/"}
    )

    assert shop.click(deep).headers["Location"].startswith("https://shop.tea.example/green?size=2&ref=")
    assert (away.status, away.json["code"]) == (422, "destination_refused")


def test_a_link_is_for_a_partner_of_the_program(shop):
    program, other = shop.program(), shop.program()
    partner = shop.partner(program)

    refused = shop.post("/v1/links", {"program": other["id"], "partner": partner["id"]})
    shop.post(f"/v1/partners/{partner['id']}/enrollments", {"program": other["id"]})

    assert refused.json["code"] == "partner_not_enrolled"
    assert shop.link(other, partner)["program"] == other["id"]


def test_a_partner_has_at_most_a_hundred_links(shop, monkeypatch):
    monkeypatch.setattr(create, "MOST_PER_PARTNER", 2)
    program = shop.program()
    partner = shop.partner(program)
    for _ in range(2):
        shop.link(program, partner)

    answer = shop.post("/v1/links", {"program": program["id"], "partner": partner["id"]})

    assert (answer.status, answer.json["code"]) == (422, "too_many_links")
