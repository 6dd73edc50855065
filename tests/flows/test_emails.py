"""Emails: what is written to whom and when, what stops them, and what a program may say in its own words."""

import contextlib
import json
import re
from datetime import timedelta

import pytest

import app as goodword
from chalicelib.emails.digest import MOST_EMAILS
from chalicelib.emails.table import Suppression
from chalicelib.kit import memory
from chalicelib.outbox.table import Message
from chalicelib.portal.send_link import send_link
from tests.emails import settle
from tests.faults.line import Crash, CrashAfter, CrashBefore, Fault, Lost
from tests.faults.sampling import sample
from tests.faults.world import world

pytestmark = pytest.mark.engine

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def subjects(shop):
    return [subject for subject, _ in shop.emails()]


def messages(**values):
    return [one for one in Message.scan() if all(getattr(one, name) == value for name, value in values.items())]


def last_to(shop, address):
    return next(one for one in reversed(shop.mailbox.written) if address in one["Destination"]["ToAddresses"][0])


def header(email, name):
    return {one["Name"]: one["Value"] for one in email["Content"]["Simple"]["Headers"]}.get(name)


def stop_path(email):
    return re.fullmatch(r"<https://go\.example(/u/[\w-]+)>", header(email, "List-Unsubscribe"))[1]


def prefer(shop, partner, **preferences):
    answer = shop.post(f"/v1/partners/{partner['id']}/emails", preferences)
    assert answer.status == 200, answer.body
    memory.forget_everything()
    return answer.json


def tell(shop, event):
    record = {"Sns": {"Message": json.dumps(event), "Subject": None, "MessageAttributes": {}}}
    goodword.bounces_to_suppressions({"Records": [record]}, None)


def bounce(address, kind="Permanent"):
    return {
        "eventType": "Bounce",
        "bounce": {"bounceType": kind, "bouncedRecipients": [{"emailAddress": address}]},
        "mail": {"tags": {"message": ["msg_1"]}},
    }


# Sequences


def test_a_partner_is_greeted_with_first_steps_and_reminded_twice_if_nobody_comes(shop):
    program = shop.program()
    shop.partner(program)

    settle(shop)
    greeted = subjects(shop)
    shop.wait(days=2, hours=23)
    settle(shop)
    before = subjects(shop)
    shop.wait(hours=2)
    for _ in range(3):
        settle(shop)
    reminded = subjects(shop)
    shop.wait(days=25)
    for _ in range(3):
        settle(shop)

    assert greeted == before == ["Welcome: your first steps with Tea Shop"]
    assert reminded == [*greeted, "Your Tea Shop link is waiting for its first visitor"]
    assert subjects(shop) == [*reminded, "Is Tea Shop for you?"]


def test_reminders_stop_when_somebody_came(shop):
    program = shop.program()
    ada = shop.partner(program)
    settle(shop)
    shop.wait(days=1)
    shop.click(shop.link(program, ada))
    settle(shop)

    shop.wait(days=20)
    settle(shop)

    assert subjects(shop) == ["Welcome: your first steps with Tea Shop"]
    assert {one.reason for one in messages(status="skipped")} == {"has_shared"}


def test_a_robots_visit_is_no_reason_to_stop(shop):
    program = shop.program()
    ada = shop.partner(program)
    settle(shop)
    shop.click(shop.link(program, ada), user_agent="Googlebot/2.1 (+http://www.google.com/bot.html)")
    shop.wait(days=4)

    settle(shop)

    assert "Your Tea Shop link is waiting for its first visitor" in subjects(shop)


def test_a_first_reward_is_told_as_a_story_a_day_later_once_unless_it_was_taken_back(shop):
    program = shop.program()
    ada, bob = shop.partner(program), shop.partner(program, name="Bob", email="bob@mail.example")
    for partner, customer in ((ada, "customer-1"), (bob, "customer-2")):
        shop.sale(program, f"order-{customer}", customer, code=shop.link(program, partner)["code"])
    settle(shop)
    assert "How you earned your first reward with Tea Shop" not in subjects(shop)
    shop.refund(messages_sale(shop, "order-customer-2"), 1999)
    shop.wait(hours=25)
    for _ in range(2):
        settle(shop)

    recipients = [to for subject, to in shop.emails() if subject.startswith("How you earned your first reward")]
    assert recipients == ["Ada <ada@mail.example>"]
    assert [one.reason for one in messages(template="success", status="skipped")] == ["taken_back"]


