"""Thanks by hand: for what no rule knows, due on a day that can be kept, once however often it is sent."""

import contextlib
from datetime import timedelta

import pytest

from chalicelib.kit import memory
from tests.faults.line import Crash, CrashAfter, CrashBefore, Fault
from tests.introduced import introduce, open_for_introductions
from tests.reading import read


@pytest.fixture
def tea(shop):
    return open_for_introductions(shop.program(external_id="tea", timezone="Europe/Berlin"))


@pytest.fixture
def ada(shop, tea):
    return shop.partner(tea, external_id="ada", name="Ada")


@pytest.fixture
def path(tea):
    return f"/admin/programs/{tea['id']}/thanks"


def thank(shop, tea, ada, *, key=None, **more):
    headers = {"Idempotency-Key": key} if key else {}
    return shop.post("/v1/thanks", {"program": tea["id"], "partner": ada["id"], "kind": "call"} | more, headers=headers)


def due(shop, tea):
    return shop.get(f"/v1/thanks?program={tea['id']}").json["data"]


@pytest.mark.moto
def test_a_partner_is_thanked_for_what_no_rule_knows_within_three_days(shop, tea, ada):
    answer = thank(shop, tea, ada, words="Advice on our prices.")

    assert answer.status == 201
    thanks = answer.json
    assert (thanks["for"], thanks["kind"], thanks["to"], thanks["state"]) == ("by_hand", "call", ada["id"], "due")
    assert (thanks["introduction"], thanks["words"]) == (None, "Advice on our prices.")
    assert thanks["due_on"] == (shop.at.date() + timedelta(days=3)).isoformat()
    assert due(shop, tea) == [thanks]
    assert shop.get(f"/v1/thanks/{thanks['id']}").json == thanks
    [entry] = shop.get(f"/v1/audit?subject={thanks['id']}").json["data"]
    assert (entry["action"], entry["before"], entry["after"] is None) == ("thanks.added", None, False)


def test_thanks_by_hand_are_settled_as_others_are(shop, tea, ada):
    thanks = thank(shop, tea, ada).json

    body = {"state": "done", "kind": "gift", "cost": {"amount": 900, "currency": "USD"}, "words": "Tea."}
    done = shop.post(f"/v1/thanks/{thanks['id']}/settle", body)

    assert (done.status, done.json["state"], done.json["note"]["words"]) == (200, "done", "Tea.")
    assert due(shop, tea) == []
    entries = shop.get(f"/v1/audit?subject={thanks['id']}").json["data"]
    assert {one["action"]: one["part"] for one in entries} == {"thanks.added": ada["id"], "thanks.done": ada["id"]}


def test_thanks_may_be_for_an_introduction_of_the_partner(shop, tea, ada):
    made = introduce(shop, tea, ada).json

    assert thank(shop, tea, ada, introduction=made["id"]).json["introduction"] == made["id"]


def test_a_call_that_is_sent_again_thanks_once(shop, tea, ada):
    first = thank(shop, tea, ada, key="one", words="Advice.")
    again = thank(shop, tea, ada, key="one", words="Advice.")

    assert (again.status, again.json) == (201, first.json)
    assert len(due(shop, tea)) == 1
    assert thank(shop, tea, ada, key="one", words="Other.").json["code"] == "idempotency_key_reused"


@pytest.mark.parametrize("crash", [CrashBefore, CrashAfter])
def test_wherever_a_call_crashes_the_same_call_sent_again_thanks_once(shop, tea, ada, crash):
    at, hit = 0, True
    while hit:
        shop.line.fault = crash(len(shop.line.calls) + at)
        with contextlib.suppress(Crash):
            thank(shop, tea, ada, key=f"call-{at}")
        hit, shop.line.fault = shop.line.fault.hit, Fault()
        answer = thank(shop, tea, ada, key=f"call-{at}")
        at += 1
        assert answer.status == 201
        assert len(due(shop, tea)) == at
    added = [row for row in shop.rows("audit") if row.get("action") == {"S": "thanks.added"}]
    assert len(added) == at > 3


@pytest.mark.parametrize(
    ("more", "status", "code", "pointer"),
    [
        ({"program": "prg_unknown"}, 404, "program_not_found", "/program"),
        ({"partner": "ptr_unknown"}, 404, "partner_not_found", "/partner"),
        ({"partner": "ext_bob"}, 422, "partner_not_enrolled", "/partner"),
        ({"due_on": "2026-02-30"}, 422, "invalid_value", "/due_on"),
        ({"due_on": "tomorrow"}, 422, "invalid_value", "/due_on"),
        ({"kind": "money"}, 422, "invalid_value", "/kind"),
        ({"introduction": "itr_unknown"}, 404, "introduction_not_found", "/introduction"),
    ],
    ids=str,
)
def test_what_cannot_be_thanked_for_is_refused_with_its_place(shop, tea, ada, more, status, code, pointer):
    shop.partner(shop.program(name="Coffee"), external_id="bob", email="bob@mail.example")

    refused = thank(shop, tea, ada, **more)

    assert (refused.status, refused.json["code"]) == (status, code)
    assert refused.json["errors"][0]["pointer"] == pointer
    assert due(shop, tea) == []


