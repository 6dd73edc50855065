"""The list of all rewards: filters, sorting, a file; and several released, refused or given at once."""

import csv
import io

import pytest

from chalicelib.admin import lists
from tests.faults.world import built_once
from tests.flows.test_people import entered, invited, sent  # noqa: F401
from tests.reading import read

pytestmark = pytest.mark.engine

RULES = [
    {"on": "sale", "to": "referrer", "rate_bp": 1000},
    {"on": "sale", "to": "referee", "benefit": {"kind": "coupon", "name": "5 off"}, "when": {"number_to": 1}},
]


@pytest.fixture
@built_once
def business(shop):
    """Two programs; Ada's link brought three customers to Tea for $10, $30 and $20, and Cem's one to Cups for $40."""
    tea = shop.program(external_id="tea", name="Tea", rules=RULES, hold_days=14, timezone="Pacific/Auckland")
    cups = shop.program(external_id="cups", name="Cups", rules=RULES[:1], hold_days=14)
    ada, cem = shop.partner(tea, name="Ada", external_id="ada"), shop.partner(cups, name="Cem", external_id="cem")
    code, other = shop.link(tea, ada, code="tea-by-ada")["code"], shop.link(cups, cem, code="cups-by-cem")["code"]
    sales = []
    for number, (program, amount) in enumerate(((tea, 1000), (tea, 3000), (tea, 2000), (cups, 4000))):
        shop.wait(minutes=1)
        link = code if program is tea else other
        sales.append(shop.sale(program, f"order-{number}", f"c-{number}", code=link, amount=amount).json)
        shop.settle()
    shop.wait(minutes=2)
    return {"tea": tea, "cups": cups, "sales": sales, "rewards": [shop.reward(one)["id"] for one in sales]}


def listed(page, column="Reward", table="All rewards"):
    return [row[column].strip() for row in read(page.body).table(table)]


def hold(shop, *rewards):
    for one in rewards:
        assert shop.post(f"/v1/rewards/{one}/hold", {"note": "odd"}).status == 200


def picked(*rewards):
    return {f"pick_{number}": one for number, one in enumerate(rewards)}


def answers(admin, sent_form):
    """Follow a form to the page with the results; return them by what was selected."""
    assert sent_form.status == 303
    rows = read(admin.get(sent_form.headers["Location"]).body).table("Results")
    return {row["Selected"]: row["Result"] for row in rows}


def test_all_rewards_are_listed_newest_first_with_filters_that_stay_in_the_address(shop, admin, business):
    page = admin.get("/admin/rewards")

    assert [one for one in listed(page) if one.startswith("$")] == ["$4.00", "$2.00", "$3.00", "$1.00"]
    assert "7 rewards." in read(page.body).text
    narrowed = admin.get("/admin/rewards?program=ext_tea&partner=ext_ada&kind=money")
    assert listed(narrowed) == ["$2.00", "$3.00", "$1.00"]
    assert listed(admin.get("/admin/rewards?kind=coupon")) == ["5 off"] * 3
    assert listed(admin.get("/admin/rewards?side=referee&customer=ext_c-1")) == ["5 off"]
    assert listed(admin.get("/admin/rewards?state=held&link=cups-by-cem")) == ["$4.00"]
    assert "Nothing matches." in read(admin.get("/admin/rewards?state=paid").body).text
    assert (read(narrowed.body).field("Kind"), read(narrowed.body).field("Partner")) == ("Money", "ext_ada")


def test_a_list_of_rewards_has_pages_both_ways(shop, admin, business, monkeypatch):
    monkeypatch.setattr(lists, "PAGE", 2)
    pages = [admin.get("/admin/rewards?kind=money")]
    while (link := next((one for one in read(pages[-1].body).all("a") if one.text == "Older"), None)) is not None:
        pages.append(admin.get(link.attributes["href"]))

    assert [listed(page) for page in pages] == [["$4.00", "$2.00"], ["$3.00", "$1.00"]]
    assert "At least 3 rewards." in read(pages[0].body).text
    assert listed(admin.get(read(pages[1].body).link("Newer"))) == ["$4.00", "$2.00"]
    assert "kind=money" in read(pages[1].body).link("Newer")


def test_rewards_are_dated_and_days_begin_in_the_zone_of_the_program(shop, admin, business):
    # At 12:01 in London, it is the next day in Auckland.
    assert listed(admin.get("/admin/rewards?program=ext_tea&kind=money"), "Earned")[-1] == "Mar 11, 2026, 01:01 NZDT"
    assert len(listed(admin.get("/admin/rewards?program=ext_tea&from=2026-03-11"))) == 6
    assert "Days begin at midnight in Pacific/Auckland." in read(admin.get("/admin/rewards?program=ext_tea").body).text
    assert "No" in read(admin.get("/admin/rewards?program=ext_tea&to=2026-03-11").body).text
    assert read(admin.get("/admin/rewards?from=2026-03-11").body).text.count("$") == 0


