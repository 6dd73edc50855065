"""Joining: by the open door, by approval, by invitation; once, and without telling who is known."""

from datetime import timedelta
from urllib.parse import parse_qs, urlencode, urlsplit

import boto3
import pytest
from chalice.local import LambdaEventConverter

from chalicelib.access.sessions import begin
from chalicelib.kit import memory
from chalicelib.onboarding import join as joining
from chalicelib.partners import find as partners
from tests.forms import Browser
from tests.reading import read

ENGLISH = {"Accept-Language": "en"}
FORM = {"Content-Type": "application/x-www-form-urlencoded", **ENGLISH}


def hidden(page):
    return read(page.body).hidden("form")


def send(shop, path, page, **fields):
    """Fill in the form of a page and send it."""
    body = {"form": hidden(page), "name": "Bea", "email": "bea@mail.example", "agree": "1"} | fields
    return shop.post(path, urlencode({name: value for name, value in body.items() if value}).encode(), headers=FORM)


def join(shop, program, **fields):
    path = f"/join/{program['id']}"
    return send(shop, path, shop.get(path, headers=ENGLISH), **fields)


def share_path(answer):
    assert answer.status == 303, answer.body
    return answer.headers["Location"].removeprefix("https://go.example")


def invite(shop, program, *people):
    answer = shop.post("/v1/invitations", {"program": program["id"], "invitations": list(people)})
    assert answer.status == 200, answer.body
    return [one["result"] for one in answer.json["data"]]


def test_the_join_page_says_what_both_get_and_ends_on_the_share_page(shop):
    program = shop.program(joining="open")

    page = shop.get(program["join_url"].removeprefix("https://go.example"), headers=ENGLISH)
    joined = send(shop, f"/join/{program['id']}", page)

    assert page.status == 200
    assert "You get $2.00 for every friend who signs up and 15% of what your friends buy." in page.body
    assert "Your friend gets $5.00 for every purchase." in page.body
    assert f'href="https://go.example/terms/{program["id"]}-1?lang=en"' in page.body
    share_page = shop.get(share_path(joined))
    assert "Hello Bea" in share_page.body
    assert "You agreed to version 1 on Mar\u00a010,\u00a02026." in share_page.body


def test_what_was_agreed_to_is_stored_and_can_be_read_and_checked(shop):
    program = shop.program(joining="open", words="Be kind.\n\nTell only friends.", hold_days=14)
    join(shop, program)
    shop.post(f"/v1/programs/{program['id']}/terms", {"rules": []})
    [profile] = partners.find_by_address("BEA@mail.example")

    onboarding = shop.get(f"/v1/partners/{profile.partner.id}/onboarding").json
    terms = shop.get(f"/terms/{program['id']}-1", headers=ENGLISH)

    assert onboarding["agreed_version"] == 1
    assert onboarding["agreed_hash"] in terms.body
    assert "A reward is pending for 14 days; then it is ready." in terms.body
    assert "<p>Tell only friends.</p>" in terms.body
    assert {shop.get(f"/terms/{name}").status for name in ("x", f"{program['id']}-9", f"{program['id']}-x")} == {404}


def test_terms_can_be_read_by_everybody_from_their_date_on_and_by_admins_before(shop):
    program, admin, anybody = shop.program(), Browser(shop), Browser(shop)
    ada = Browser(shop)
    ada.cookies["__Host-goodword"] = begin(shop.partner(program)["id"], lasting=timedelta(days=1), at=shop.at).cookie
    admin.send("/admin/sign-in", key=shop.key)
    later = {"rules": [{"on": "sale", "to": "referrer", "rate_bp": 7777}], "window_days": 90}
    shop.post(f"/v1/programs/{program['id']}/terms", later | {"effective_from": "2026-04-01T00:00:00Z"})
    page, script = f"/terms/{program['id']}-2", f"/goodword.js?program={program['id']}"

    before = {"anybody": anybody.get(page), "ada": ada.get(page), "admin": admin.get(page)}
    window = shop.get(script).body
    ada.cookies["__Host-goodword-admin"] = ada.cookies["__Host-goodword"]
    forged = ada.get(page)
    shop.wait(days=22)

    assert {name: answer.status for name, answer in before.items()} == {"anybody": 404, "ada": 404, "admin": 200}
    assert before["anybody"].body == anybody.get(f"/terms/{program['id']}-9").body
    assert forged.status == 404
    assert "77.77" in before["admin"].body
    assert '"window_days": 90' not in window
    assert anybody.get(page).status == 200
    assert '"window_days": 90' in shop.get(script).body
    # Still read by everybody once others have taken their place.
    assert anybody.get(f"/terms/{program['id']}-1").status == 200