@pytest.mark.parametrize(
    ("days", "code"), [(-1, "thanks_due_out_of_reach"), (0, ""), (366, ""), (367, "thanks_due_out_of_reach")]
)
def test_thanks_are_due_from_today_on_and_within_a_year(shop, tea, ada, days, code):
    answer = thank(shop, tea, ada, due_on=(shop.at.date() + timedelta(days=days)).isoformat())

    assert answer.json.get("code", "") == code
    assert len(due(shop, tea)) == (not code)


def test_an_introduction_of_another_partner_is_refused_and_one_in_another_program_is_not_there(shop, tea):
    other = open_for_introductions(shop.program(name="Coffee"))
    bob = shop.partner(tea, external_id="bob", email="bob@mail.example")
    eve = shop.partner(tea, email="eve@mail.example", programs=[tea["id"], other["id"]])
    of_bob, in_other = introduce(shop, tea, bob).json, introduce(shop, other, eve, "joan@navy.example").json

    refused = thank(shop, tea, eve, introduction=of_bob["id"])
    assert (refused.status, refused.json["code"]) == (422, "introduction_of_others")
    hidden, unknown = (thank(shop, tea, eve, introduction=one) for one in (in_other["id"], "itr_unknown"))
    assert (hidden.status, hidden.json["code"]) == (404, "introduction_not_found")
    assert hidden.json["detail"].replace(in_other["id"], "itr_unknown") == unknown.json["detail"]


def test_a_partner_who_was_erased_is_not_thanked_and_why_they_were_is_erased(shop, tea, ada):
    thanks = thank(shop, tea, ada, words="Advice on our prices.").json
    copy = shop.get(f"/v1/partners/{ada['id']}/data").body
    assert "Advice on our prices." in str(copy)

    assert shop.post(f"/v1/partners/{ada['id']}/erase", {}).status == 200

    assert shop.get(f"/v1/thanks/{thanks['id']}").json["words"] is None
    refused = thank(shop, tea, ada)
    assert (refused.status, refused.json["code"]) == (410, "partner_erased")


def test_why_the_former_holder_of_an_account_was_thanked_is_erased_with_them_and_the_next_has_no_copy(shop, tea, ada):
    former = thank(shop, tea, ada, words="Ada advised us.").json
    shop.wait(seconds=1)
    grace = {"name": "Grace Hopper", "email": "grace@mail.example", "reason": "sale"}
    assert shop.post(f"/v1/partners/{ada['id']}/hand-over", grace).status == 200
    memory.forget_everything()
    shop.wait(seconds=1)
    own = thank(shop, tea, ada, words="Grace went on.").json

    copy = str(shop.get(f"/v1/partners/{ada['id']}/data?limit=500").body)
    assert ("Ada advised us." in copy, "Grace went on." in copy) == (False, True)
    assert shop.post(f"/v1/partners/{ada['id']}/erase", {"former": True}).status == 200
    shop.wait(hours=2)
    shop.run_schedule("retain")

    words = [shop.get(f"/v1/thanks/{one['id']}").json["words"] for one in (former, own)]
    assert words == [None, "Grace went on."]


@pytest.mark.parametrize("merged", [False, True])
def test_why_a_partner_was_thanked_for_an_introduction_is_erased_with_the_introduced_person(shop, tea, ada, merged):
    made = introduce(shop, tea, ada).json
    if merged:
        into = shop.partner(tea, name="Ada L.", email="ada@home.example")
        assert shop.post(f"/v1/partners/{ada['id']}/merge", {"into": into["id"]}).status == 200
        memory.forget_everything()
    # More than one transaction erases.
    for number in range(16):
        assert thank(shop, tea, ada, introduction=made["id"], words=f"Grace was right ({number}).").status == 201
    thank(shop, tea, ada, words="Advice.")

    assert shop.post("/v1/introduced-people/erase", {"email": made["person"]["email"]}).status == 200

    assert "Grace was right" not in str(shop.rows("introductions"))
    words = {one["words"] for one in due(shop, tea) if one["for"] == "by_hand"}
    assert words == {None, "Advice."}
    # Words that come later may name the person as well.
    late = thank(shop, tea, ada, introduction=made["id"], words="Grace again.").json
    assert (late["words"], shop.get(f"/v1/thanks/{late['id']}").json) == (None, late)


def test_a_partner_who_left_the_program_is_not_thanked(shop, tea, ada):
    assert shop.post(f"/v1/partners/{ada['id']}/leave", {"program": tea["id"]}).status == 200
    memory.forget_everything()

    assert thank(shop, tea, ada).json["code"] == "partner_not_enrolled"