def test_rewards_are_saved_as_they_are_shown(shop, admin, business):
    page = read(admin.get("/admin/rewards?program=ext_tea&kind=money").body)

    saved = admin.get(page.link("Save as CSV"))

    rows = list(csv.DictReader(io.StringIO(saved.body.removeprefix("\ufeff"))))
    assert [(row["Name"], row["Amount"], row["Currency"], row["State"]) for row in rows] == [
        ("Ada", "200", "USD", "held"),
        ("Ada", "300", "USD", "held"),
        ("Ada", "100", "USD", "held"),
    ]


def test_a_whole_list_is_sorted_by_the_heads_of_its_columns_and_saved_in_that_order(shop, admin, business):
    page = read(admin.get("/admin/rewards?kind=money").body)
    [by_time] = [one for one in page.all("th") if one.text.startswith("Earned")]
    assert by_time.attributes["aria-sort"] == "descending"

    ascending = admin.get(page.link("Reward"))
    [head] = [one for one in read(ascending.body).all("th") if one.text.startswith("Reward")]
    descending = admin.get(head.all("a")[0].attributes["href"])

    assert listed(ascending) == ["$1.00", "$2.00", "$3.00", "$4.00"]
    assert head.attributes["aria-sort"] == "ascending"
    assert listed(descending) == ["$4.00", "$3.00", "$2.00", "$1.00"]
    assert listed(admin.get("/admin/rewards?kind=money&sort=owner"), "For") == ["Ada", "Ada", "Ada", "Cem"]
    saved = admin.get(read(ascending.body).link("Save as CSV")).body.removeprefix("\ufeff")
    assert [row["Amount"] for row in csv.DictReader(io.StringIO(saved))] == ["100", "200", "300", "400"]
    assert "kind=money" in read(ascending.body).link("Save as CSV")


def test_a_page_of_a_longer_list_is_not_sorted_and_offers_no_sorting_but_by_time(shop, admin, business, monkeypatch):
    monkeypatch.setattr(lists, "PAGE", 2)
    page = read(admin.get("/admin/rewards?kind=money").body)
    heads = [one for one in page.all("th") if one.text.startswith(("Reward", "For", "Earned"))]
    assert [[link.attributes["href"] for link in one.all("a")] for one in heads] == [
        [],
        [],
        ["/admin/rewards?kind=money&order=oldest"],
    ]

    # An address that was kept from when the list was shorter.
    monkeypatch.setattr(lists, "MOST_ROWS", 3)
    longer = admin.get("/admin/rewards?kind=money&sort=what")
    assert listed(longer) == ["$4.00", "$2.00", "$3.00"]
    assert "A list of more than 3 is only sorted by time" in read(longer.body).text


def test_a_filter_that_cannot_be_read_is_marked_and_stays(shop, admin, business):
    page = admin.get("/admin/rewards?partner=ext_nobody&kind=coupon")
    assert (page.status, read(page.body).field("Kind")) == (422, "Coupon")
    assert read(page.body).field("Partner") == "ext_nobody"

    page = admin.get("/admin/rewards?from=yesterday")
    assert (page.status, 'name="from" type="date" aria-invalid="true"' in page.body) == (422, True)


def test_rewards_to_review_are_one_click_away(shop, admin, business):
    hold(shop, business["rewards"][0], business["rewards"][3])

    page = read(admin.get(read(admin.get("/admin/rewards").body).link("To review")).body)

    assert sorted(row["Reward"].strip() for row in page.table("Rewards to review")) == ["$1.00", "$4.00"]
    assert read(admin.get("/admin").body).link("2 rewards to review") == "/admin/rewards?waits=review"
    only = admin.get("/admin/rewards?waits=review&program=ext_cups")
    assert listed(only, table="Rewards to review") == ["$4.00"]


def test_several_rewards_are_released_after_a_page_says_what_will_happen_to_each(shop, admin, business):
    ids = business["rewards"]
    refused = shop.post(f"/v1/rewards/{ids[3]}/refuse", {"note": "own order"})
    assert refused.status == 200

    question = admin.send("/admin/rewards/selected", action="release", **picked(ids[0], ids[1], ids[3]))

    page = read(question.body)
    assert (question.status, page.buttons[-1]) == (200, "Release 2 rewards")
    assert "Together: $4.00." in page.text
    assert [row["What will happen"] for row in page.table("Each of them")] == [
        *["Becomes due now."] * 2,
        "left out Stays as it is: refused.",
    ]
    assert shop.get(f"/v1/rewards/{ids[0]}").json["state"] == "held"


def confirmed(admin, action, *rewards, **more):
    """Select rewards, and send what the page asks; return the answer."""
    path = "/admin/benefits/selected" if action == "give" else "/admin/rewards/selected"
    question = admin.send(path, action=action, **picked(*rewards))
    assert question.status == 200
    hidden = {one.attributes["name"]: one.attributes["value"] for one in read(question.body).all("input")}
    form = {name: value for name, value in hidden.items() if name.startswith("pick_") or name in ("step", "once")}
    return form | more, lambda: admin.send(path, action=action, **form, **more)


