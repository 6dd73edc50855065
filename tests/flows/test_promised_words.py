"""A partner who introduced somebody hears at least every other week; who owes them a word hears of it each morning."""

import random
from datetime import timedelta
from itertools import pairwise

import pytest

from chalicelib.introductions.check import check_introductions
from chalicelib.introductions.find import list_steps
from chalicelib.introductions.keep_promises import keep_promises
from chalicelib.introductions.owed import list_owed
from chalicelib.introductions.states import OPEN
from chalicelib.introductions.steps import SILENCE
from chalicelib.kit import instants
from tests.emails import settle
from tests.flows.test_introduction_emails import sent  # noqa: F401
from tests.introduced import do, introduce, open_for_introductions, see
from tests.ready import DEPUTY, OWNER, have_people


@pytest.fixture
def tea(shop):
    have_people(shop)
    return open_for_introductions(shop.program(), deputy=DEPUTY)


@pytest.fixture
def received(shop, tea):
    return introduce(shop, tea, shop.partner(tea)).json


def owed(program):
    return [row.id for row in list_owed(program["id"], most=10)]


def words_to(introduction):
    return [(step.by, step.reason) for step in list_steps(introduction["id"])]


@pytest.mark.moto
def test_an_answer_is_owed_once_its_promise_is_over_and_the_partner_hears_that_nothing_is_new(shop, tea, received):
    promised = instants.parse(received["respond_by"])
    assert received["next_word_by"] == received["respond_by"]
    shop.at = promised - timedelta(seconds=1)
    assert keep_promises(at=shop.at) == 0
    assert owed(tea) == []

    shop.at = promised
    assert keep_promises(at=shop.at) == 1
    assert keep_promises(at=shop.at) == 0

    assert words_to(received)[-1] == ("time", "nothing_new")
    assert owed(tea) == [received["id"]]
    assert instants.parse(see(shop, received)["next_word_by"]) == shop.at + SILENCE
    assert do(shop, received, "accept").json["state"] == "accepted"
    assert owed(tea) == []


def test_a_word_can_be_promised_for_a_day_within_two_weeks_and_for_none_beyond(shop, tea, received):
    soon, late = (instants.text(shop.at + timedelta(days=days)) for days in (3, 15))
    assert do(shop, received, "accept", next_word_by=late).json["errors"][0]["pointer"] == "/next_word_by"
    past = instants.text(shop.at - timedelta(days=1))
    assert do(shop, received, "accept", next_word_by=past).status == 422

    accepted = do(shop, received, "accept", next_word_by=soon).json
    assert accepted["next_word_by"] == soon
    moved = do(shop, received, "move", state="meeting", next_word_by=soon).json
    assert moved["next_word_by"] == soon
    word = do(shop, received, "word", words="We meet on Friday.", next_word_by=soon).json
    assert (word["next_word_by"], word["state"]) == (soon, "meeting")
    assert words_to(received)[-1] == ("business", None)


def test_a_promised_word_that_does_not_come_is_owed_and_any_word_settles_that(shop, tea, received):
    do(shop, received, "accept", next_word_by=instants.text(shop.at + timedelta(days=3)))
    shop.wait(days=2, hours=1)
    assert keep_promises(at=shop.at) == 1
    assert owed(tea) == [received["id"]]
    assert see(shop, received)["state"] == "accepted"

    do(shop, received, "word", words="Still no answer from her.")
    assert owed(tea) == []


def test_who_waits_behind_another_hears_too_and_nobody_owes_them_a_word(shop, tea, received):
    second = introduce(shop, tea, shop.partner(tea, external_id="bob")).json
    do(shop, received, "accept")
    shop.wait(days=13, hours=1)

    assert keep_promises(at=shop.at) == 2
    assert words_to(second)[-1] == ("time", "nothing_new")
    assert owed(tea) == [received["id"]]


def test_a_word_that_comes_while_the_walk_runs_is_not_followed_by_another(shop, tea, received):
    shop.at = instants.parse(received["respond_by"])
    do(shop, received, "accept")

    assert keep_promises(at=shop.at) == 0


@pytest.mark.moto
def test_the_owner_hears_each_morning_what_is_overdue_and_from_the_second_day_the_deputy(shop, tea, received):
    def mornings(address):
        settle(shop)
        return [subject for subject, to in shop.emails() if to == address and "wait" in subject]

    shop.at = instants.parse(received["respond_by"])
    for _ in range(2):
        shop.run_schedule("check_introductions")
    assert mornings(OWNER) == []

    shop.at += timedelta(hours=8)
    for _ in range(3):
        shop.run_schedule("check_introductions")
        shop.wait(minutes=15)
    assert mornings(OWNER) == ["1 partner of Tea Shop waits for an update"]
    assert mornings(DEPUTY) == []
    shop.wait(days=1)
    shop.run_schedule("check_introductions")
    assert len(mornings(OWNER)) == 2
    assert len(mornings(DEPUTY)) == 1
    do(shop, received, "word", words="On Monday.")
    shop.wait(days=1)
    shop.run_schedule("check_introductions")
    assert (len(mornings(OWNER)), len(mornings(DEPUTY))) == (2, 1)


