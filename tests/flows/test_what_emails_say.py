"""What emails say of money, benefits and whom they are from: no more than is so when they are written."""

import pytest

from chalicelib.kit import memory
from chalicelib.outbox.table import Message
from tests.emails import settle
from tests.flows.test_joining import join

pytestmark = pytest.mark.engine

GIFT = {"kind": "gift", "name": "Tea box", "quantity": 1}


def read(shop, subject):
    """Return the text of the last email with a subject that begins so."""
    written = [one["Content"]["Simple"] for one in shop.mailbox.written]
    return next(one["Body"]["Text"]["Data"] for one in reversed(written) if one["Subject"]["Data"].startswith(subject))


def page(shop, subject):
    written = [one["Content"]["Simple"] for one in shop.mailbox.written]
    return next(one["Body"]["Html"]["Data"] for one in written if one["Subject"]["Data"].startswith(subject))


def bought(shop, program, **changes):
    ada = shop.partner(program)
    shop.sale(program, code=shop.link(program, ada)["code"], **changes)
    return ada


# Benefits and money of friends


def test_a_benefit_that_nobody_gave_yet_is_said_to_come(shop):
    bought(shop, shop.program(rules=[{"on": "sale", "to": "referee", "benefit": GIFT}]))
    settle(shop)

    text = read(shop, "For you: Tea box from Tea Shop")
    assert [one.reason for one in Message.scan() if one.template == "reward.due"] == ["no_webhook"]
    assert "We will send you Tea box; there is nothing you need to do." in text
    assert "already" not in text
    assert "payout" not in text


def test_a_benefit_that_was_given_before_the_email_was_written_is_said_to_be_given(shop):
    program = shop.program(rules=[{"on": "sale", "to": "referee", "benefit": GIFT}])
    ada = shop.partner(program)
    sale = shop.sale(program, code=shop.link(program, ada)["code"]).json
    shop.streams.run("conversions_to_rewards")
    reward = shop.reward(sale, to="referee")["id"]
    assert shop.post(f"/v1/rewards/{reward}/fulfill", {}).status == 200
    settle(shop)

    text = read(shop, "For you: Tea box from Tea Shop")
    assert "You already have Tea box." in text
    assert "will send" not in text


@pytest.mark.parametrize("minimum", [0, 1500])
def test_a_friends_money_is_said_to_come_with_the_next_payout_and_from_which_amount_on(shop, minimum):
    # The partners' minimum is none of theirs.
    bought(shop, shop.program(minimum_payout=9900, minimum_payout_referee=minimum))
    settle(shop)

    text = read(shop, "For you: $5.00 from Tea Shop")
    assert "$5.00 will go out with the next payout, to the PayPal or Wise account of this email address." in text
    assert ("The minimum payout is $15.00;" in text) == bool(minimum)
    assert "You get this email because a friend referred you to Tea Shop." in text


# One event, one email


@pytest.mark.parametrize(
    ("report", "says"),
    [
        pytest.param("lead", "a friend you referred has joined, and that earned you $2.00.", id="signed up"),
        pytest.param("sale", "a friend you referred has bought something, and that earned you $3.00.", id="bought"),
    ],
)
@pytest.mark.parametrize("hold_days", [0, 7])
def test_that_a_friend_came_and_what_that_earned_is_one_email(shop, report, says, hold_days):
    program = shop.program(hold_days=hold_days)
    code = shop.link(program, shop.partner(program))["code"]
    getattr(shop, report)(program, code=code)
    settle(shop)
    shop.wait(days=8)
    shop.run_schedule("mature")
    settle(shop)

    ours = [subject for subject, to in shop.emails() if "ada@" in to]
    news = [one for one in ours if "earned" in one or "joined" in one or "ready" in one]
    assert len([one for one in news if "first reward" not in one]) == 1
    text = read(shop, "You earned $")
    assert says in text
    assert text.count("$") == 1


