"""Materials: what partners need to recommend well, whom it is for, and who has read it."""

import re

import pytest

from chalicelib.kit import memory
from chalicelib.outbox.table import Message
from tests.faults.world import world
from tests.flows.test_emails import prefer

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


def several(shop, tea, *names, **more):
    """Return partners, of whom each has joined after the one before."""
    made_one_by_one = []
    for name in names:
        shop.wait(seconds=1)
        made_one_by_one.append(shop.partner(tea, name=name, email=f"{name.lower()}@mail.example", **more))
    return made_one_by_one


def theirs(shop, tea, partner):
    """Return the kinds of a program's own materials that a partner sees, with their languages, in their order."""
    own = listed(shop, tea, partner=partner["id"])
    return [(one["kind"], one["language"]) for one in own if one["state"] == "published"]


def settle(shop):
    """Tell of what must be read, and send it."""
    memory.forget_everything()
    shop.run_schedule("announce_terms")
    shop.settle()


def recipients(shop):
    """Return whom an email asked to read something, and what."""
    sent = [(re.search(r"<(\w+)@", to)[1], subject) for subject, to in shop.emails() if "please read" in subject]
    return sorted(sent)


def reasons(shop):
    return sorted(one.reason for one in Message.scan() if one.template == "must_read" and one.status == "skipped")


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
    [view] = listed(shop, tea, partner=partner["id"], kind="agreement")
    assert view["read_at"] == answer.json["read_at"]
    shop.wait(days=1)
    assert read(shop, material, partner).json == answer.json
    shop.post(f"/v1/materials/{material['id']}/versions", {"title": "Again", "words": "New.", "must_read": True})
    shop.post(f"/v1/materials/{material['id']}/publish", {"version": 2})
    [view] = listed(shop, tea, partner=partner["id"], kind="agreement")
    assert (view["version"], view["read_at"]) == (2, None)
    assert read(shop, material, partner, version=2).status == 201
    first, second = (one for one in shop.rows("materials") if one["kind"]["S"] == "read")
    assert first["digest"] != second["digest"]


def test_who_has_read_it_and_who_has_not_is_listed(shop, tea):
    material = published(shop, tea, must_read=True)
    ada, ben, cleo = several(shop, tea, "Ada", "Ben", "Cleo")
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


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"words": None}, "/words"),
        ({"url": "https://files.example/kit.zip"}, "/words"),
        ({"title": "Hi {{name}}"}, "/title"),
        ({"title": ""}, "/title"),
        ({"words": "{{nobody}}"}, "/words"),
        ({"words": "{{ broken"}, "/words"),
        ({"words": "\x00"}, "/words"),
        ({"words": "x" * 20_001}, "/words"),
        ({"words": None, "url": "javascript:alert(1)"}, "/url"),
        ({"words": None, "url": "http://files.example"}, "/url"),
        ({"kind": "poem"}, "/kind"),
        ({"kind": "template"}, "/channel"),
        ({"channel": "x"}, "/channel"),
        ({"language": "english"}, "/language"),
        ({"audience": {"tiers": ["gold"]}}, "/audience/tiers"),
        ({"audience": {"categories": ["friends"]}}, "/audience/categories/0"),
        ({"kind": "template", "channel": "x", "words": "x" * 281}, "/words"),
        ({"kind": "template", "channel": "sms", "words": "{{friend_gets}} " + "x" * 250}, "/words"),
        ({"kind": "template", "channel": "x", "words": None, "url": "https://files.example"}, "/words"),
        ({"program": "prg_nothing"}, "/program"),
    ],
)
def test_what_no_partner_could_use_is_refused_and_nothing_is_stored(shop, tea, wrong, pointer):
    body = {"program": tea["id"], "kind": "guide", "language": "en", "title": "Guide", "words": WORDS}
    answer = shop.post("/v1/materials", {name: value for name, value in (body | wrong).items() if value is not None})
    assert answer.status in (404, 422)
    assert pointer in str(answer.json)
    assert shop.rows("materials") == []


def test_a_post_may_be_as_long_as_its_channel_takes_and_any_link_counts_the_same_there(shop, tea):
    disclosure = "(Ad: I get a reward if you join Tea Shop through me.)"
    words = "x" * (280 - 23 - 1 - 2 - len(disclosure)) + " {{link}}"
    assert made(shop, tea, kind="template", channel="x", title="Post", words=words)["channel"] == "x"
    more = {"program": tea["id"], "kind": "template", "channel": "x", "language": "en", "title": "Post"}
    longer = shop.post("/v1/materials", more | {"words": f"x{words}"})
    assert longer.status == 422
    assert "1 characters longer than the 280" in longer.json["detail"]