@pytest.mark.parametrize(
    ("locale", "line"),
    [
        ("en", "Introduced: Grace Hopper (since Mar 13, 2026)"),
        ("de", "Vorgestellt: Grace Hopper (seit dem 13. März 2026)"),
    ],
)
def test_the_morning_email_says_since_when_each_partner_waits_in_the_readers_language(
    shop,
    tea,
    received,
    sent,  # noqa: F811
    locale,
    line,
):
    owner = next(one for one in shop.get("/v1/users").json["data"] if one["email"] == OWNER)
    assert shop.patch(f"/v1/users/{owner['id']}", {"locale": locale}).status == 200
    shop.at = instants.parse(received["respond_by"]) + timedelta(hours=8)
    shop.run_schedule("check_introductions")
    settle(shop)
    [text] = [email.text for to, email, _ in sent if to == OWNER and "Grace Hopper (" in email.text]
    assert line in text.replace("\xa0", " ")


def test_a_morning_email_that_was_answered_before_it_is_sent_is_left_out(shop, tea, received):
    shop.at = instants.parse(received["respond_by"]) + timedelta(hours=8)
    shop.run_schedule("check_introductions")
    do(shop, received, "accept")
    settle(shop)

    assert [to for subject, to in shop.emails() if "wait" in subject] == []


@pytest.mark.slow
def test_in_two_years_no_partner_ever_waits_longer_than_two_weeks(shop, tea):
    """The business answers at random, mostly late or never; the walk runs when it can, at least once in 23 hours."""
    chance = random.Random(7)
    partners = [shop.partner(tea, external_id=f"partner-{number}") for number in range(3)]
    introductions, begun = [], shop.at
    while shop.at < begun + timedelta(days=730):
        shop.wait(hours=chance.choice([5, 17, 23]))
        if chance.random() < 0.03:
            email = f"person-{chance.randrange(6)}@navy.example"
            answer = introduce(shop, tea, chance.choice(partners), email)
            introductions += [answer.json] if answer.status == 201 else []
        if introductions and chance.random() < 0.04:
            one = chance.choice(introductions[-6:])
            verb, body = chance.choice([("accept", {}), ("move", {"state": "meeting"}), ("word", {"words": "Soon."})])
            do(shop, one, verb, **body)
        check_introductions(at=shop.at)
        keep_promises(at=shop.at)
    gaps, open_now = [], 0
    for one in introductions:
        steps = list_steps(one["id"])
        moments = [step.at for step in steps]
        if steps[-1].to_state in OPEN:
            moments.append(shop.at)
            open_now += 1
        gaps += [after - before for before, after in pairwise(moments)]
    assert len(introductions) > 15
    assert len(gaps) > 60
    assert max(gaps) <= SILENCE


def test_overdue_words_and_due_thanks_are_on_the_page_of_who_needs_attention(shop, admin, tea, received):
    path = f"/admin/programs/{tea['id']}/check-ins"
    assert "Partners who wait to hear from you" not in admin.get(path).body
    assert "Thanks that are due" in admin.get(path).body
    shop.at = instants.parse(received["respond_by"])
    keep_promises(at=shop.at)
    assert admin.send("/admin/sign-in", key=shop.key).status == 303

    before = len(shop.line.calls)
    page = admin.get(path)

    assert "Grace Hopper" in page.body
    assert f"/admin/introductions/{received['id']}" in page.body
    assert len(shop.line.calls) - before <= 30


@pytest.mark.moto
def test_the_partner_is_emailed_that_nothing_is_new_unless_another_word_comes_first(shop, tea, received):
    def emailed():
        settle(shop)
        return [to for subject, to in shop.emails() if subject == "Nothing new about Grace Hopper yet"]

    do(shop, received, "accept")
    settle(shop)
    shop.wait(days=13, hours=1)
    keep_promises(at=shop.at)
    assert emailed() == ["Ada <ada@mail.example>"]
    shop.wait(days=13, hours=1)
    keep_promises(at=shop.at)
    do(shop, received, "word", words="She reads our proposal.")
    assert emailed() == ["Ada <ada@mail.example>"]