def test_each_has_its_own_result_and_the_form_sent_twice_does_nothing_again(shop, admin, business):
    ids = business["rewards"]
    form, send = confirmed(admin, "release", ids[0], ids[1], note="all is well")
    # Another window refuses one of them meanwhile.
    assert shop.post(f"/v1/rewards/{ids[1]}/refuse", {"note": "own order"}).status == 200

    first = send()
    entries = len(shop.rows("audit"))
    results = answers(admin, first)
    again = send()

    assert sorted(results.values()) == ["Done", "Refused"]
    assert (again.headers["Location"], answers(admin, again)) == (first.headers["Location"], results)
    assert len(shop.rows("audit")) == entries
    assert [shop.get(f"/v1/rewards/{one}").json["state"] for one in ids[:2]] == ["due", "refused"]
    assert shop.get(f"/v1/rewards/{ids[0]}").json["note"]["words"] == "all is well"
    assert "own order" not in admin.get(first.headers["Location"]).body
    assert form["once"] in first.headers["Location"]


def test_several_rewards_are_refused_with_one_note_that_must_be_written(shop, admin, business):
    ids = business["rewards"][:2]
    form, send = confirmed(admin, "refuse", *ids)

    without = send()
    assert (without.status, 'name="note" aria-invalid="true"' in without.body) == (422, True)
    assert form["once"] in without.body
    _, send = confirmed(admin, "refuse", *ids, note="all by one person")
    assert set(answers(admin, send()).values()) == {"Done"}
    assert {shop.get(f"/v1/rewards/{one}").json["state"] for one in ids} == {"refused"}


def test_several_benefits_are_marked_as_given(shop, admin, business):
    coupons = [one["id"] for one in shop.get("/v1/rewards?kind=coupon").json["data"]]
    for one in coupons:
        shop.post(f"/v1/rewards/{one}/release", {"note": "now"})
    assert len(listed(admin.get("/admin/benefits"), "Benefit", "Benefits to give")) == 3

    _, send = confirmed(admin, "give", *coupons[:2])

    assert set(answers(admin, send()).values()) == {"Done"}
    assert len(listed(admin.get("/admin/benefits"), "Benefit", "Benefits to give")) == 1
    assert {shop.get(f"/v1/rewards/{one}").json["state"] for one in coupons[:2]} == {"fulfilled"}


def test_nothing_selected_and_nothing_that_is_there_are_refused(shop, admin, business):
    nothing = admin.send("/admin/rewards/selected", action="release")
    assert (nothing.status, "Select at least one row" in nothing.body) == (422, True)
    assert admin.send("/admin/rewards/selected", action="release", pick_0="rwd_none").status == 404
    assert admin.send("/admin/rewards/selected", action="steal", **picked(business["rewards"][0])).status == 422
    assert admin.get("/admin/rewards/selected?result=none").status == 404
    assert admin.get("/admin/rewards/selected").headers["Location"] == "/admin/rewards"


def test_a_manager_of_one_program_sees_and_decides_the_rewards_of_that_program_alone(shop, sent, business):  # noqa: F811
    invited(shop, "eve@mail.example", [{"role": "manager", "program": business["cups"]["id"]}])
    eve = entered(shop, sent, "eve@mail.example")
    ids = business["rewards"]

    page = eve.get("/admin/rewards")
    assert listed(page) == ["$4.00"]
    assert "Tea" not in [one.text for one in read(page.body).all("option")]
    assert "Nothing matches." in read(eve.get("/admin/rewards?program=ext_tea").body).text
    for step in ({}, {"step": "do", "once": "a", "note": "x"}):
        answer = eve.send("/admin/rewards/selected", action="release", **step, **picked(ids[0], ids[3]))
        assert (answer.status, f"There is no reward {ids[0]!r}" in read(answer.body).text) == (404, True)


def test_who_manages_one_program_and_reads_all_decides_what_is_of_that_program_alone(shop, sent, business):  # noqa: F811
    roles = [{"role": "viewer"}, {"role": "manager", "program": business["cups"]["id"]}]
    invited(shop, "eve@mail.example", roles)
    eve = entered(shop, sent, "eve@mail.example")
    ids = business["rewards"]

    question = eve.send("/admin/rewards/selected", action="release", **picked(ids[0], ids[3]))
    assert "Your role does not allow this in its program." in read(question.body).text
    forced = eve.send(
        "/admin/rewards/selected", action="release", step="do", once="a", note="x", **picked(ids[0], ids[3])
    )
    assert sorted(answers(eve, forced).values()) == ["Done", "Refused"]
    assert [shop.get(f"/v1/rewards/{one}").json["state"] for one in (ids[0], ids[3])] == ["held", "due"]