def test_a_friend_who_earned_nothing_is_told_by_an_email_of_their_own(shop):
    program = shop.program(rules=[{"on": "sale", "to": "referrer", "rate_bp": 1500}])
    code = shop.link(program, shop.partner(program))["code"]
    shop.lead(program, code=code)
    settle(shop)

    assert "a friend you referred has just joined Tea Shop." in read(shop, "A friend you referred has joined")


def test_whoever_wants_no_emails_about_rewards_is_told_of_friends_all_the_same(shop):
    program = shop.program()
    ada = shop.partner(program)
    shop.post(f"/v1/partners/{ada['id']}/emails", {"off": ["rewards"]})
    memory.forget_everything()
    shop.lead(program, code=shop.link(program, ada)["code"])
    settle(shop)

    ours = [subject for subject, to in shop.emails() if "ada@" in to]
    assert "A friend you referred has joined Tea Shop" in ours
    assert not [one for one in ours if "earned" in one]


def test_what_is_given_back_is_told_as_earned_and_not_as_another_friend(shop):
    program = shop.program(hold_days=7)
    sale = shop.sale(program, code=shop.link(program, shop.partner(program))["code"]).json
    shop.refund(sale, 1999)
    settle(shop)
    assert shop.restore(sale).status == 201
    settle(shop)

    assert "a friend you referred has earned you $3.00." in read(shop, "You earned $3.00")


# Partners' money


def test_what_is_held_says_since_when_it_is_due_and_from_which_amount_on_it_is_paid(shop):
    bought(shop, shop.program(hold_days=3, minimum_payout=1500))
    settle(shop)

    text = read(shop, "You earned $3.00 with Tea Shop")
    assert "It will be ready for payout on March 13, 2026; until then, a refund could still change it." in text
    assert "The minimum payout is $15.00; smaller amounts add up until they reach it." in text


def test_what_became_due_sooner_than_it_was_announced_is_told_and_says_from_which_amount_on_it_is_paid(shop):
    program = shop.program(hold_days=3, minimum_payout=1500)
    sale = shop.sale(program, code=shop.link(program, shop.partner(program))["code"]).json
    settle(shop)
    assert shop.post(f"/v1/rewards/{shop.reward(sale)['id']}/release", {"note": "known"}).status == 200
    settle(shop)

    text = read(shop, "$3.00 from Tea Shop is now ready for payout")
    assert "The minimum payout is $15.00; smaller amounts add up until they reach it." in text
    assert "Statement and payout details: https://go.example/portal\n" in text


def test_what_was_paid_says_when_and_to_whom_by_its_last_characters_in_the_programs_name(shop):
    program = shop.program()
    ada = bought(shop, program)
    shop.patch(f"/v1/partners/{ada['id']}", {"locale": "en", "payout_email": "savings@bank.example"})
    # A new payee waits.
    shop.wait(days=3)
    own = {"template": "footer", "language": "en", "subject": "Footer", "text": "From all of us at {{program}}."}
    assert shop.post(f"/v1/programs/{program['id']}/emails", own).status == 201
    settle(shop)
    payout = shop.pay_out()
    shop.post(f"/v1/payouts/{payout['id']}/confirm", {"note": "sent"})
    day = shop.at
    # The email is late; what it says was paid on the day on which it was.
    shop.wait(days=2)
    settle(shop)

    text = read(shop, "Your payout of $3.00 is on its way")
    assert f"We paid you $3.00 on March {day.day}, 2026" in text
    assert "to your account …gs@bank.example and may take a few days to arrive." in text
    assert "savings@" not in text
    assert "Statement and payout details: https://go.example/portal\n" in text
    assert "From all of us at Tea Shop." in text
    assert "Goodword" not in page(shop, "Your payout of $3.00 is on its way")