def messages_sale(shop, external_id):
    return shop.get(f"/v1/conversions/ext_{external_id}?program={shop.get('/v1/programs').json['data'][0]['id']}").json


def test_a_tier_that_was_reached_is_told_and_one_that_was_lost_is_not(shop):
    program = shop.tiered_program()
    ada = shop.partner(program)
    settle(shop)
    for tier in ("silver", "gold", "silver", None):
        answer = shop.post(
            f"/v1/partners/{ada['id']}/tier",
            {"program": program["id"], "tier": tier, "note": "by hand", "pinned_until": "2027-01-01T00:00:00Z"},
        )
        assert answer.status == 201, answer.body
        settle(shop)
        shop.wait(minutes=2)

    for function in ("partners_to_events", "events_to_messages"):
        source = next(one for one in shop.streams.sources if one.function == function)
        for record in shop.streams.records(source):
            assert shop.streams.deliver(function, [record]) == []
    settle(shop)

    reached = [subject for subject in subjects(shop) if "reached" in subject]
    assert reached == ["You have reached Silver in Tea Shop", "You have reached Gold in Tea Shop"]
    texts = [email["Content"]["Simple"]["Body"]["Text"]["Data"] for email in shop.mailbox.written]
    brought = re.findall(r"From now on you get (.*)\.", "".join(texts))
    assert brought == ["18% of what your friends buy", "20% of what your friends buy"]
    assert [one.reason for one in messages(template="tier", status="skipped")] == ["not_risen"]


def test_what_partners_rows_cause_comes_once_however_often_it_is_told(shop):
    program = shop.program()
    shop.partner(program)
    for _ in range(3):
        shop.streams.rewind("partners_to_events")
        shop.streams.rewind("events_to_messages")
        settle(shop)
    shop.wait(days=3, minutes=1)
    for _ in range(3):
        shop.run_schedule("send_scheduled")
        shop.streams.rewind("messages_to_mailbox")
        settle(shop)

    assert len(subjects(shop)) == 2
    assert sorted(one.template for one in messages()) == ["first_steps", "follow_up", "last_follow_up"]


def test_a_greeting_whose_stream_record_was_lost_is_found_by_reconciliation_and_sent_but_not_long_after(shop):
    program = shop.program()
    shop.partner(program)
    source = next(one for one in shop.streams.sources if one.function == "partners_to_events")
    shop.streams.read["partners_to_events"] = len(shop.streams.records(source))
    settle(shop)
    assert subjects(shop) == []
    shop.wait(hours=20)

    differences = shop.post("/v1/reconciliation", {"day": "2026-03-10"}).json["differences"]
    settle(shop)
    again = shop.get("/v1/reconciliation?day=2026-03-10").json["differences"]
    late = {message.key for message in messages()}
    for message in messages():
        message.delete()
    shop.wait(days=2)

    missing = {("event_missing", True), ("message_missing", True)}
    assert {(one["kind"], one["repaired"]) for one in differences} == missing
    assert {one["subject"] for one in differences if one["kind"] == "message_missing"} == late
    assert subjects(shop) == ["Welcome: your first steps with Tea Shop"]
    assert again == shop.get("/v1/reconciliation?day=2026-03-10").json["differences"] == []


@pytest.mark.sweep
@pytest.mark.parametrize("crash", [CrashBefore, CrashAfter, Lost])
def test_a_crash_at_any_call_loses_no_email_and_sends_at_most_one_more(crash):
    with world() as shop:
        begin = waiting_partner(shop)
        shop.run_schedule("send_scheduled")
        shop.streams.run()
        calls = len(shop.line.calls) - begin
        expected = subjects(shop)
    for n in sample(range(calls), 3):
        with world() as shop:
            waiting_partner(shop)
            shop.line.fault = crash(at=len(shop.line.calls) + n)
            with contextlib.suppress(Crash):
                shop.run_schedule("send_scheduled")
                shop.streams.run()
            shop.line.fault = Fault()
            # What a sender that died had claimed is free again after its lease.
            shop.wait(minutes=45)
            for function in ("partners_to_events", "events_to_messages", "messages_to_mailbox"):
                shop.streams.rewind(function)
            for _ in range(2):
                shop.run_schedule("send_scheduled")
                shop.run_schedule("sweep")
                shop.streams.run()
            assert set(subjects(shop)) == set(expected), f"call {n} of {calls}"
            assert len(subjects(shop)) <= len(expected) + 1
            assert {one.status for one in messages()} <= {"sent", "skipped", "scheduled"}


