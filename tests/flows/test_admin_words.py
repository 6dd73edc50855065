"""What the admin pages say: in words, with names, the same way on every page."""

import json
import re

from tests.forms import Browser
from tests.reading import read


def publish(admin, path, terms):
    """Send the form by which checked terms are published."""
    return admin.send(path, action="publish", draft=json.dumps(terms), before="1", once="a-form")


def test_what_was_refused_is_said_in_words_and_what_was_typed_stays(shop, admin):
    program = shop.program()
    path = f"/admin/programs/{program['id']}/joining"
    listed = "email,locale\nbea@mail.example,de\neve@mail,en"

    one = admin.send(path, action="invite", email="a@b", name="Bea <i>", locale="de").body
    many = admin.send(path, action="invite_all", csv=listed).body
    key = Browser(shop).send("/admin/sign-in", key="rk_wrong").body
    terms = admin.send(f"{path[:-7]}terms/edit", action="check", draft='{"rules": [{"rate_bp": "much"}]}').body
    typo = admin.send(f"{path[:-7]}terms/edit", action="check", draft="{ no", days="7").body

    assert "Email address: must be an email address" in one
    typed = read(one).section("Invite someone")
    assert [typed.field(label) for label in ("Email address", "Name", "Language of the email")] == [
        *("a@b", "Bea <i>", "Deutsch"),
    ]
    assert "Line 3, email address: must be" in many
    assert read(many).field("CSV text") == listed
    assert "This key is not valid." in key
    assert "Rule 1, rate_bp: must be a whole number or empty, not text." in terms
    assert "This is not valid JSON" in typo
    assert [read(typo).field(label) for label in ("JSON", "Dry run")] == ["{ no", "7 days"]
    for page in (one, many, key, terms, typo):
        assert 'class="notice bad"' in page
        assert not re.search("regex|`|Expected|Bearer", page)


def test_codes_are_words_where_people_read_them(shop, admin):
    program = shop.program()
    link = shop.link(program, ada := shop.partner(program))
    lead = shop.lead(program, click_id=shop.click_id(link)).json
    shop.settle()
    payout = admin.send("/admin/payouts", currency="USD", once="x").headers["Location"]

    account = read(admin.get(f"/admin/partners/{ada['id']}").body)
    listed = read(admin.get(f"/admin/partners?program={program['id']}&stage=active").body)
    reward = read(admin.get(f"/admin/rewards/{shop.reward(lead)['id']}").body)

    assert [one["What"] for one in account.table("Latest entries in USD")] == ["Put in a payout", "Reward"]
    assert not re.search("payout_prepared|\\d flat", account.text)
    assert [one["Stage"] for one in listed.table("Partners")] == ["Active"]
    assert any(one["Condition"].startswith("The customer's first sign-up") for one in reward.table("Conditions"))
    assert f"/admin/payouts/{payout.rpartition('/')[2]}" in admin.get("/admin/payouts").body


def test_an_account_shows_all_parts_of_its_balance_and_what_each_entry_moved(shop, admin, business):
    _, ada, _ = business
    shop.pay_out()

    page = read(admin.get(f"/admin/partners/{ada['id']}").body)

    parts = ("Held", "Due", "In payout", "Paid")
    assert [page.tile(part) for part in parts] == ["$0.00", "$0.00", "$3.00", "$0.00"]
    moved = [[entry[part] for part in parts] for entry in page.table("Latest entries in USD")]
    assert moved[0] == ["", "-$3.00", "$3.00", ""]
    assert moved[-1] == ["", "$3.00", "", ""]


def test_a_payout_names_friends(shop, admin, business):
    path = f"/admin/payouts/{shop.pay_out()['id']}"

    page = read(admin.get(path).body)

    assert {one["To"].rpartition(" ")[2] for one in page.table("Items")} == {"Ada", "friend"}
    assert "cus_" not in page.text