def test_what_is_about_an_account_with_several_programs_names_them_and_comes_from_the_deployment(shop):
    program, other = shop.program(), shop.program(name="Other")
    ada = shop.partner(program, programs=[program["id"], other["id"]])
    shop.sale(program, code=shop.link(program, ada)["code"])
    settle(shop)
    shop.post(f"/v1/payouts/{shop.pay_out()['id']}/confirm", {"note": "sent"})
    settle(shop)

    text = read(shop, "Your payout of $3.00 is on its way")
    assert "for the friends you referred to Other and Tea Shop. Thank you." in text
    assert "because you are a partner of Other and Tea Shop." in text
    assert shop.mailbox.written[-1]["FromEmailAddress"].startswith("Goodword <")


# The month


def months(shop):
    shop.at = shop.at.replace(month=shop.at.month + 1, day=2)
    memory.forget_everything()
    shop.run_schedule("send_monthly")
    settle(shop)
    return [subject for subject, _ in shop.emails() if subject.startswith("Your ") and "2026 with" in subject]


def test_a_month_in_which_only_something_was_taken_back_is_left_alone(shop):
    program = shop.program()
    ada = shop.partner(program)
    sale = shop.sale(program, code=shop.link(program, ada)["code"]).json
    settle(shop)
    assert months(shop) == ["Your March 2026 with Tea Shop"]
    shop.refund(sale, 1999)
    settle(shop)

    assert months(shop) == ["Your March 2026 with Tea Shop"]


def test_a_month_says_what_is_pending_and_names_the_programs_of_an_account_only_if_there_are_several(shop):
    program, other = shop.program(hold_days=60), shop.program(name="Other")
    ada = shop.partner(program, programs=[program["id"], other["id"]])
    bob = shop.partner(program, name="Bob", email="bob@mail.example")
    for n, partner in enumerate((ada, bob)):
        shop.sale(program, f"order-{n}", f"customer-{n}", code=shop.link(program, partner)["code"])
    settle(shop)
    months(shop)

    written = [(one["Destination"]["ToAddresses"][0], one["Content"]["Simple"]) for one in shop.mailbox.written]
    to = {
        address: one["Body"]["Text"]["Data"] for address, one in written if "March 2026 with" in one["Subject"]["Data"]
    }
    texts = [to["Ada <ada@mail.example>"], to["Bob <bob@mail.example>"]]
    assert all("Pending at the end of the month: $3.00\n" in text for text in texts)
    assert not any("Paid to you" in text or "Ready for payout" in text for text in texts)
    assert ["These amounts are for all your programs: Other and Tea Shop." in text for text in texts] == [True, False]


def test_of_a_reward_that_was_reversed_in_full_nothing_is_said_to_be_left(shop):
    program = shop.program()
    sale = shop.sale(program, code=shop.link(program, shop.partner(program))["code"]).json
    settle(shop)
    shop.refund(sale, 1999)
    settle(shop)

    text = read(shop, "$3.00 of your Tea Shop rewards was reversed")
    assert "You keep" not in text
    assert "$0.00" not in text


def test_a_month_that_came_to_less_than_nothing_says_why(shop):
    program = shop.program()
    ada = shop.partner(program)
    code = shop.link(program, ada)["code"]
    sale = shop.sale(program, code=code).json
    settle(shop)
    months(shop)
    shop.refund(sale, 1999)
    shop.lead(program, code=code)
    settle(shop)
    months(shop)

    assert "Earned: -$1.00\n" in read(shop, "Your April 2026")
    assert "Reversals after refunds exceeded this month's rewards by $1.00;" in read(shop, "Your April 2026")
    assert "Refunds" not in read(shop, "Your March 2026")


# Who asked to take part


def test_who_is_accepted_is_told_so_once_and_reminded_as_everybody_is(shop):
    program = shop.program(joining="approval")
    join(shop, program, email="bea@mail.example", name="Bea")
    [application] = shop.get(f"/v1/applications?program={program['id']}").json["data"]
    assert shop.post(f"/v1/applications/{application['id']}/approve").status == 200
    settle(shop)
    shop.wait(days=4)
    settle(shop)

    assert [subject for subject, _ in shop.emails()] == [
        "You were accepted: welcome to Tea Shop",
        "Your Tea Shop link is waiting for its first visitor",
    ]
    assert "https://go.example/s/" in read(shop, "You were accepted")