def test_the_page_adds_thanks_once_however_often_the_form_is_sent(shop, admin, tea, ada, path):
    page = read(admin.get(path).body)
    [once] = [one.attributes["value"] for one in page.all("input") if one.attributes.get("name") == "once"]
    fields = {
        "once": once,
        "partner": "ada@mail.example",
        "kind": "gift",
        "due_on": "2026-12-24",
        "words": "A good year",
    }
    fields["due_on"] = (shop.at.date() + timedelta(days=20)).isoformat()

    added = admin.submit(f"{path}/new", **fields)

    assert "Added." in added.body
    assert "A good year" in added.body
    assert "Added." not in admin.get(path).body
    assert admin.send(f"{path}/new", **fields).status == 303
    [thanks] = due(shop, tea)
    assert (thanks["to"], thanks["kind"], thanks["due_on"]) == (ada["id"], "gift", fields["due_on"])
    assert admin.get(f"{path}/new").headers["Location"].endswith(path)


@pytest.mark.parametrize(
    ("fields", "lacking"),
    [
        ({"partner": ""}, "partner"),
        ({"partner": "nobody@mail.example"}, "partner"),
        ({"partner": "ext_bob"}, "partner"),
        ({"due_on": "2020-01-01"}, "due_on"),
        ({"kind": "money"}, "kind"),
        ({"introduction": "itr_unknown"}, "introduction"),
    ],
    ids=str,
)
def test_the_form_keeps_what_was_typed_and_marks_what_is_wrong(shop, admin, tea, ada, path, fields, lacking):
    shop.partner(shop.program(name="Coffee"), external_id="bob", email="bob@mail.example")
    typed = {"once": "form-1", "partner": "ext_ada", "kind": "call", "words": "A good year"} | fields

    answer = admin.send(f"{path}/new", **typed)

    assert answer.status == 422
    page = read(answer.body)
    marked = [one for one in page.all("input", "select") if one.attributes.get("aria-invalid") == "true"]
    assert [one.attributes["name"] for one in marked] == [lacking]
    assert "A good year" in answer.body
    assert due(shop, tea) == []
    typed |= {"partner": "ext_ada", "kind": "call", "due_on": "", "introduction": ""}
    assert admin.send(f"{path}/new", **typed).status == 303


def test_the_form_says_the_same_of_partners_of_other_programs_as_of_unknown_ones(shop, admin, tea, path):
    coffee = shop.program(name="Coffee")
    bob = shop.partner(coffee, external_id="bob", email="bob@mail.example")
    shop.link(coffee, bob, code="for-bob")
    gone = shop.partner(coffee, email="gone@mail.example")
    assert shop.post(f"/v1/partners/{gone['id']}/erase", {}).status == 200

    of_others = ["bob@mail.example", "ext_bob", "for-bob", bob["id"], gone["id"]]
    for who in [*of_others, "nobody@mail.example", "ptr_unknown", "ext_eve", "no-code"]:
        answer = admin.send(f"{path}/new", once="form-1", partner=who, kind="call")
        page = read(answer.body)
        assert (answer.status, f"Partner: no partner of this program matches '{who}'." in page.text) == (422, True), who
        assert [one.attributes["name"] for one in page.all("input") if "aria-invalid" in one.attributes] == ["partner"]


def test_of_several_ids_of_an_address_the_form_takes_the_one_in_the_program(shop, admin, tea, path):
    of_ada = {"email": "ada@mail.example"}
    for program in (shop.program(name="Coffee"), shop.program(mode="test"), tea):
        last = shop.partner(program, **of_ada)
    typed = {"once": "form-1", "partner": "ada@mail.example", "kind": "call"}

    assert admin.send(f"{path}/new", **typed).status == 303

    assert [one["to"] for one in due(shop, tea)] == [last["id"]]


def test_the_page_says_who_is_thanked_by_hand_and_needs_attention_lists_them(shop, admin, tea, ada, path):
    thank(shop, tea, ada, words="Advice on our prices.")

    text = read(admin.get(path).body).text
    assert "Advice on our prices." in text
    assert "Added by hand" in text
    assert "Added by hand" in admin.get(f"/admin/programs/{tea['id']}/check-ins").body


def test_thanks_by_hand_in_a_test_program_are_deleted_with_it(shop):
    program = shop.program(mode="test")
    ada = shop.partner(program)
    for kind in ("call", "note"):
        assert thank(shop, program, ada, kind=kind).json["id"].startswith("thk_t")
    done, _ = due(shop, program)
    assert shop.post(f"/v1/thanks/{done['id']}/settle", {"state": "done", "words": "Called."}).status == 200

    assert shop.call("DELETE", f"/v1/programs/{program['id']}").status == 200
    shop.wait(minutes=11)
    shop.run_schedule("delete_tests")

    assert (shop.rows("introductions"), shop.rows("notes")) == ([], [])
