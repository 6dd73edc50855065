"""Materials: what partners need to recommend well, whom it is for, and who has read it."""

import pytest

from tests.faults.world import world

RULES = [
    {"on": "sale", "to": "referrer", "rate_bp": 1000},
    {"on": "sale", "to": "referee", "flat": {"amount": 500, "currency": "USD"}},
]
WORDS = "Be honest.\n\n## Please\n\n- Say that you get a reward.\n- See {{landing_page}}"


@pytest.fixture
def shop():
    with world() as shop:
        yield shop


@pytest.fixture
def tea(shop):
    return shop.program(rules=RULES, tiers=[{"name": "silver", "minimum_sales": 5}], hold_days=0)


def made(shop, tea, **more):
    body = {"program": tea["id"], "kind": "agreement", "language": "en", "title": "How we work", "words": WORDS}
    if "url" in more:
        del body["words"]
    answer = shop.post("/v1/materials", body | more)
    assert answer.status == 201, answer.body
    return answer.json


def published(shop, tea, **more):
    material = made(shop, tea, **more)
    answer = shop.post(f"/v1/materials/{material['id']}/publish", {"version": 1})
    assert answer.status == 200, answer.body
    return answer.json


def listed(shop, tea, **query):
    parameters = "&".join(f"{name}={value}" for name, value in query.items())
    answer = shop.get(f"/v1/materials?program={tea['id']}&{parameters}")
    assert answer.status == 200, answer.body
    return answer.json["data"]


def read(shop, material, partner, version=1):
    return shop.post(f"/v1/materials/{material['id']}/reads", {"partner": partner["id"], "version": version})


def test_a_new_program_has_words_of_every_kind_in_both_languages(shop, tea):
    ours = listed(shop, tea, state="starter")
    kinds = {"guide", "agreement", "kit", "script", "faq", "training", "template"}
    assert {(one["kind"], one["language"]) for one in ours} == {
        (kind, tongue) for kind in kinds for tongue in ("en", "de")
    }
    partner = shop.partner(tea, locale="de")
    theirs = listed(shop, tea, partner=partner["id"])
    assert {(one["kind"], one["language"]) for one in theirs} == {(kind, "de") for kind in kinds}
    assert not any(one["must_read"] for one in theirs)


def test_what_a_program_publishes_replaces_ours(shop, tea):
    own = published(shop, tea)
    assert (own["state"], own["version"], own["draft"]) == ("published", 1, None)
    partner = shop.partner(tea)
    [agreement] = listed(shop, tea, partner=partner["id"], kind="agreement")
    assert agreement["id"] == own["id"]
    assert not [one for one in listed(shop, tea, state="starter", language="en") if one["kind"] == "agreement"]
    assert [one for one in listed(shop, tea, state="starter", language="de") if one["kind"] == "agreement"]
    shop.post(f"/v1/materials/{own['id']}/withdraw")
    assert listed(shop, tea, partner=partner["id"], kind="agreement", language="en") == []


def test_a_draft_is_seen_by_no_partner(shop, tea):
    draft = made(shop, tea)
    partner = shop.partner(tea)
    assert draft["id"] not in [one["id"] for one in listed(shop, tea, partner=partner["id"])]
    assert read(shop, draft, partner).json["code"] == "material_not_in_force"
    [same] = listed(shop, tea, state="draft")
    assert same["id"] == draft["id"]
    assert shop.get(f"/v1/materials/{draft['id']}").json["words"] == WORDS


def test_a_new_version_leaves_the_old_one_as_it_was(shop, tea):
    material = published(shop, tea)
    path = f"/v1/materials/{material['id']}"
    first = shop.get(f"{path}/versions").json["data"]
    second = shop.post(f"{path}/versions", {"title": "How we work now", "words": "Shorter."})
    assert (second.status, second.json["version"], second.json["state"]) == (200, 2, "draft")
    assert shop.get(path).json["title"] == "How we work"
    shop.post(f"{path}/versions", {"title": "How we work now", "words": "Shorter still."})
    assert shop.post(f"{path}/publish", {"version": 2}).json["title"] == "How we work now"
    newest, oldest = shop.get(f"{path}/versions").json["data"]
    assert [oldest] == first
    assert newest["words"] == "Shorter still."


def test_a_new_version_of_what_must_be_read_asks_again(shop, tea):
    material, partner = published(shop, tea, must_read=True), shop.partner(tea)
    answer = read(shop, material, partner)
    assert (answer.status, answer.json["version"]) == (201, 1)
    [seen] = listed(shop, tea, partner=partner["id"], kind="agreement")
    assert seen["read_at"] == answer.json["read_at"]
    shop.wait(days=1)
    assert read(shop, material, partner).json == answer.json
    shop.post(f"/v1/materials/{material['id']}/versions", {"title": "Again", "words": "New.", "must_read": True})
    shop.post(f"/v1/materials/{material['id']}/publish", {"version": 2})
    [seen] = listed(shop, tea, partner=partner["id"], kind="agreement")
    assert (seen["version"], seen["read_at"]) == (2, None)
    assert read(shop, material, partner, version=2).status == 201
    first, second = (one for one in shop.rows("materials") if one["kind"]["S"] == "read")
    assert first["digest"] != second["digest"]


def test_who_has_read_it_and_who_has_not_is_listed(shop, tea):
    material = published(shop, tea, must_read=True)
    ada, ben, cleo = (shop.partner(tea, name=name) for name in ("Ada", "Ben", "Cleo"))
    read(shop, material, ben)
    path = f"/v1/materials/{material['id']}/readers"
    rows = shop.get(path).json["data"]
    assert [(one["name"], one["read_at"] is not None) for one in rows] == [
        ("Ada", False),
        ("Ben", True),
        ("Cleo", False),
    ]
    assert [one["partner"] for one in shop.get(f"{path}?read=true").json["data"]] == [ben["id"]]
    assert [one["partner"] for one in shop.get(f"{path}?read=false").json["data"]] == [ada["id"], cleo["id"]]
    page = shop.get(f"{path}?limit=2").json
    assert (len(page["data"]), page["has_more"]) == (2, True)
    assert [one["name"] for one in shop.get(f"{path}?limit=2&cursor={page['next_cursor']}").json["data"]] == ["Cleo"]