def waiting_partner(shop):
    """A partner whose first reminder is due, as the only thing that is."""
    shop.partner(shop.program())
    shop.streams.run()
    shop.wait(days=3, minutes=1)
    memory.forget_everything()
    return len(shop.line.calls)


# A busy day


def join_many(shop, program, link, number, first=0):
    for n in range(first, first + number):
        assert shop.lead(program, f"signup-{n}", f"customer-{n}", code=link["code"]).status == 201
    shop.streams.run()


def to_ada(shop):
    return [subject for subject, to in shop.emails() if "ada@" in to]


@pytest.mark.slow
def test_a_hundred_pieces_of_news_a_day_are_a_handful_of_emails_and_none_is_lost(shop):
    program = shop.program()
    ada = shop.partner(program)
    link = shop.link(program, ada)
    settle(shop)
    before = len(to_ada(shop))

    join_many(shop, program, link, 50)
    assert len(to_ada(shop)) - before == MOST_EMAILS
    shop.wait(days=1)
    settle(shop)

    emails = to_ada(shop)[before:]
    # Each friend is one update: they joined, and earned something by it.
    assert sorted(emails[MOST_EMAILS:]) == [
        "How you earned your first reward with Tea Shop",
        f"Your day with Tea Shop: {50 - MOST_EMAILS} updates",
    ]
    [digest] = messages(template="digest")
    digested = messages(status="digested")
    assert len(digested) == 50 - MOST_EMAILS
    assert {one.digest_id for one in digested} == {digest.id}
    written = next(one for one in shop.mailbox.written if "Your day" in one["Content"]["Simple"]["Subject"]["Data"])
    text = written["Content"]["Simple"]["Body"]["Text"]["Data"]
    earned = [one for one in digested if one.template == "earned"]
    assert f"Friends who joined: {50 - MOST_EMAILS}\n" in text
    assert f"Earned: ${sum(one.amount for one in earned) / 100:.2f}\n" in text
    assert "pending" not in text
    listed = shop.get("/v1/messages?status=digested&limit=100").json["data"]
    assert {one["digest"] for one in listed} == {digest.id}
    assert len(shop.rows("emails")) == 1 + len(digested)
    # What was only kept for that email goes, if DynamoDB forgets it.
    shop.wait(days=100)
    shop.run_schedule("retain")
    assert shop.rows("emails") == []


def test_who_wants_one_email_a_day_gets_one_and_a_quiet_day_has_none(shop):
    program = shop.program()
    ada = shop.partner(program)
    link = shop.link(program, ada)
    settle(shop)
    assert prefer(shop, ada, daily=True) == {"object": "preferences", "partner": ada["id"], "off": [], "daily": True}
    before = len(to_ada(shop))

    join_many(shop, program, link, 1)
    assert len(to_ada(shop)) == before
    for _ in range(4):
        shop.wait(days=1)
        settle(shop)

    days = [subject for subject in to_ada(shop) if subject.startswith("Your day")]
    assert days == ["Your day with Tea Shop: 1 update"]


def test_money_that_was_taken_back_is_told_at_once_however_busy_the_day(shop):
    program = shop.program()
    ada = shop.partner(program)
    prefer(shop, ada, daily=True)
    sale = shop.sale(program, code=shop.link(program, ada)["code"]).json
    settle(shop)

    shop.refund(sale, 1000)
    settle(shop)

    email = last_to(shop, "ada@")["Content"]["Simple"]
    assert email["Subject"]["Data"] == "$1.50 of your Tea Shop rewards was reversed"
    assert "You keep $1.50 of this reward." in email["Body"]["Text"]["Data"]


