"""New terms by a form: written without JSON, read as partners will read them, tried on what was received, published."""

import json

import pytest

from chalicelib.admin.terms import terms_pages
from chalicelib.kit import bodies
from chalicelib.programs.shapes import NewTerms
from tests.forms import Browser
from tests.reading import read
from tests.world import RULES

EVERYTHING = {
    "rules": [
        {"on": "sale", "to": "referrer", "rate_bp": 1250},
        {
            "on": "sale",
            "to": "referrer",
            "rate_bp": 2000,
            "level": "premium",
            "when": {
                "minimum_amount": 10050,
                "number_to": 3,
                "products": [" tea", 'the "club"'],
                "metadata": {"plan": ["pro", "team"]},
                "categories": ["client", "influencer"],
                "tiers": ["gold"],
            },
            "due_within_days": 40,
            "name": "club",
        },
        {"on": "lead", "to": "referee", "benefit": {"kind": "coupon", "name": "5 off <b>"}, "hold_days": 0},
        {"on": "renewal", "to": "referrer", "flat": {"amount": 500, "currency": "USD"}, "when": {"months": 12}},
    ],
    "window_days": 60,
    "touch": "first",
    "hold_days": 14,
    "base_without": ["tax", "shipping"],
    "caps": [{"per": "partner", "amount": 50000, "period": "month", "freed_by_refunds": True, "to": "referrer"}],
    "minimum_payout": 2500,
    "minimum_payout_referee": 0,
    "introductions": "first_received",
    "tiers": [{"name": "gold", "minimum_sales": 10, "minimum_revenue": 100000, "within_days": 90}],
    "words": "Be kind.\n\nDo not shout.",
}


def fields_of(body, button):
    """Return what the form with a button sends: what its fields hold."""
    form = next(one for one in read(body).all("form") if button in one.buttons)
    fields = {}
    for one in form.all("input", "select", "textarea"):
        name, kind = one.attributes.get("name"), one.attributes.get("type")
        if name is None or (kind == "checkbox" and "checked" not in one.attributes):
            continue
        if one.tag == "select":
            options = one.all("option")
            chosen = next((option for option in options if "selected" in option.attributes), options[0])
            fields[name] = chosen.attributes["value"]
        elif one.tag == "textarea":
            # A browser drops the line break after the tag, and ends lines with CR and LF.
            fields[name] = one.raw.removeprefix("\n").replace("\n", "\r\n")
        else:
            fields[name] = "on" if kind == "checkbox" else one.attributes.get("value", "")
    return fields


def reasons(body):
    """Return which fields are marked, with the sentence that says why."""
    page = read(body)
    sentences = {one.attributes.get("id"): one.text for one in page.all("p")}
    return {
        one.attributes["name"]: sentences[f"why-{one.attributes['name']}"]
        for one in page.all("input", "select", "textarea")
        if one.attributes.get("aria-invalid") == "true"
    }


@pytest.fixture
def here(business):
    program, *_ = business
    return f"/admin/programs/{program['id']}/terms"


@pytest.fixture
def form(admin, here):
    """What the form holds when it is opened."""
    page = admin.get(read(admin.get(here).body).link("New terms"))
    return fields_of(page.body, "Check these terms")


def versions(shop, business):
    return shop.get(f"/v1/programs/{business[0]['id']}/terms").json["data"]


def test_an_owner_publishes_new_terms_by_a_form_and_sees_the_sentences_partners_will_read_first(
    shop, admin, business, here, form
):
    assert (form["rules/1/rate_bp"], form["rules/2/flat"]) == ("15", "5.00")

    checked = admin.send(f"{here}/edit", action="check", **form | {"rules/1/rate_bp": "20.5", "window_days": "20"})

    page = read(checked.body)
    english, german = (page.section(f"What partners will read, in {one}") for one in ("English", "Deutsch"))
    assert any("20.5%" in one and one.endswith("new") for one in english.items)
    assert any("20,5 %" in one and one.endswith("new") for one in german.items)
    assert any("15%" in one for one in english.items), "what is no longer there"
    assert page.section("What gets worse").items == ["Partners and friends: A click counts for 20 days, not 30."]
    assert len(versions(shop, business)) == 1

    published = admin.submit(here, action="publish", **fields_of(checked.body, "Publish these terms"))

    assert "Published. In force from" in published.body
    [notice] = [one for one in read(published.body) if one.attributes.get("role") == "status"]
    assert "within 20 days" in notice.text
    assert "20,5 %" in notice.text.replace("\xa0", " ")
    assert [word in notice.text for word in ("window", "becomes", "rule ")] == [False] * 3
    [newest, before] = sorted(versions(shop, business), key=lambda one: -one["version"])
    assert (newest["rules"][1]["rate_bp"], newest["window_days"]) == (2050, 20)
    assert newest["rules"][0] == before["rules"][0]