# Own words


def test_whoever_saves_own_words_sees_them_in_the_preview_at_once(shop):
    program = shop.program()
    path = f"/v1/programs/{program['id']}/emails"
    email = {"template": "earned", "language": "en"}
    ours = shop.post(f"{path}/preview", email).json["subject"]

    shop.post(path, email | {"subject": "Yay", "text": "You have {{amount}}."})
    theirs = shop.post(f"{path}/preview", email).json["subject"]
    shop.post(f"{path}/restore", email)

    assert (ours, theirs) == ("You earned $25.00 with Tea Shop", "Yay")
    assert shop.post(f"{path}/preview", email).json["subject"] == ours


def test_whoever_changes_what_is_shared_sees_it_on_the_page_at_once(shop):
    program = shop.program()
    ada = shop.partner(program)
    shop.link(program, ada)
    path = ada["enrollments"][0]["share_url"].removeprefix("https://go.example")
    assert "Tea for two" not in shop.get(path).body

    shop.patch(f"/v1/programs/{program['id']}", {"share_texts": {"en": {"message": "Tea for two"}}})

    assert "Tea for two" in shop.get(path).body


@pytest.mark.parametrize(("own", "inside"), [("Look at {{link}}, and order.", True), ("Tea for two.", False)])
def test_the_link_stands_once_in_a_message_whether_it_names_it_or_not(shop, own, inside):
    program = shop.program(share_texts={"en": {"message": own}})
    ada = shop.partner(program)
    url = f"https://go.example/{shop.link(program, ada)['code']}"

    body = shop.get(ada["enrollments"][0]["share_url"].removeprefix("https://go.example")).body

    message = own.replace("{{link}}", url)
    assert f'data-text="{message}"' in body
    assert (f'data-url="{url}"' in body) is not inside
    quoted = body.partition("<blockquote")[2].partition("</blockquote>")[0]
    copied = body.partition(f'data-copy="{message}')[2].partition('"')[0]
    telegram = body.partition("https://t.me/share/url?")[2].partition('"')[0]
    assert quoted.count(url) == telegram.count(url.rpartition("/")[2]) == 1
    assert copied == ("" if inside else f" {url}")


@pytest.mark.parametrize(
    ("locale", "sentences"),
    [
        (
            "en",
            [
                "Only 1 more purchase by a friend, and you are in the “Silver” tier.",
                "Links of yours that no one has clicked yet: 1. Try one in a message to someone who knows you.",
            ],
        ),
        (
            "de",
            [
                "Zur Stufe „Silver“ fehlt nur noch wenig: 1 Kauf von Freunden.",
                "Ihre Links, auf die noch niemand geklickt hat: 1.",
            ],
        ),
    ],
)
@pytest.mark.parametrize("off", [[], ["tips"], ["summaries"]])
def test_a_month_says_what_is_to_do_in_the_readers_language_unless_they_want_no_tips(shop, locale, sentences, off):
    program = shop.program(tiers=[{"name": "silver", "minimum_sales": 5}])
    ada = shop.partner(program, locale=locale)
    shop.post(f"/v1/partners/{ada['id']}/emails", {"off": off})
    link = shop.link(program, ada)
    shop.link(program, ada, channel="card")
    shop.wait(days=30)
    for number in range(4):
        shop.sale(program, f"order-{number}", f"customer-{number}", code=link["code"])
    settle(shop)
    shop.run_schedule("check_partners")
    months(shop)

    written = [one["Content"]["Simple"]["Body"]["Text"]["Data"] for one in shop.mailbox.written]
    of_month = [text for text in written if "April 2026" in text]
    assert len(of_month) == (0 if off == ["summaries"] else 1)
    for text in of_month:
        assert [sentence in text for sentence in sentences] == [off == []] * 2