@pytest.mark.slow
@pytest.mark.sweep
@pytest.mark.parametrize("crash", [CrashBefore, CrashAfter, Lost])
def test_news_that_a_crash_interrupts_is_told_once(crash):
    with world() as shop:
        begin = busy(shop)
        shop.streams.run("messages_to_mailbox")
        calls = len(shop.line.calls) - begin
    assert calls > 5
    for n in sample(range(calls), 3):
        with world() as shop:
            busy(shop)
            shop.line.fault = crash(at=len(shop.line.calls) + n)
            with contextlib.suppress(Crash):
                shop.streams.run("messages_to_mailbox")
            shop.line.fault = Fault()
            shop.wait(minutes=1)
            shop.streams.rewind("messages_to_mailbox")
            shop.streams.run("messages_to_mailbox")
            shop.wait(days=1)
            settle(shop)
            days = [subject for subject in to_ada(shop) if subject.startswith("Your day")]
            assert set(days) == {"Your day with Tea Shop: 1 update"}, f"call {n} of {calls}"
            assert {one.status for one in messages(template="earned")} == {"digested"}


def busy(shop):
    program = shop.program()
    ada = shop.partner(program)
    link = shop.link(program, ada)
    settle(shop)
    prefer(shop, ada, daily=True)
    shop.lead(program, code=link["code"])
    shop.streams.run(
        "conversions_to_rewards", "conversions_to_events", "rewards_to_events", "ledger_to_events", "events_to_messages"
    )
    return len(shop.line.calls)


# Stopping emails


SALES_ALONE = [{"on": "sale", "to": "referrer", "rate_bp": 1500}]


def joined_email(shop):
    program = shop.program(rules=SALES_ALONE)
    ada = shop.partner(program)
    shop.lead(program, code=shop.link(program, ada)["code"])
    settle(shop)
    email = next(one for one in shop.mailbox.written if "has joined" in one["Content"]["Simple"]["Subject"]["Data"])
    return program, ada, email


def test_one_post_of_a_mail_program_stops_such_emails_and_no_others(shop):
    program, ada, email = joined_email(shop)
    assert header(email, "List-Unsubscribe-Post") == "List-Unsubscribe=One-Click"

    for _ in range(2):
        answer = shop.post(stop_path(email), b"List-Unsubscribe=One-Click", headers=FORM)
        assert answer.status == 200
    code = shop.get(f"/v1/links?partner={ada['id']}").json["data"][0]["code"]
    shop.lead(program, "signup-2", "customer-2", code=code)
    shop.sale(program, "order-2", "customer-2")
    settle(shop)

    assert shop.get(f"/v1/partners/{ada['id']}/emails").json["off"] == ["friends"]
    assert subjects(shop).count("A friend you referred has joined Tea Shop") == 1
    assert subjects(shop).count("You earned $3.00 with Tea Shop") == 1
    assert [one.reason for one in messages(template="joined", status="skipped")] == ["unsubscribed"]


def test_a_scanner_that_follows_the_link_stops_nothing_and_a_person_needs_one_button(shop):
    _, ada, email = joined_email(shop)

    for method in ("GET", "HEAD", "GET"):
        page = shop.call(method, stop_path(email))
    assert shop.get(f"/v1/partners/{ada['id']}/emails").json["off"] == []
    assert page.status == 200
    assert page.body.count("<button>") == 1
    assert "No more emails about friends who join." in page.body
    assert "script" not in page.headers["Content-Security-Policy"]
    done = shop.post(stop_path(email), b"", headers=FORM)
    undone = shop.post(stop_path(email), b"again=yes", headers=FORM)

    assert "You are unsubscribed from these emails." in done.body
    assert "You will get these emails again." in undone.body
    assert shop.get(f"/v1/partners/{ada['id']}/emails").json["off"] == []


def test_nobody_can_stop_anothers_emails(shop):
    _, _, email = joined_email(shop)
    path = stop_path(email)
    token = path.removeprefix("/u/")
    name, _, signature = token.partition("-")
    forged = [
        token[:-1],
        f"{name}0-{signature}",
        f"{name[:-1]}-{signature}",
        "x",
        "-",
        "é",
        f"c{token[1:]}",
        "p-" + signature,
    ]

    answers = [shop.get(f"/u/{one}") for one in forged]
    answers += [shop.post(f"/u/{one}", b"", headers=FORM) for one in forged]

    assert {answer.status for answer in answers} == {404}
    assert len({answer.body for answer in answers}) == 1