def test_the_check_tries_the_terms_on_the_conversions_of_the_last_days(shop, admin, business, here, form):
    shop.wait(minutes=1)

    tried = read(admin.send(f"{here}/edit", action="check", **form | {"rules/1/rate_bp": "30"}).body)

    assert (tried.tile("Paid"), tried.tile("Would have been paid"), tried.tile("Difference")) == (
        *("$8.00", "$11.00"),
        "$3.00",
    )
    assert tried.table("Partners with the largest difference") == [
        {"Partner, with their friends": "Ada", "Paid": "$8.00", "Would have been paid": "$11.00"}
    ]
    assert "Only in part." not in tried.text
    shop.wait(days=8)
    later = Browser(shop)
    later.send("/admin/sign-in", key=shop.key)
    assert "There were no conversions." in later.send(f"{here}/edit", action="check", **form | {"days": "7"}).body


def test_a_dry_run_of_some_conversions_says_which_it_has_tried(shop, admin, business, here, form, monkeypatch):
    monkeypatch.setattr(terms_pages, "_MOST_CONVERSIONS", 1)
    shop.wait(hours=1)
    shop.sale(business[0], "order-2")
    shop.settle()
    shop.wait(minutes=1)

    checked = admin.send(f"{here}/edit", action="check", **form)

    assert checked.status == 200
    assert "Only in part." in checked.body
    assert "Tried on 1 conversion, received from Mar 10, 2026" in read(checked.body).text


def test_whatever_terms_say_the_form_says_and_json_beside_it_says_the_same(admin, here, form):
    as_form = admin.send(f"{here}/edit", action="form", draft=json.dumps(EVERYTHING))
    fields = fields_of(as_form.body, "Check these terms")

    again = admin.send(f"{here}/edit", action="json", **fields)

    written = bodies.read_body(read(again.body).field("JSON"), NewTerms)
    assert written == bodies.typed(EVERYTHING, NewTerms, strict=True)


def test_rewards_caps_and_tiers_are_added_moved_and_removed_without_scripts(admin, here, form):
    def press(action, fields):
        return fields_of(admin.send(f"{here}/edit", action=action, **fields).body, "Check these terms")

    added = press("add rules", form)
    assert (added["rules/3/on"], added["rules/3/reward"], added["rules/3/rate_bp"]) == ("sale", "rate_bp", "")
    moved = press("up rules/3", added | {"rules/3/rate_bp": "7"})
    assert (moved["rules/2/rate_bp"], moved["rules/3/flat"]) == ("7", "5.00")
    removed = press("remove rules/0", moved)
    assert (removed["rules/0/rate_bp"], removed["rules/1/rate_bp"], "rules/3/on" in removed) == ("15", "7", False)
    capped = press("add caps", press("add tiers", removed))
    assert (capped["caps/0/per"], capped["tiers/0/name"]) == ("partner", "")
    for unknown in ("remove rules/9", "up rules/0", "add words", "nothing"):
        assert admin.send(f"{here}/edit", action=unknown, **form).status == 422


def test_there_can_be_no_more_rewards_than_terms_take(admin, here):
    rule = {"on": "sale", "to": "referrer", "rate_bp": 100}
    most = {"rules": [rule | {"name": f"r{number}"} for number in range(30)], "words": "x"}
    full = admin.send(f"{here}/edit", action="form", draft=json.dumps(most))
    fields = fields_of(full.body, "Check these terms")

    assert "There can be no more than 30." in full.body
    assert len(fields) > 100
    assert admin.send(f"{here}/edit", action="check", **fields).status == 200
    assert fields_of(admin.send(f"{here}/edit", action="add rules", **fields).body, "Check these terms") == fields


@pytest.mark.parametrize(
    ("field", "typed", "reason"),
    [
        ("rules/1/rate_bp", "much", "Write a percentage from 0.01 to 100, such as 12.5."),
        ("rules/1/rate_bp", "100.01", "Write a percentage from 0.01 to 100, such as 12.5."),
        ("rules/1/rate_bp", "", "Fill this in."),
        ("rules/2/flat", "five", "Write an amount in USD, such as 10.00."),
        ("rules/2/flat", "5.001", "Write an amount in USD, such as 10.00."),
        ("rules/1/when/months", "1000", "At most 120."),
        ("rules/1/when/months", "a year", "Must be a whole number or empty, not text."),
        ("rules/1/when/metadata", "plan", "Write a name, a colon and a value on each line, such as plan: pro."),
        ("rules/1/when/tiers", "gold", "These terms have no tier 'gold'."),
        ("rules/1/on", "refund", "A refund only reverses rewards; it cannot earn one."),
        ("window_days", "0", "At least 1."),
        ("effective_from", "2026-03-09T12:00", "Terms cannot begin earlier than one minute from now."),
        ("effective_from", "tomorrow", "Write a date and a time, such as 2026-11-21T12:00."),
    ],
)
def test_a_form_that_is_refused_keeps_what_was_typed_and_marks_the_field_with_the_reason(
    shop, admin, business, here, form, field, typed, reason
):
    answer = admin.send(f"{here}/edit", action="check", **form | {field: typed})

    assert answer.status == 422
    assert reasons(answer.body) == {field: reason}
    assert fields_of(answer.body, "Check these terms") == form | {field: typed}
    [notice] = [one.text for one in read(answer.body).all("p") if one.attributes.get("id") == "notice"]
    assert reason[1:] in notice
    assert len(versions(shop, business)) == 1