def test_a_program_has_room_for_sixty_and_more_once_some_are_withdrawn(shop, tea, monkeypatch):
    monkeypatch.setattr("chalicelib.materials.write.MOST_MATERIALS", 2)
    first, _ = made(shop, tea), published(shop, tea, kind="guide")
    body = {"program": tea["id"], "kind": "faq", "language": "en", "title": "Asked", "words": "Often."}
    assert shop.post("/v1/materials", body).json["code"] == "too_many_materials"
    assert shop.post(f"/v1/materials/{first['id']}/withdraw").json["state"] == "withdrawn"
    assert shop.post("/v1/materials", body).status == 201


def test_what_was_withdrawn_stays_so_and_who_read_it_stays_on_record(shop, tea):
    material, partner = published(shop, tea, must_read=True), shop.partner(tea)
    read(shop, material, partner)
    path = f"/v1/materials/{material['id']}"
    shop.post(f"{path}/versions", {"title": "Draft", "words": "Never in force."})
    first = shop.post(f"{path}/withdraw").json
    assert (first["state"], first["draft"]) == ("withdrawn", None)
    assert shop.post(f"{path}/withdraw").json == first
    assert shop.post(f"{path}/versions", {"title": "Again", "words": "Words."}).json["code"] == "material_withdrawn"
    assert shop.post(f"{path}/publish", {"version": 2}).json["code"] == "material_withdrawn"
    assert [one["version"] for one in shop.get(f"{path}/versions").json["data"]] == [1]
    assert [one["read_at"] is not None for one in shop.get(f"{path}/readers").json["data"]] == [True]


def test_a_draft_that_changed_since_it_was_looked_at_is_not_published(shop, tea):
    material = made(shop, tea)
    path = f"/v1/materials/{material['id']}"
    tag = shop.get(path).headers["ETag"]
    shop.post(f"{path}/versions", {"title": "Other", "words": "Other words."})
    stale = shop.call("POST", f"{path}/publish", {"version": 1}, headers={"If-Match": tag})
    assert stale.json["code"] == "precondition_failed"
    wrong = shop.post(f"{path}/publish", {"version": 2})
    assert (wrong.json["code"], wrong.json["draft"]) == ("material_changed", 1)
    done = [shop.post(f"{path}/publish", {"version": 1}).json for _ in range(2)]
    assert done[0] == done[1]


def test_it_is_for_the_language_the_category_and_the_tier_of_a_partner(shop, tea):
    shop.wait(seconds=1)
    published(shop, tea, kind="guide")
    published(shop, tea, kind="guide", language="de")
    published(shop, tea, kind="faq", audience={"categories": ["influencer"]})
    published(shop, tea, kind="script", audience={"tiers": ["silver"]})
    published(shop, tea, kind="kit", language="fr")
    published(shop, tea, kind="agreement", language="en", must_read=True)
    ada, eva = several(shop, tea, "Ada", "Eva")
    bea, dora = several(shop, tea, "Bea", "Dora", locale="de-AT")
    shop.post(f"/v1/partners/{eva['id']}/category", {"category": "influencer", "note": "Famous"})
    shop.post(f"/v1/partners/{dora['id']}/tier", {"program": tea["id"], "tier": "silver", "note": "Good"})
    shop.wait(hours=1)
    memory.forget_everything()

    assert theirs(shop, tea, ada) == [("agreement", "en"), ("guide", "en")]
    assert theirs(shop, tea, eva) == [("agreement", "en"), ("guide", "en"), ("faq", "en")]
    # What must be read is shown in any language; of the rest, our German words are nearer than English ones.
    assert theirs(shop, tea, bea) == [("agreement", "en"), ("guide", "de")]
    assert ("script", "en") not in theirs(shop, tea, bea)
    assert ("script", "de") in [(one["kind"], one["language"]) for one in listed(shop, tea, partner=dora["id"])]