def test_emails_about_money_that_moved_cannot_be_stopped_and_say_no_such_thing(shop):
    program = shop.program()
    ada = shop.partner(program)
    assert prefer(shop, ada, off=["summaries", "rewards", "friends", "tips", "tips"])["off"] == [
        "tips",
        "friends",
        "rewards",
        "summaries",
    ]
    sale = shop.sale(program, code=shop.link(program, ada)["code"]).json
    settle(shop)
    assert to_ada(shop) == []
    shop.refund(sale, 1999)
    settle(shop)

    assert to_ada(shop) == ["$3.00 of your Tea Shop rewards was reversed"]
    email = last_to(shop, "ada@")
    assert header(email, "List-Unsubscribe") is None
    assert "/u/" not in json.dumps(email)
    assert header(email, "Auto-Submitted") == "auto-generated"


def test_a_customer_stops_emails_too_and_is_still_told_what_is_theirs(shop):
    program = shop.program()
    link = shop.link(program, shop.partner(program))
    shop.lead(program, code=link["code"])
    settle(shop)
    path = stop_path(last_to(shop, "customer-1@"))
    assert shop.post(path, b"List-Unsubscribe=One-Click", headers=FORM).status == 200
    other = shop.program(name="Other")
    shop.lead(other, "other-1", code=shop.link(other, shop.partner(other, email="b@mail.example"))["code"])
    shop.sale(program, code=link["code"])
    settle(shop)

    sent_subjects = [subject for subject, to in shop.emails() if "customer-1@" in to]
    assert sent_subjects == ["Welcome to Tea Shop", "For you: $5.00 from Tea Shop"]
    assert shop.post(path, b"again=yes", headers=FORM).status == 200
    assert [one.reason for one in messages(template="welcome", status="skipped")] == ["unsubscribed"]


def test_two_who_change_preferences_at_once_both_get_what_they_said(shop):
    _, ada, email = joined_email(shop)
    prefer(shop, ada, off=["tips"], daily=True)

    shop.post(stop_path(email), b"List-Unsubscribe=One-Click", headers=FORM)

    assert shop.get(f"/v1/partners/{ada['id']}/emails").json | {"object": 0, "partner": 0} == {
        "object": 0,
        "partner": 0,
        "off": ["tips", "friends"],
        "daily": True,
    }


# Bounces and complaints


def test_an_address_that_emails_come_back_from_gets_no_more_until_somebody_lifts_it(shop):
    program = shop.program()
    ada = shop.partner(program)
    for _ in range(2):
        tell(shop, bounce("ADA@mail.example"))
    settle(shop)
    [skipped] = messages(template="first_steps")
    assert (to_ada(shop), skipped.status, skipped.reason) == ([], "skipped", "suppressed: bounce")
    assert "ada" not in json.dumps([row.attribute_values["key"] for row in Suppression.scan()])

    lifted = [shop.post("/v1/suppressions/lift", {"email": "ada@mail.example"}).json for _ in range(2)]
    shop.post(f"/v1/messages/{skipped.id}/retry")
    settle(shop)

    assert [one["was_suppressed"] for one in lifted] == [True, False]
    assert to_ada(shop) == ["Welcome: your first steps with Tea Shop"]
    assert ada["email"] == "ada@mail.example"


def test_a_complaint_stops_emails_and_what_may_pass_does_not(shop):
    shop.partner(shop.program())
    complaint = {
        "eventType": "Complaint",
        "complaint": {"complainedRecipients": [{"emailAddress": "bob@mail.example"}], "complaintFeedbackType": "abuse"},
    }
    taken_back = json.loads(json.dumps(complaint).replace("abuse", "not-spam").replace("bob", "ada"))
    for event in (bounce("ada@mail.example", "Transient"), taken_back, {"eventType": "Delivery"}, complaint, complaint):
        tell(shop, event)
    shop.partner(shop.get("/v1/programs").json["data"][0], name="Bob", email="Bob@mail.example")
    settle(shop)

    assert to_ada(shop) == ["Welcome: your first steps with Tea Shop"]
    assert [one.reason for one in messages(template="first_steps", status="skipped")] == ["suppressed: complaint"]