def test_a_form_sent_twice_makes_one_partner(shop):
    program = shop.program(joining="open")
    path = f"/join/{program['id']}"
    page = shop.get(path)

    first, second = send(shop, path, page), send(shop, path, page)

    assert share_path(first) == share_path(second)
    assert len(shop.get("/v1/partners").json["data"]) == 1


def test_nobody_learns_whether_an_address_is_known_and_who_has_it_gets_their_link_by_email(shop):
    program = shop.program(joining="open")
    ada = shop.partner(program)
    shop.streams.run()

    taken = join(shop, program, email="Ada@Mail.example", name="Mallory")
    again = join(shop, program, email="ada@mail.example", name="Mallory")
    unknown = join(shop, program, email="eve@mail.example", name="Mallory")
    shop.streams.run()

    assert {answer.status for answer in (taken, again, unknown)} == {303}
    own = ada["enrollments"][0]["share_url"]
    assert own not in {answer.headers["Location"] for answer in (taken, again, unknown)}
    assert "Ada" not in shop.get(share_path(taken)).body
    emails = shop.emails()
    assert emails.count(("Your page at Tea Shop", "Ada <ada@mail.example>")) == 1
    # Who came as Eve is greeted like anybody; whether the address was known is not said.
    assert [subject for subject, to in emails if "eve" in to] == ["Welcome: your first steps with Tea Shop"]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        pytest.param({"name": ""}, "Please enter a name", id="no name"),
        pytest.param({"name": "x" * 101}, "Please enter a name", id="a long name"),
        pytest.param({"email": "bea"}, "Please enter an email address", id="no address"),
        pytest.param({"email": "a@b.example\r\nBcc: x@y.example"}, "Please enter an email address", id="two lines"),
        pytest.param({"agree": ""}, "Please agree", id="no agreement"),
        pytest.param({"agree": "2"}, "the terms have changed", id="other terms"),
        pytest.param({"form": "x" * 48}, "open too long", id="a form of somebody else's"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_lost(shop, fields, message):
    program = shop.program(joining="open")

    answer = join(shop, program, **fields)

    assert answer.status == 422
    assert message in answer.body
    assert read(answer.body).field("Your name") == fields.get("name", "Bea")[:100]
    assert shop.get("/v1/partners").json["data"] == []


def test_a_form_is_good_for_a_day_and_for_its_program_only(shop):
    program, other = shop.program(joining="open"), shop.program(joining="open")
    path = f"/join/{program['id']}"
    page = shop.get(path)

    elsewhere = send(shop, f"/join/{other['id']}", page)
    shop.wait(hours=25)
    late = send(shop, path, page)

    assert (elsewhere.status, late.status) == (422, 422)


def test_a_closed_program_lets_nobody_in_without_an_invitation(shop):
    program, open_one = shop.program(), shop.program(joining="open")
    path = f"/join/{program['id']}"

    page = shop.get(path, headers=ENGLISH)
    sent = send(shop, path, shop.get(f"/join/{open_one['id']}"))

    assert "This program is by invitation only." in page.body
    assert "<form" not in page.body
    assert "This program is by invitation only." in sent.body
    assert shop.get("/v1/partners").json["data"] == []
    assert shop.get("/join/prg_nobodys").status == 404


def test_whoever_takes_part_is_led_to_sign_in_from_a_closed_page_and_promised_no_email(shop):
    """Not every email of ours has the link to one's page: that to sign in has none."""
    program = shop.program(joining="closed")

    english, german = (
        shop.get(f"/join/{program['id']}", headers={"Accept-Language": tag}).body for tag in ("en", "de")
    )

    assert "Members find the link to their page by signing in." in english
    assert "Wer mitmacht, findet den Link zur eigenen Seite nach dem Anmelden." in german
    for page in (english, german):
        assert "/portal" in page
        assert "in our emails" not in page
        assert "in unseren E-Mails" not in page


def test_an_invitation_is_one_email_and_opens_a_closed_program_once(shop):
    program = shop.program()
    results = [
        invite(shop, program, {"email": "bea@mail.example", "name": "Bea", "locale": "de"}),
        invite(shop, program, {"email": "BEA@mail.example"}, {"email": "bea@mail.example"}),
    ]
    shop.streams.run()
    path = invitation_path(shop, program)

    page = shop.get(path)
    joined = send(shop, path, page)
    repeated = send(shop, path, page)
    forwarded = shop.get(path)
    [invitation] = shop.get(f"/v1/invitations?program={program['id']}").json["data"]

    assert results == [["invited"], ["invited_before", "named_twice"]]
    assert shop.emails() == [("Tea Shop lädt Sie ein mitzumachen", "Bea <bea@mail.example>")]
    assert read(page.body).field("Ihre E-Mail-Adresse") == "bea@mail.example"
    assert "Sie sind eingeladen." in page.body
    assert share_path(joined) == share_path(repeated)
    assert (forwarded.status, "<form" in forwarded.body) == (410, False)
    assert invitation["accepted_at"] is not None
    assert shop.get(f"/v1/partners/{invitation['partner']}").json["locale"] == "de"
    assert invite(shop, program, {"email": "bea@mail.example"}) == ["partner_already"]


def test_the_address_of_a_banned_partner_is_not_invited_and_the_answer_and_the_page_say_so(shop, admin):
    program = shop.program(joining="closed")
    bea = shop.partner(shop.program(), name="Bea", email="bea@mail.example")
    assert shop.post(f"/v1/partners/{bea['id']}/ban", {"reason": "fraud"}).status == 200

    results = invite(
        shop, program, {"email": "bea@mail.example"}, {"email": "Bea@mail.example"}, {"email": "cy@m.example"}
    )
    path = f"/admin/programs/{program['id']}/joining"
    answer = admin.send(path, action="invite", email="bea@mail.example")

    assert results == ["banned", "named_twice", "invited"]
    assert [one["email"] for one in shop.get(f"/v1/invitations?program={program['id']}").json["data"]] == [
        "cy@m.example"
    ]
    assert "bea@mail.example could not be invited (banned)." in admin.get(answer.headers["Location"]).body
    shop.settle()
    assert "bea@mail.example" not in [address for _, address in shop.emails()]
    assert shop.post(f"/v1/partners/{bea['id']}/reactivate", {}).status == 200
    assert invite(shop, program, {"email": "bea@mail.example"}) == ["invited"]


def test_a_used_invitation_says_so_where_one_may_join_without_it(shop):
    program = shop.program(joining="approval")
    invite(shop, program, {"email": "bea@mail.example", "name": "Bea"})
    path = invitation_path(shop, program)
    fresh = shop.get(path)
    send(shop, path, fresh)

    used = shop.get(path)

    assert "You are invited." in fresh.body
    assert "This invitation has already been used." not in fresh.body
    assert "This invitation has already been used." in used.body
    assert "You are invited." not in used.body
    assert 'href="https://go.example/portal"' in used.body


def invitation_path(shop, program):
    from chalicelib.onboarding.invitations import list_page
    from chalicelib.partners.tokens import invitation_url

    [invitation], _ = list_page(program["id"], limit=1, position=None)
    parts = urlsplit(invitation_url(invitation))
    assert set(parse_qs(parts.query)) == {"invited"}
    return f"{parts.path}?{parts.query}"


def test_an_invited_partner_of_another_program_takes_part_as_themselves(shop):
    first, second = shop.program(), shop.program()
    ada = shop.partner(first)
    invite(shop, second, {"email": "ada@mail.example"})
    path = invitation_path(shop, second)

    joined = send(shop, path, shop.get(path), email="ada@mail.example", name="Ada")

    assert shop.get(share_path(joined)).status == 200
    programs = {one["program"] for one in shop.get(f"/v1/partners/{ada['id']}").json["enrollments"]}
    assert programs == {first["id"], second["id"]}


def test_an_invitation_forged_or_of_another_program_opens_nothing(shop):
    program, other = shop.program(), shop.program()
    invite(shop, program, {"email": "bea@mail.example"})
    path = invitation_path(shop, program)

    forged = [path[:-1], path + "A", path.replace(program["id"], other["id"]), path.split("=")[0] + "=é"]

    assert all("<form" not in shop.get(one).body for one in forged)


def test_an_application_is_approved_or_refused_once_and_they_hear_of_it(shop):
    program = shop.program(joining="approval")
    answers = [join(shop, program), join(shop, program), join(shop, program, email="eve@mail.example", name="Eve")]
    pending = {one["email"]: one for one in shop.get(f"/v1/applications?program={program['id']}").json["data"]}
    bea, eve = pending["bea@mail.example"], pending["eve@mail.example"]

    approved = [shop.post(f"/v1/applications/{bea['id']}/approve") for _ in range(2)]
    refused = shop.post(f"/v1/applications/{eve['id']}/refuse", {"note": "no customer of ours"})
    changed = shop.post(f"/v1/applications/{eve['id']}/approve")
    shop.streams.run()

    assert {(one.status, "Thank you, your application is in." in one.body) for one in answers} == {(200, True)}
    assert [one.json["status"] for one in approved] == ["approved", "approved"]
    assert approved[0].json["partner"] == approved[1].json["partner"]
    assert (refused.json["note"]["words"], changed.status, changed.json["code"]) == (
        "no customer of ours",
        409,
        "application_decided",
    )
    assert shop.get(f"/v1/applications?program={program['id']}").json["data"] == []
    assert shop.get(f"/v1/partners/{approved[0].json['partner']}").json["name"] == "Bea"
    assert sorted(shop.emails()) == [
        ("You were accepted: welcome to Tea Shop", "Bea <bea@mail.example>"),
        # Whose name that is, nobody has looked at.
        ("Your application to Tea Shop", "eve@mail.example"),
    ]
    assert "no customer of ours" not in str(shop.emails())


def test_a_pending_application_is_stored_under_the_name_that_the_first_ones_had(shop):
    program = shop.program(joining="approval")
    join(shop, program)

    [row] = [row for row in shop.rows("partners") if row["kind"] == {"S": "application"}]
    [listed] = shop.get(f"/v1/applications?program={program['id']}&status=pending").json["data"]

    assert (row["status"], row["enrolled_in"]) == ({"S": "waiting"}, {"S": f"waiting#{program['id']}"})
    assert listed["status"] == "pending"
    assert shop.post(f"/v1/applications/{listed['id']}/approve").json["status"] == "approved"


def test_who_takes_part_already_and_asks_again_gets_their_link_and_no_application(shop):
    program = shop.program(joining="approval")
    shop.partner(program)

    answer = join(shop, program, email="ada@mail.example")
    shop.streams.run()

    assert "Thank you, your application is in." in answer.body
    assert shop.get(f"/v1/applications?program={program['id']}").json["data"] == []
    assert sorted(shop.emails()) == [
        ("Welcome: your first steps with Tea Shop", "Ada <ada@mail.example>"),
        ("Your page at Tea Shop", "Ada <ada@mail.example>"),
    ]


def test_a_csv_file_invites_many_and_names_the_line_that_is_wrong(shop):
    program = shop.program()
    path = f"/v1/invitations/csv?program={program['id']}"
    csv = {"Content-Type": "text/csv"}

    good = shop.post(
        path, '\ufeffemail,name\r\na@mail.example,"Ada, L."\r\n\r\nb@mail.example,\r\n'.encode(), headers=csv
    )
    bad = shop.post(path, b"email,name\na@mail.example,Ada\nnobody,Bob\n", headers=csv)
    columns = shop.post(path, b"email,salary\na@mail.example,1\n", headers=csv)

    assert [one["result"] for one in good.json["data"]] == ["invited", "invited"]
    assert good.json["data"][0]["invitation"]["name"] == "Ada, L."
    assert (bad.status, bad.json["errors"][0]["pointer"]) == (422, "/3/email")
    assert (columns.status, columns.json["errors"][0]["pointer"]) == (422, "/1")
    assert len(shop.get(f"/v1/invitations?program={program['id']}").json["data"]) == 2


def test_a_csv_file_that_excel_saved_in_german_invites_and_every_line_that_is_wrong_is_named(shop):
    program = shop.program()
    path = f"/v1/invitations/csv?program={program['id']}"
    csv = {"Content-Type": "text/csv"}

    good = shop.post(path, "\ufeffEmail;Name;Locale;;\r\na@mail.example;Ömer;de;;\r\n".encode(), headers=csv)
    bad = shop.post(path, b"email;name\nnobody;Bob\na@mail.example;Ada\nx;;y\n@;Eve\n", headers=csv)
    columns = shop.post(path, b"E-Mail;Name\na@mail.example;Ada\n", headers=csv)
    encoded = shop.post(path, "email;name\na@mail.example;Ömer\n".encode("cp1252"), headers=csv)

    assert good.json["data"][0]["result"] == "invited"
    assert good.json["data"][0]["invitation"]["name"] == "Ömer"
    assert [one["pointer"] for one in bad.json["errors"]] == ["/2/email", "/4", "/5/email"]
    assert columns.json["errors"][0]["detail"].endswith("It names: e-mail, name.")
    assert (encoded.status, encoded.json["code"]) == (400, "invalid_json")
    assert "CSV UTF-8" in encoded.json["detail"]


def test_a_program_can_open_its_door_and_choose_its_words(shop):
    program = shop.program()
    path = f"/v1/programs/{program['id']}"
    texts = {"en": {"message": "{{name}} says: try {{program}}! {{friend_gets}}", "whatsapp": "Go: {{link}}"}}

    changed = shop.patch(path, {"joining": "open", "share_texts": texts})
    refused = shop.patch(path, {"share_texts": {"en": {"sms": "{{password}}"}}})
    memory.forget_everything()
    ada = shop.partner(program)
    link = shop.link(program, ada)
    page = shop.get(ada["enrollments"][0]["share_url"].removeprefix("https://go.example"))

    assert (changed.json["joining"], changed.json["origins"]) == ("open", [])
    assert (refused.status, refused.json["errors"][0]["pointer"]) == (422, "/share_texts/en/sms")
    assert "'password'" in refused.json["detail"]
    assert "Ada says: try Tea Shop! You get $5.00 for every purchase." in page.body
    assert f'https://wa.me/?text=Go%3A%20https%3A%2F%2Fgo.example%2F{link["code"]}"' in page.body


@pytest.fixture
def comes_from(monkeypatch):
    """Say from which address the next requests come, as API Gateway would."""
    return lambda address: monkeypatch.setattr(LambdaEventConverter, "LOCAL_SOURCE_IP", address)


def flood(shop, program, how_many):
    """Join so many times with an address of one's own each, and return the statuses."""
    return [join(shop, program, email=f"bot{number}@mail.example").status for number in range(how_many)]


def test_from_one_address_so_many_join_in_an_hour_and_others_still_may(shop, monkeypatch, comes_from):
    monkeypatch.setattr(joining, "MOST_OF_A_VISITOR", 3)
    program = shop.program(joining="open")
    shop.wait(minutes=50)

    assert flood(shop, program, 3) == [303] * 3
    refused = join(shop, program, email="late@mail.example", name="Late")
    comes_from("203.0.113.9")
    other = join(shop, program, email="other@mail.example")
    comes_from("127.0.0.1")
    shop.wait(minutes=10)
    later = join(shop, program, email="late@mail.example")

    assert (refused.status, refused.headers["Retry-After"]) == (429, "600")
    assert "send this again in 10 minutes" in refused.body
    # What was typed is still there, to be sent again.
    typed = read(refused.body)
    assert [typed.field(label) for label in ("Your name", "Your email address")] == ["Late", "late@mail.example"]
    assert typed.field("I agree to the")
    assert (other.status, later.status) == (303, 303)


def test_a_program_is_joined_so_often_in_an_hour_whoever_comes_and_nothing_else_is_stored(
    shop, monkeypatch, comes_from
):
    monkeypatch.setattr(joining, "MOST_OF_A_PROGRAM", 2)
    program, other = shop.program(joining="open"), shop.program(joining="approval")
    invite(shop, program, {"email": "bea@mail.example"})
    ada = shop.partner(program)
    shop.streams.run()
    for number in range(2):
        comes_from(f"203.0.113.{number}")
        assert flood(shop, program, 1) == [303]

    comes_from("203.0.113.9")
    refused = join(shop, program, email=ada["email"])
    elsewhere = join(shop, other)
    path = invitation_path(shop, program)
    invited = send(shop, path, shop.get(path))
    shop.streams.run()

    assert refused.status == 429
    assert len(shop.get("/v1/partners").json["data"]) == 4
    assert ("Your page at Tea Shop", "Ada <ada@mail.example>") not in shop.emails()
    # Another program has a count of its own, and whoever was invited is let in once in any case.
    assert (elsewhere.status, invited.status) == (200, 303)


def test_applications_are_counted_too(shop, monkeypatch):
    monkeypatch.setattr(joining, "MOST_OF_A_VISITOR", 1)
    program = shop.program(joining="approval")

    assert flood(shop, program, 2) == [200, 429]
    assert len(shop.get(f"/v1/applications?program={program['id']}").json["data"]) == 1


def test_of_ipv6_a_whole_network_counts_as_one_visitor(shop, monkeypatch, comes_from):
    monkeypatch.setattr(joining, "MOST_OF_A_VISITOR", 1)
    program = shop.program(joining="open")
    statuses = []
    # Whoever has one IPv6 connection may have 256 networks of 64 bits.
    for address in ("2001:db8:1:2::1", "2001:db8:1:3:ffff::9", "2001:db8:1:103::1"):
        comes_from(address)
        statuses += flood(shop, program, 1)

    assert statuses == [303, 429, 303]


@pytest.mark.parametrize("header", ["CloudFront-Viewer-Address", "X-Goodword-Viewer"])
@pytest.mark.parametrize("trusted", [True, False])
def test_behind_a_trusted_front_visitors_are_limited_each_by_themselves(shop, monkeypatch, header, trusted):
    monkeypatch.setattr(joining, "MOST_OF_A_VISITOR", 1)
    monkeypatch.setenv("GOODWORD_FRONT_SECRETS", "s" * 32)
    program = shop.program(joining="open")
    path, port = f"/join/{program['id']}", ":443" if header.startswith("Cloud") else ""
    statuses = []
    for number, viewer in enumerate(["198.51.100.1", "198.51.100.1", "198.51.100.2"]):
        claims = {header: viewer + port, "X-Goodword-Front": "s" * 32 if trusted else "guessed"}
        fields = {"form": hidden(shop.get(path)), "name": "Bea", "email": f"b{number}@mail.example", "agree": "1"}
        statuses.append(shop.post(path, urlencode(fields).encode(), headers=FORM | claims).status)

    assert statuses == ([303, 429, 303] if trusted else [303, 429, 429])


def test_no_row_holds_where_somebody_came_from(shop, comes_from):
    comes_from("203.0.113.77")
    program = shop.program(joining="open")
    assert flood(shop, program, 1) == [303]

    dynamodb = boto3.client("dynamodb")
    rows = [dynamodb.scan(TableName=name)["Items"] for name in dynamodb.list_tables()["TableNames"]]
    limits = [row for row in dynamodb.scan(TableName="goodword-test-access")["Items"] if "times" in row]

    assert "203.0.113" not in str(rows)
    hours = [row for row in limits if "T" in row["sk"]["S"]]
    assert (len(hours), len(limits)) == (2, 5)
    assert all(int(row["expires"]["N"]) <= shop.at.timestamp() + 7200 for row in hours)
    # How often a mailbox was greeted is counted by the day, and what is written for nobody is of that day, too.
    assert all(int(row["expires"]["N"]) <= shop.at.timestamp() + 2 * 86400 for row in limits)
    assert "bot0@mail.example" not in str(limits)


def test_a_field_that_nobody_sees_catches_what_fills_in_every_field(shop):
    program = shop.program(joining="open")

    caught = join(shop, program, website="https://spam.example")
    person = join(shop, program)

    assert caught.status == 422
    assert "a hidden field was filled in" in caught.body.lower()
    # It comes back empty: a person whose browser filled it in has only to send it again.
    assert "spam.example" not in caught.body
    assert 'tabindex="-1" autocomplete="off"' in caught.body
    assert person.status == 303
    assert len(shop.get("/v1/partners").json["data"]) == 1


def test_money_and_dates_are_written_as_where_the_visitor_is_and_so_are_those_of_whoever_joins(shop):
    program = shop.program(joining="open")
    british = {"Accept-Language": "en-GB,en;q=0.9"}

    page = shop.get(f"/join/{program['id']}", headers=british)
    terms = shop.get(read(page.body).link("terms, version 1").removeprefix("https://go.example"))
    form = read(page.body).hidden("form")
    fields = {"form": form, "name": "Bea", "email": "bea@mail.example", "agree": "1"}
    joined = shop.post(f"/join/{program['id']}", urlencode(fields).encode(), headers={**FORM, **british})
    share_page = shop.get(share_path(joined))

    assert "You get US$2.00 for every friend who signs up" in page.body
    assert "for friends referred from 10\xa0Mar\xa02026 on." in terms.body
    assert [one["locale"] for one in shop.get("/v1/partners").json["data"]] == ["en-GB"]
    assert "You get US$2.00 for every friend who signs up" in share_page.body


def test_an_invitation_is_answered_in_its_language_and_as_in_the_visitors_region(shop):
    german, british = shop.program(joining="closed"), shop.program(joining="closed")
    invite(shop, german, {"email": "bea@mail.example", "locale": "de"})
    invite(shop, british, {"email": "bea@mail.example", "locale": "en-GB"})
    read_by = {"Accept-Language": "de-AT, en-US;q=0.5"}

    pages = [shop.get(invitation_path(shop, program), headers=read_by).body for program in (german, british)]
    abroad = shop.get(invitation_path(shop, german), headers={"Accept-Language": "en-US"}).body

    assert "Sie bekommen $\xa02,00 für" in pages[0]
    assert "Sie bekommen 2,00\xa0$ für" in abroad
    # A region of their own comes first.
    assert "You get US$2.00 for" in pages[1]


def test_the_page_speaks_the_visitors_language(shop):
    program = shop.program(joining="open")

    german = shop.get(f"/join/{program['id']}", headers={"Accept-Language": "fr, de-AT;q=0.9, en;q=0.5"})
    by_query = shop.get(f"/join/{program['id']}?lang=de")

    assert '<html lang="de">' in german.body
    assert "Sie bekommen 2,00\xa0$ für jede Anmeldung Ihrer Freunde" in by_query.body