def test_partners_hear_once_of_what_they_must_read(shop, tea):
    several(shop, tea, "Ada", "Bea")
    [cleo] = several(shop, tea, "Cleo", locale="de")
    material = published(shop, tea, must_read=True)
    published(shop, tea, kind="guide", title="No one must read this")
    for _ in range(2):
        settle(shop)
        shop.wait(hours=1)
    subject = "Tea Shop: please read “How we work”"
    assert recipients(shop) == [("ada", subject), ("bea", subject)]
    assert ("Tea Shop: bitte lesen Sie „How we work“") in [subject for subject, _ in shop.emails()]
    [late] = several(shop, tea, "Late")
    shop.wait(days=1)
    settle(shop)
    assert recipients(shop)[-1] == ("late", subject)
    shop.post(f"/v1/materials/{material['id']}/versions", {"title": "Anew", "words": "Words.", "must_read": True})
    shop.post(f"/v1/materials/{material['id']}/publish", {"version": 2})
    settle(shop)
    assert [who for who, what in recipients(shop) if "Anew" in what] == ["ada", "bea", "late"]
    assert (cleo["locale"], late["locale"]) == ("de", "en")


def test_no_email_asks_for_what_was_read_replaced_or_withdrawn_or_who_has_left(shop, tea):
    ada, _bea = several(shop, tea, "Ada", "Bea")
    material = published(shop, tea, must_read=True)
    shop.run_schedule("announce_terms")
    read(shop, material, ada)
    shop.post(f"/v1/materials/{material['id']}/versions", {"title": "Anew", "words": "Words.", "must_read": True})
    shop.settle()
    assert [who for who, _ in recipients(shop)] == ["bea"]
    shop.post(f"/v1/materials/{material['id']}/publish", {"version": 2})
    shop.run_schedule("announce_terms")
    shop.post(f"/v1/materials/{material['id']}/withdraw")
    shop.settle()
    assert reasons(shop) == ["has_read", "withdrawn", "withdrawn"]
    again = published(shop, tea, kind="training", must_read=True)
    shop.run_schedule("announce_terms")
    shop.post(f"/v1/materials/{again['id']}/versions", {"title": "Newer", "words": "Words.", "must_read": True})
    shop.post(f"/v1/materials/{again['id']}/publish", {"version": 2})
    shop.settle()
    assert reasons(shop).count("replaced") == 2
    shop.run_schedule("announce_terms")
    assert shop.post(f"/v1/partners/{ada['id']}/leave", {"program": tea["id"]}).status == 200
    memory.forget_everything()
    shop.settle()
    assert reasons(shop).count("has_left") == 1


def test_a_daily_digest_says_that_there_is_something_to_read(shop, tea):
    [ada] = several(shop, tea, "Ada")
    prefer(shop, ada, daily=True)
    published(shop, tea, must_read=True)
    settle(shop)
    assert recipients(shop) == []
    shop.wait(days=1)
    shop.run_schedule("send_scheduled")
    shop.settle()
    assert [subject for subject, _ in shop.emails()][-1] == "Your day with Tea Shop: 1 update"


def test_whoever_gets_no_digest_gets_the_email_itself(shop, tea):
    [ada, bea] = several(shop, tea, "Ada", "Bea")
    prefer(shop, ada, off=["friends", "rewards"], daily=True)
    prefer(shop, bea, daily=True)
    own = {"template": "digest", "language": "en", "subject": "Your day", "text": "Hello {{name}}, {{news}} news."}
    assert shop.post(f"/v1/programs/{tea['id']}/emails", own).status in (200, 201)
    memory.forget_everything()
    published(shop, tea, must_read=True)
    settle(shop)
    assert [who for who, _ in recipients(shop)] == ["ada", "bea"]


def test_each_fact_is_one_event_and_a_draft_is_none(shop, tea):
    material, partner = made(shop, tea, must_read=True), shop.partner(tea)
    path = f"/v1/materials/{material['id']}"
    shop.post(f"{path}/versions", {"title": "How we work", "words": "Other.", "must_read": True})
    shop.post(f"{path}/publish", {"version": 1})
    for _ in range(2):
        read(shop, material, partner)
    shop.post(f"{path}/withdraw")
    made_and_gone = made(shop, tea)
    shop.post(f"/v1/materials/{made_and_gone['id']}/withdraw")
    shop.settle()
    shop.wait(minutes=2)
    events = [one for one in shop.get("/v1/events").json["data"] if one["type"].startswith("material.")]
    assert sorted(one["type"] for one in events) == ["material.published", "material.read", "material.withdrawn"]
    of_read = next(one for one in events if one["type"] == "material.read")
    assert (of_read["partner"], of_read["subject"]) == (partner["id"], material["id"])
    assert of_read["data"]["version"] == 1
    actions = {one["action"] for one in shop.get("/v1/audit?limit=100").json["data"] if "material" in one["action"]}
    assert actions == {f"material.{what}" for what in ("created", "drafted", "published", "read", "withdrawn")}