def test_a_complaint_about_one_email_stops_neither_signing_in_nor_warnings_and_a_bounce_does(shop):
    for name, event in (("bob", "complaint"), ("eve", "bounce")):
        shop.partner(shop.program(), name=name.title(), email=f"{name}@mail.example")
        shop.streams.run()
        complaint = {"complainedRecipients": [{"emailAddress": f"{name}@mail.example"}]}
        about = {"eventType": "Complaint", "complaint": complaint, "mail": {}}
        tell(shop, about if event == "complaint" else bounce(f"{name}@mail.example"))
    before = len(shop.emails())
    for partner in shop.get("/v1/partners").json["data"]:
        settings = {"locale": "en", "payout_email": "pay@mail.example"}
        assert shop.patch(f"/v1/partners/{partner['id']}", settings).status == 200
        send_link(partner["email"], at=shop.at)
    shop.streams.run()

    assert sorted(shop.emails()[before:]) == [
        ("Your payout details were changed", "Bob <bob@mail.example>"),
        ("Your sign-in link", "Bob <bob@mail.example>"),
    ]


# The program's own words, and its own sender


def put_words(shop, program, **changes):
    body = {
        "template": "first_steps",
        "language": "en",
        "subject": "Hi {{name}}",
        "text": "Come in.\n\n[Open]({{url}})",
    }
    return shop.post(f"/v1/programs/{program['id']}/emails", body | changes)


def test_a_program_says_it_in_its_own_words_and_can_have_ours_back(shop):
    program, other = shop.program(), shop.program(name="Other")
    assert put_words(shop, program).status == 201
    memory.forget_everything()
    shop.partner(program, programs=[program["id"], other["id"]])
    settle(shop)
    assert sorted(subjects(shop)) == ["Hi Ada", "Welcome: your first steps with Other"]

    view = shop.post(f"/v1/programs/{program['id']}/emails/restore", {"template": "first_steps", "language": "en"}).json
    again = shop.post(f"/v1/programs/{program['id']}/emails/restore", {"template": "first_steps", "language": "en"})
    shop.partner(program, name="Bob")
    settle(shop)

    assert (view["source"], again.status, again.json["code"]) == ("built_in", 404, "email_not_found")
    assert subjects(shop)[-1] == "Welcome: your first steps with Tea Shop"


def test_a_language_that_is_not_built_in_is_there_as_far_as_it_was_written(shop):
    program = shop.program(rules=SALES_ALONE)
    assert put_words(shop, program, language="fr", subject="Bienvenue, {{name}}", text="Bonjour {{name}}").status == 201
    assert put_words(shop, program, template="joined", subject="A friend joined", text="Thanks, {{name}}").status == 201
    memory.forget_everything()
    shop.lead(program, code=shop.link(program, shop.partner(program, locale="fr-CA"))["code"])
    shop.sale(program)
    settle(shop)

    assert sorted(to_ada(shop)) == ["A friend joined", "Bienvenue, Ada", "You earned $3.00 with Tea Shop"]
    pages = [one["Content"]["Simple"] for one in shop.mailbox.written]
    spoken = {one["Subject"]["Data"]: re.search(r'lang="(..)"', one["Body"]["Html"]["Data"])[1] for one in pages}
    assert (spoken["Bienvenue, Ada"], spoken["A friend joined"]) == ("fr", "en")


def test_a_name_that_an_email_does_not_have_is_refused_by_name_and_nothing_is_stored(shop):
    program = shop.program()

    unknown = put_words(shop, program, text="{{amuont}} is yours")
    elsewhere = put_words(shop, program, text="{{amount}} is yours")
    no_email = put_words(shop, program, template="birthday")
    script = put_words(shop, program, text="[x](javascript:alert`1`)")
    broken = put_words(shop, program, subject="a\r\nBcc: x@y.example")
    long = put_words(shop, program, text="x" * 10_001)

    assert (unknown.status, unknown.json["code"], unknown.json["name"]) == (422, "unknown_template_variable", "amuont")
    assert unknown.json["errors"][0]["pointer"] == "/text"
    assert elsewhere.json["name"] == "amount"
    assert (no_email.status, no_email.json["code"]) == (404, "email_not_found")
    assert {one.json["code"] for one in (script, broken, long)} == {"invalid_value"}
    listed = shop.get(f"/v1/programs/{program['id']}/emails").json["data"]
    assert {one["source"] for one in listed} == {"built_in"}
    names = next(one for one in listed if one["template"] == "earned")["names"]
    assert names == sorted(["name", "program", "url", "amount", "joined", "bought", "other"])