def test_when_nothing_is_due_that_is_said_and_there_is_nothing_to_confirm(shop, admin):
    shop.program()

    path = admin.send("/admin/payouts", currency="USD", once="x").headers["Location"]
    page, listed = read(admin.get(path).body), read(admin.get("/admin/payouts").body)

    assert "There is no one to pay in USD" in page.text
    assert page.tile("Status") == "Nothing to pay"
    assert not re.search("Mark as paid|Download|Items", page.text)
    assert [one["Status"] for one in listed.table("Payouts")] == ["Nothing to pay"]


def test_every_page_of_a_program_has_the_same_bar_and_beside_it_those_of_its_kind(shop, admin):
    program = shop.program()
    bars = set()

    for rest, name, kind in [
        ("", "Overview", None),
        ("/partners", "All partners", "Partners"),
        ("/joining", "Applications and invitations", "Partners"),
        ("/check-ins", "Needs attention", "Partners"),
        ("/roi", "Return", "Numbers"),
        ("/terms", "Terms", None),
        ("/settings", "General", "Settings"),
    ]:
        page = admin.get(f"/admin/programs/{program['id']}{rest}").body
        navs = re.findall(r'<nav aria-label="(Pages of [^"]*)">(.*?)</nav>', page, re.DOTALL)
        bar, *more = [html for _, html in navs]
        assert [label for label, _ in navs] == ["Pages of the program"] + [f"Pages of {kind}"] * (kind is not None)
        assert re.findall(r'aria-current="\w+">([^<]+)<', bar) == [kind or name]
        assert [re.findall(r'aria-current="page">([^<]+)<', html) for html in more] == [[name]] * (kind is not None)
        bars.add(re.sub(r' aria-current="\w+"', "", bar))

    assert len(bars) == 1


def test_terms_are_said_in_sentences_and_link_to_the_page_people_read(shop, admin):
    program = shop.program()
    path = f"/admin/programs/{program['id']}/terms"
    later = {"rules": [{"on": "sale", "to": "referrer", "rate_bp": 2000}], "effective_from": "2026-04-01T00:00:00Z"}
    assert publish(admin, path, later).status == 303

    page = read(admin.get(path).body)

    assert any("20%" in sentence for sentence in page.items)
    assert page.link("Public page") == f"/terms/{program['id']}-2"
    assert admin.get(page.link("Public page")).status == 200
    # What can be withdrawn shows so, whether its version is folded or not.
    assert page.link("Withdraw version 2") == f"/admin/programs/{program['id']}/withdraw?version=2"
    assert not any("Withdraw version 2" in version.text for version in page.all("details"))


def test_what_cannot_be_taken_back_stands_apart_and_says_so(shop, admin):
    path = f"/admin/programs/{shop.program()['id']}/terms"
    page = read(admin.send(f"{path}/edit", action="check", draft='{"rules": []}').body)

    apart = page.section("Publish")

    assert apart.buttons == ["Publish these terms"]
    assert "Published terms cannot be changed." in apart.text
    # Before it is read what they say, nothing can be published.
    for early in (path, f"{path}/edit"):
        assert "Publish these terms" not in read(admin.get(early).body).buttons


def test_what_was_published_or_withdrawn_is_said_only_if_it_is_so(shop, admin):
    path = f"/admin/programs/{shop.program()['id']}/terms"
    later = {"rules": [], "effective_from": "2026-04-01T00:00:00Z"}
    published = publish(admin, path, later).headers["Location"]
    before = read(admin.get(published).body).text

    withdrawn = admin.send(path, action="withdraw", version="2").headers["Location"]

    assert (published, withdrawn) == (f"{path}?published=2", f"{path}?withdrawn=2")
    assert "In force from Apr 1, 2026" in before
    assert "Version 2 was withdrawn." in read(admin.get(withdrawn).body).text
    for untrue in (published, f"{path}?published=9", f"{path}?withdrawn=1", f"{path}?withdrawn=x"):
        page = read(admin.get(untrue).body)
        assert not [one.text for one in page if one.attributes.get("role") == "status"]


