"""What the admin pages say: in words, with names, the same way on every page."""

import html
import json
import re

from tests.forms import Browser, cells, tile


def test_what_was_refused_is_said_in_words_and_what_was_typed_stays(shop, admin):
    program = shop.program()
    path = f"/admin/programs/{program['id']}/joining"
    listed = "email,locale\nbea@mail.example,de\neve@mail,en"

    one = admin.send(path, action="invite", email="a@b", name="Bea <i>", locale="de").body
    many = admin.send(path, action="invite_all", csv=listed).body
    key = Browser(shop).send("/admin/sign-in", key="rk_wrong").body
    terms = admin.send(f"{path[:-7]}terms", action="change", draft='{"rules": [{"rate_bp": "much"}]}').body
    typo = admin.send(f"{path[:-7]}terms", action="try", draft="{ no", **{"from": "then", "to": "now"}).body

    assert "Email address: expected an email address" in one
    for kept in ('value="a@b"', 'value="Bea &lt;i&gt;"', 'value="de" lang="de" selected'):
        assert kept in one
    assert "Line 3, email address: expected" in many
    assert f"{listed}</textarea>" in many
    assert "This key is not valid." in key
    assert "Rule 1, rate_bp: a whole number or nothing is expected, not text." in terms
    assert "This is not JSON" in typo
    for kept in ("{ no</textarea>", 'value="then"', 'value="now"'):
        assert kept in typo
    for page in (one, many, key, terms, typo):
        assert 'class="notice bad"' in page
        assert not re.search("regex|`|Expected|Bearer", page)


def test_codes_are_words_where_people_read_them(shop, admin):
    program = shop.program()
    link = shop.link(program, ada := shop.partner(program))
    lead = shop.lead(program, click_id=shop.click_id(link)).json
    shop.settle()
    payout = admin.send("/admin/payouts", currency="USD", once="x").headers["Location"]

    account = cells(admin.get(f"/admin/partners/{ada['id']}").body)
    listed = admin.get(f"/admin/programs/{program['id']}/partners").body
    reward = cells(admin.get(f"/admin/rewards/{shop.reward(lead)['id']}").body)

    assert ">Put in a payout</td>" in account
    assert not re.search("payout_prepared|\\d flat", account)
    assert '<td role="cell" data-label="Stage">Active</td>' in listed
    assert '<th scope="row">The customer\'s first sign-up' in html.unescape(reward)
    assert f"/admin/payouts/{payout.rpartition('/')[2]}" in admin.get("/admin/payouts").body


def test_a_payout_names_friends(shop, admin, told):
    path = f"/admin/payouts/{shop.pay_out()['id']}"

    page = admin.get(path).body

    assert '<span class="tag">friend</span>' in page
    assert "cus_" not in re.sub(r'value="[^"]*"', "", page)


def test_when_nothing_is_due_that_is_said_and_there_is_nothing_to_confirm(shop, admin):
    shop.program()

    path = admin.send("/admin/payouts", currency="USD", once="x").headers["Location"]
    page, listed = admin.get(path).body, admin.get("/admin/payouts").body

    assert "Nothing is due in USD" in page
    assert tile(page, "Status") == "Nothing due"
    assert not re.search("Mark as paid|Download|Items", page)
    assert '<span class="tag">Nothing due</span>' in listed


def test_every_page_of_a_program_has_the_same_bar(shop, admin):
    program = shop.program()
    bars = set()

    for rest, name in [
        ("", "Overview"),
        ("/partners", "Partners"),
        ("/joining", "Applications and invitations"),
        ("/check-ins", "Needs attention"),
        ("/terms", "Terms"),
    ]:
        page = admin.get(f"/admin/programs/{program['id']}{rest}").body
        bar = re.search(r'<nav class="pages".*?</nav>', page, re.DOTALL)[0]
        assert re.findall(r'aria-current="page">([^<]+)<', bar) == [name]
        bars.add(bar.replace(' aria-current="page"', ""))

    assert len(bars) == 1


def test_terms_are_said_in_sentences_and_link_to_the_page_people_read(shop, admin):
    program = shop.program()
    path = f"/admin/programs/{program['id']}/terms"
    later = {"rules": [{"on": "sale", "to": "referrer", "rate_bp": 2000}], "effective_from": "2026-04-01T00:00:00Z"}
    assert admin.send(path, action="change", draft=json.dumps(later)).status == 200

    page = admin.get(path).body

    assert re.search(r"<li>[^<]*20%[^<]*</li>", page)
    assert shop.get(f"/terms/{program['id']}-2").status == 200
    assert f'href="/terms/{program["id"]}-2"' in page
    # What can be withdrawn shows so, whether its version is folded or not.
    folded = re.sub(
        r"<details.*?</details>",
        "",
        re.sub(r"<details><summary>JSON.*?</details>", "", page, flags=re.DOTALL),
        flags=re.DOTALL,
    )
    assert "Withdraw version 2" in folded


def test_what_partners_said_is_listed(shop, admin, told):
    _, ada, _ = told
    shop.post(f"/v1/partners/{ada['id']}/feedback", {"score": 4, "words": "slow"})

    page = cells(admin.get("/admin/feedback").body)

    assert '<td class="n">4</td>' in page
    assert "slow" in page


def test_a_partner_is_shown_with_how_far_they_have_got_and_why_they_earned(shop, admin, told):
    _, ada, sale = told

    page = cells(admin.get(f"/admin/partners/{ada['id']}").body)

    for step in ("Link created", "Link shared", "First click", "First friend"):
        assert f'<li>{step} <span class="soft">Mar\xa010,\xa02026</span></li>' in page
    assert f'<a href="/admin/rewards/{shop.reward(sale)["id"]}">Reward</a>' in page
    assert '<td class="n">$3.00</td>' in page