def test_an_email_can_be_looked_at_before_it_is_stored(shop):
    program = shop.program(name="<b>Tea & Co</b>")
    path = f"/v1/programs/{program['id']}/emails/preview"

    ours = shop.post(path, {"template": "monthly", "language": "de"}).json
    draft = shop.post(
        path, {"template": "earned", "subject": "Yay: {{amount}}", "text": "<i>{{program}}</i>\n\n[Go]({{url}})"}
    ).json
    wrong = shop.post(path, {"template": "earned", "text": "{{nobody}}"})

    assert ours["subject"] == "Ihr März 2026 bei <b>Tea & Co</b>"
    assert draft["subject"] == "Yay: $25.00"
    assert "&lt;i&gt;<bdi>&lt;b&gt;Tea &amp; Co&lt;/b&gt;</bdi>&lt;/i&gt;" in draft["html"]
    assert (wrong.status, wrong.json["code"]) == (422, "unknown_template_variable")
    assert shop.emails() == []
    listed = shop.get(f"/v1/programs/{program['id']}/emails?language=fr").json["data"]
    assert {one["source"] for one in listed} == {"fallback"}


def test_emails_come_from_the_programs_own_sender_if_it_has_one(shop):
    program = shop.program()
    shop.partner(program)
    settle(shop)
    deployment = last_to(shop, "ada@")
    shop.verify_sender("tea@shop.example")
    own = {"name": "Tea, at the Shop", "email": "tea@shop.example", "reply_to": "help@shop.example"}
    answer = shop.post(f"/v1/programs/{program['id']}/sender", own)
    memory.forget_everything()
    shop.partner(program, name="Bob")
    settle(shop)
    email = last_to(shop, "Bob")

    assert (deployment["FromEmailAddress"], deployment.get("ReplyToAddresses")) == ("Goodword <hello@go.example>", None)
    assert answer.json == shop.get(f"/v1/programs/{program['id']}/sender").json
    assert email["FromEmailAddress"] == '"Tea, at the Shop" <tea@shop.example>'
    assert email["ReplyToAddresses"] == ["help@shop.example"]
    for wrong in ({"email": None, "name": "x"}, {"email": "x\r\nBcc: y"}, {"email": "a@b.example", "name": "a\nb"}):
        assert shop.post(f"/v1/programs/{program['id']}/sender", wrong).status == 422
    shop.post(f"/v1/programs/{program['id']}/sender", {"email": None})
    assert shop.get(f"/v1/programs/{program['id']}/sender").json["email"] is None


def test_hostile_names_are_harmless_in_every_header_and_page(shop):
    program = shop.program(name="</title><script>alert(1)</script>")
    shop.partner(program, name="\u202eevil\u2028<img src=x onerror=alert(1)>")
    settle(shop)

    email = last_to(shop, "ada@")
    simple = email["Content"]["Simple"]
    assert "<script" not in simple["Body"]["Html"]["Data"]
    assert "<img" not in simple["Body"]["Html"]["Data"]
    for header in (simple["Subject"]["Data"], email["Destination"]["ToAddresses"][0]):
        assert not re.search(r"[\r\n\u202e\u2028]", header)


def test_scheduled_emails_are_listed_and_one_is_found_by_its_id(shop):
    shop.partner(shop.program())
    shop.streams.run()

    listed, path = [], "/v1/messages?status=scheduled"
    cursor = ""
    while cursor is not None:
        page = shop.get(path + (f"&cursor={cursor}" if cursor else "")).json
        listed += page["data"]
        cursor = page["next_cursor"]

    assert sorted(one["template"] for one in listed) == ["follow_up", "last_follow_up"]
    assert {one["send_at"][:10] for one in listed} == {
        (shop.at + timedelta(days=days)).date().isoformat() for days in (3, 14)
    }
    assert shop.post(f"/v1/messages/{listed[0]['id']}/retry").status == 200