def test_what_a_duplicate_has_read_its_survivor_has(shop, tea):
    material = published(shop, tea, must_read=True)
    ada, twice = several(shop, tea, "Ada", "Twice")
    read(shop, material, twice)
    assert shop.post(f"/v1/partners/{twice['id']}/merge", {"into": ada["id"]}).status == 200
    memory.forget_everything()
    [view] = listed(shop, tea, partner=ada["id"], kind="agreement")
    assert view["read_at"] is not None
    rows = shop.get(f"/v1/materials/{material['id']}/readers").json["data"]
    assert [(one["name"], one["read_at"] is not None) for one in rows] == [("Ada", True)]
    assert read(shop, material, twice).json["read_at"] == view["read_at"]


def test_who_takes_an_account_over_is_asked_anew(shop, tea):
    material = published(shop, tea, must_read=True)
    [ada] = several(shop, tea, "Ada")
    first = read(shop, material, ada).json
    new = {"name": "Grace", "email": "grace@mail.example", "reason": "sale", "note": "Sold"}
    assert shop.post(f"/v1/partners/{ada['id']}/hand-over", new).status == 200
    memory.forget_everything()
    shop.wait(seconds=1)
    [view] = listed(shop, tea, partner=ada["id"], kind="agreement")
    assert view["read_at"] is None
    second = read(shop, material, ada).json
    assert second["read_at"] > first["read_at"]
    assert len([one for one in shop.rows("materials") if one["kind"]["S"] == "read"]) == 2


def test_an_acceptance_is_in_the_copy_of_a_partners_data_and_stays_under_their_id(shop, tea):
    material = published(shop, tea, must_read=True)
    [ada] = several(shop, tea, "Ada")
    accepted = read(shop, material, ada).json
    copy = shop.get(f"/v1/partners/{ada['id']}/data?limit=100").json["data"]
    [record] = [one["fields"] for one in copy if one["kind"] == "material_read"]
    assert (record["version"], record["title"], record["sort_of"]) == (1, "How we work", "agreement")
    assert (record["digest"], record["read_at"]) == (accepted["digest"], accepted["read_at"])
    assert accepted["digest"] == shop.get(f"/v1/materials/{material['id']}/versions").json["data"][0]["digest"]


def test_only_who_takes_part_and_whom_it_is_for_can_have_read_it(shop, tea):
    material = published(shop, tea, must_read=True, audience={"categories": ["influencer"]})
    [ada] = several(shop, tea, "Ada")
    stranger = shop.partner(shop.program(name="Pots"), email="pots@mail.example")
    assert read(shop, material, stranger).json["code"] == "partner_not_enrolled"
    assert read(shop, material, ada).json["code"] == "invalid_value"
    assert read(shop, material, {"id": "ptr_nobody"}).status == 404
    assert read(shop, {"id": "mat_nothing"}, ada).status == 404
    assert shop.get("/v1/materials/mat_nothing").json["code"] == "material_not_found"
    assert shop.get("/v1/materials/starter_guide_en").json["state"] == "starter"
    assert shop.post("/v1/materials/starter_guide_en/withdraw").status == 404


def test_a_test_program_has_materials_of_its_own_and_none_are_left_when_it_is_deleted(shop):
    trial = shop.program(mode="test", rules=RULES)
    material, partner = published(shop, trial, must_read=True), shop.partner(trial)
    shop.post(f"/v1/materials/{material['id']}/versions", {"title": "Draft", "words": "Draft."})
    made(shop, trial, kind="faq")
    shop.post(f"/v1/materials/{made(shop, trial, kind='guide')['id']}/withdraw")
    assert read(shop, material, partner).status == 201
    assert material["id"].startswith("mat_t")
    shop.settle()
    assert shop.call("DELETE", f"/v1/programs/{trial['id']}").status == 200
    shop.wait(minutes=11)
    shop.run_schedule("delete_tests")
    assert shop.rows("materials") == []