def test_what_partners_said_is_listed(shop, admin, business):
    _, ada, _ = business
    shop.post(f"/v1/partners/{ada['id']}/feedback", {"score": 4, "words": "slow"})

    [row] = read(admin.get("/admin/feedback").body).table("Feedback")

    assert (row["Score"], row["Comment"], row["From"]) == ("4", "slow", "Ada")


def test_a_partner_is_shown_with_how_far_they_have_got_and_why_they_earned(shop, admin, business):
    _, ada, sale = business

    page = read(admin.get(f"/admin/partners/{ada['id']}").body)

    for step in ("Link created", "Link shared", "First click", "First friend"):
        assert f"{step} Mar 10, 2026" in page.items
    assert page.link("Reward") == f"/admin/rewards/{shop.reward(sale)['id']}"
    assert [entry["Due"] for entry in page.table("Latest entries in USD")] == ["$3.00"]


def test_a_rewards_evidence_is_said_in_sentences_with_money_and_days_as_people_read_them(shop, admin):
    rules = [
        {"on": "sale", "to": "referrer", "rate_bp": 1000, "when": {"minimum_amount": 1500, "months": 6}},
        {"on": "sale", "to": "referee", "benefit": {"kind": "gift", "name": "A tin of tea"}},
    ]
    program = shop.program(rules=rules, base_without=["tax"], caps=[{"per": "conversion", "amount": 150}])
    code = shop.link(program, shop.partner(program))["code"]
    sale = shop.sale(program, amount=2000, breakdown={"tax": 201}, code=code).json
    shop.settle()

    page = read(admin.get(f"/admin/rewards/{shop.reward(sale)['id']}").body)

    assert page.table("Calculation") == [
        {
            "To": "Partner",
            "Amount": "$1.50",
            "How": "Sale, for the partner: 10% of $17.99; cut from $1.80 by the cap “conversion ever”",
        },
        {"To": "Friend", "Amount": "", "How": "A tin of tea"},
    ]
    details = {row["Condition"]: row["Detail"] for row in page.table("Conditions")}
    assert details["Credited to a partner"] == "Last touch"
    assert details["Amount Sale, for the partner"] == "$17.99; at least $15.00"
    assert details["Within the time limit Sale, for the partner"] == "Mar 10, 2026, 12:00, before Sep 10, 2026, 00:00"
    assert details["A rule applies"] == "Sale, for the partner, Sale, for the friend"
    assert details["Within the cap conversion ever Sale, for the partner"] == "$1.50 of $1.80 was left"
    assert details["The amount is above zero"] == "$17.99 of $20.00 counts"
    assert "Mar 10, 2026, 12:00" in page.section("Clicks and codes").text


def test_the_evidence_of_a_decision_from_before_grants_named_their_cap_says_which_it_was(shop, admin):
    rules = [{"on": "lead", "to": "referrer", "flat": {"amount": 200, "currency": "USD"}}]
    program = shop.program(rules=rules, caps=[{"per": "partner", "amount": 50}])
    lead = shop.lead(program, code=shop.link(program, shop.partner(program))["code"]).json
    shop.settle()
    [decision] = [row for row in shop.rows("rewards") if row["row"] == {"S": "decision"}]
    [grant] = json.loads(decision["rewards"]["S"])
    grant["arithmetic"] = f"min({grant['arithmetic']}, 50 left of {grant.pop('cut_by')} 50)"
    shop.put_row("rewards", decision | {"rewards": {"S": json.dumps([grant])}})

    page = read(admin.get(f"/admin/rewards/{shop.reward(lead)['id']}").body)

    assert [row["How"] for row in page.table("Calculation")] == [
        "Sign-up, for the partner: $2.00 each; cut from $2.00 by the cap “partner ever”"
    ]