def test_everything_that_is_wrong_is_marked_at_once(admin, here, form):
    wrong = {"rules/0/flat": "x", "rules/1/rate_bp": "x", "window_days": "x", "minimum_payout": "x"}

    answer = admin.send(f"{here}/edit", action="check", **form | wrong)

    assert reasons(answer.body).keys() == wrong.keys()


def test_new_terms_begin_on_the_day_that_the_form_says_by_the_programs_clocks(shop, admin):
    program = shop.program(timezone="Europe/Berlin", rules=RULES)
    here = f"/admin/programs/{program['id']}/terms"
    form = fields_of(admin.get(f"{here}/edit").body, "Check these terms")

    checked = admin.send(f"{here}/edit", action="check", **form | {"effective_from": "2026-04-01T00:00"})
    assert "from Mar 31, 2026, 22:00 UTC on" in read(checked.body).text
    back = admin.send(f"{here}/edit", action="form", **fields_of(checked.body, "Back to the form"))
    assert fields_of(back.body, "Check these terms")["effective_from"] == "2026-04-01T00:00"
    admin.submit(here, action="publish", **fields_of(checked.body, "Publish these terms"))

    assert versions(shop, [program])[0]["effective_from"] == "2026-03-31T22:00:00.000Z"


def test_a_programs_first_terms_are_shown_as_no_change(admin, here):
    page = admin.get(f"{here}?published=1")
    assert (page.status, "Published." in page.body) == (200, False)


def test_checked_terms_are_published_once_however_often_the_form_is_sent(shop, admin, business, here, form):
    checked = fields_of(admin.send(f"{here}/edit", action="check", **form).body, "Publish these terms")

    sent = [admin.send(here, action="publish", **checked) for _ in range(2)]

    assert [one.headers["Location"] for one in sent] == [f"{here}?published=2"] * 2
    assert len(versions(shop, business)) == 2


def test_of_two_windows_in_which_terms_were_checked_the_second_publishes_nothing(shop, admin, business, here, form):
    one, other = (
        fields_of(admin.send(f"{here}/edit", action="check", **form).body, "Publish these terms") for _ in range(2)
    )
    assert admin.send(here, action="publish", **one).status == 303

    answer = admin.send(here, action="publish", **other)

    assert answer.status == 422
    assert (
        "Version 2 was published or withdrawn after you checked these terms, so nothing was published." in answer.body
    )
    assert fields_of(answer.body, "Check these terms")["rules/1/rate_bp"] == "15"
    assert len(versions(shop, business)) == 2


def test_what_gets_worse_is_said_for_whom(shop, admin, business, here):
    before = shop.post(
        f"/v1/programs/{business[0]['id']}/terms",
        {**EVERYTHING, "rules": [*EVERYTHING["rules"], {"on": "sale", "to": "referee", "rate_bp": 500}]},
    )
    assert before.status == 201
    shop.wait(minutes=2)
    worse = {
        "rules": [
            {"on": "sale", "to": "referrer", "rate_bp": 1000},
            {"on": "lead", "to": "referee", "benefit": {"kind": "coupon", "name": "5 off <b>"}},
            {"on": "renewal", "to": "referrer", "flat": {"amount": 500, "currency": "USD"}, "when": {"months": 12}},
            {"on": "renewal", "to": "referrer", "rate_bp": 100, "level": "premium", "when": {"number_to": 1}},
        ],
        "hold_days": 14,
        "base_without": ["tax", "shipping", "discount"],
        "caps": [{"per": "partner", "amount": 40000, "period": "month"}, {"per": "program", "amount": 100}],
        "minimum_payout": 5000,
        "minimum_payout_referee": 100,
        "tiers": [{"name": "gold", "minimum_sales": 11}],
    }

    page = read(admin.send(f"{here}/edit", action="check", draft=json.dumps(worse)).body)

    assert page.section("What gets worse").items[:-2] == [
        "Partners and friends: A click counts for 30 days, not 60.",
        "Partners and friends: The last partner is credited, not the first.",
        "Partners and friends: Of an amount, discount will earn nothing.",
        "Partners: Paid out from $50.00 on, not $25.00.",
        "Friends: Paid out from $1.00 on, not $0.00.",
        "Partners: The terms will no longer say whose introduction of a person counts.",
        "Partners: The cap “partner month” of $400.00 is new or tighter.",
        "Partners and friends: The cap “program ever” of $1.00 is new or tighter.",
        "Partners: The tier Gold is harder to reach.",
        "Partners: “Sale, for the partner” gives 10%, not 12.5%.",
        "Partners: “Club” (20%) ends.",
        "Friends: “Sign-up, for the friend” (5 off <b>) is given later, or on harder conditions.",
        "Friends: “Sale, for the friend” (5%) ends.",
        "Partners: “Renewal, for the partner, premium” may apply in place of a reward that gives more.",
    ]
    assert page.section("What gets worse").items[-2].startswith("A friend waits 14 days for the sign-up reward;")
