"""Forms that anybody may send are no way to write to somebody else: seldom, and never in the sender's words."""

import pytest

from tests.flows.test_joining import join

PHISHING = "Your account is locked: visit https://evil.example/verify now"


def written(shop):
    """Return each email that was sent: to whom, its subject and its text."""
    emails = [(one["Destination"]["ToAddresses"][0], one["Content"]["Simple"]) for one in shop.mailbox.written]
    return [
        (to, one["Subject"]["Data"], one["Body"]["Text"]["Data"], one["Body"]["Html"]["Data"]) for to, one in emails
    ]


def months_later(shop):
    for _ in range(6):
        shop.streams.run()
        shop.wait(days=3)
        shop.run_schedule("send_scheduled")
    shop.streams.run()


def test_no_text_entered_in_a_join_form_is_in_the_email_to_the_entered_address(shop):
    program = shop.program(joining="open")

    assert join(shop, program, name=PHISHING, email="victim@mail.example").status == 303
    months_later(shop)

    emails = written(shop)
    assert emails[0][1] == "Welcome: your first steps with Tea Shop"
    assert len(emails) == 3
    for words in emails:
        assert not any("evil" in part or "locked" in part for part in words)
    assert emails[0][2].startswith("Hello there,")


@pytest.mark.parametrize(
    "address",
    [
        pytest.param(lambda _: "victim@mail.example", id="the same address"),
        pytest.param(lambda n: f"victim+{n}@mail.example", id="tags of one mailbox"),
        pytest.param(lambda n: f"vic{'.' * (n % 2)}tim+{n}@gmail.com", id="dots of one mailbox"),
    ],
)
def test_however_often_forms_are_sent_with_addresses_of_one_mailbox_it_is_greeted_once(shop, address):
    programs = [shop.program(joining="open") for _ in range(3)]

    for number in range(12):
        shop.wait(seconds=1)
        assert join(shop, programs[number % 3], name=PHISHING, email=address(number)).status == 303
    months_later(shop)

    subjects = [subject for _, subject, _, _ in written(shop)]
    assert sum("first steps" in subject for subject in subjects) == 1
    # An address that is known gets the link of its page besides, once a day and program.
    assert len(subjects) <= 3 + 3
    assert not any("evil" in part for words in written(shop) for part in words)


def test_a_partner_who_joins_with_their_own_address_is_welcomed_and_reminded(shop):
    program = shop.program(joining="open")

    join(shop, program, name="Bea", email="bea@mail.example")
    shop.wait(days=1)
    join(shop, program, name="Carl", email="carl@mail.example")
    months_later(shop)

    assert len(written(shop)) == 6


def test_the_email_about_a_refused_application_contains_no_entered_text(shop):
    program = shop.program(joining="approval")
    join(shop, program, name=PHISHING, email="victim@mail.example")
    [application] = shop.get(f"/v1/applications?program={program['id']}").json["data"]

    shop.post(f"/v1/applications/{application['id']}/refuse", {"note": "not this time"})
    shop.streams.run()

    [words] = written(shop)
    assert not any("evil" in part or "locked" in part for part in words)


def test_a_partners_name_makes_no_link_in_an_email_to_their_friends(shop):
    program = shop.program()
    partner = shop.partner(program, name="Claim at www.evil.example or evil.example/x")
    shop.lead(program, code=shop.link(program, partner)["code"])
    shop.streams.run()

    texts = [text for _, subject, text, _ in written(shop) if "Welcome to" in subject]
    assert len(texts) == 1
    assert "Claim at or put in a good word" in texts[0]
