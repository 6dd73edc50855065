"""The people who administer: they are invited, come in by opening an email, and do what their roles allow."""

import re
from datetime import timedelta

import pytest
from botocore.client import BaseClient

from chalicelib.access.sessions import begin
from chalicelib.emails import deliver
from chalicelib.kit.dynamo import wire
from chalicelib.users import change as changing
from chalicelib.users.table import User
from chalicelib.web.sign_in_link import MOST_AN_HOUR
from tests.flows.test_audit import entries, verified
from tests.forms import Browser, read_cookie
from tests.reading import read

OWNER = [{"role": "owner"}]


@pytest.fixture
def sent(monkeypatch):
    """Every email that was handed over: to whom, and its text."""
    emails = []
    hand_over = deliver.send

    def send(email, envelope):
        emails.append((envelope.to, email.text))
        return hand_over(email, envelope)

    monkeypatch.setattr(deliver, "send", send)
    return emails


def invited(shop, email, roles, **changes):
    answer = shop.post("/v1/users", {"email": email, "name": email.partition("@")[0].title(), "roles": roles} | changes)
    assert answer.status == 201, answer.body
    return answer.json


def link_for(shop, sent, address):
    before = len(sent)
    assert Browser(shop).send("/admin/link", email=address).status == 200
    assert shop.streams.run() == []
    text = next(text for to, text in reversed(sent[before:]) if to == address)
    return re.search(r"https://go\.example(/admin/sign-in/\S+)", text)[1]


def entered(shop, sent, address):
    """Return a browser in which somebody has signed in."""
    browser = Browser(shop)
    assert browser.send(link_for(shop, sent, address)).status == 303
    return browser


def somebody(shop, sent, email, *roles):
    invited(shop, email, list(roles))
    return entered(shop, sent, email)


@pytest.mark.parametrize(
    ("locale", "words"), [("en", "Enter the address that this email was sent to."), ("de", "Geben Sie die Adresse ein")]
)
def test_whoever_is_invited_gets_an_email_in_their_language_that_leads_to_where_they_ask_for_a_link(
    shop, sent, locale, words
):
    invited(shop, "ada@mail.example", OWNER, locale=locale)
    assert shop.streams.run() == []

    [(to, text)] = sent

    assert to == "ada@mail.example"
    assert words in text
    assert "https://go.example/admin\n" in text
    assert "/admin/sign-in/" not in text


def test_a_link_from_an_email_signs_in_once_by_its_button_in_a_session_of_its_own(shop, sent):
    invited(shop, "ada@mail.example", OWNER)
    path = link_for(shop, sent, "ada@mail.example")
    browser = Browser(shop)
    browser.cookies["__Host-goodword-admin"] = "chosen-by-somebody-else"

    for method in ("HEAD", "GET", "GET"):
        assert shop.call(method, path).status == 200
    signed_in = browser.send(path)
    again = Browser(shop).send(path)

    assert (signed_in.status, signed_in.headers["Location"]) == (303, "/admin")
    _, value, attributes = read_cookie(signed_in.headers["Set-Cookie"])
    assert re.fullmatch(r"usr_[0-9A-Z]{26}\.ses_[0-9A-Z]{26}\.[\w-]{43}", value)
    assert attributes == {"Max-Age=43200", "Path=/", "Secure", "HttpOnly", "SameSite=Lax"}
    assert (again.status, "Set-Cookie" in again.headers) == (410, False)
    assert shop.call("GET", path).status == 410
    assert browser.get("/admin/people").status == 200


def test_a_link_is_good_for_fifteen_minutes_a_session_for_twelve_hours_and_neither_can_be_guessed(shop, sent):
    browser = somebody(shop, sent, "ada@mail.example", {"role": "owner"})
    path = link_for(shop, sent, "ada@mail.example")
    for forged in (path[:-1], path[:-1] + ("A" if path[-1] != "A" else "B"), "/admin/sign-in/x", "/admin/sign-in/%00"):
        assert Browser(shop).send(forged).status == 410
    forged = Browser(shop)
    forged.cookies = {name: value[:-1] for name, value in browser.cookies.items()}
    assert forged.get("/admin").body != browser.get("/admin").body

    shop.wait(minutes=15)

    assert Browser(shop).send(path).status == 410
    assert browser.get("/admin/people").status == 200
    shop.wait(hours=12)
    assert browser.get("/admin/people").status == 401


def test_nobody_learns_whether_an_address_is_known_and_the_same_calls_are_made(shop, sent, monkeypatch):
    invited(shop, "ada@mail.example", OWNER)
    shop.streams.run()
    sent.clear()
    made, patterns, answers = [], [], []
    call = BaseClient._make_api_call
    monkeypatch.setattr(
        BaseClient,
        "_make_api_call",
        lambda self, name, parameters: (made.append(name), call(self, name, parameters))[1],
    )
    monkeypatch.setattr(wire.dynamodb(), "listeners", [lambda name, parameters: made.append(name)])
    for address in ("ada@mail.example", "eve@mail.example", "ADA@mail.example"):
        made.clear()
        answers.append(Browser(shop).send("/admin/link", email=address))
        patterns.append(tuple(made))
    assert shop.streams.run() == []

    assert (len(set(patterns)), {answer.status for answer in answers}) == (1, {200})
    assert len({answer.body for answer in answers}) == 1
    assert [to for to, _ in sent] == ["ada@mail.example"] * 2


def test_an_address_gets_so_many_links_an_hour(shop, sent):
    invited(shop, "ada@mail.example", OWNER)
    shop.streams.run()
    sent.clear()
    bodies = {Browser(shop).send("/admin/link", email="ada@mail.example").body for _ in range(MOST_AN_HOUR + 3)}
    assert shop.streams.run() == []

    assert (len(sent), len(bodies)) == (MOST_AN_HOUR, 1)
    shop.wait(hours=1)
    assert entered(shop, sent, "ada@mail.example").get("/admin").status == 200


def test_links_and_cookies_of_partners_open_no_admin_page_nor_the_other_way_round(shop, sent):
    program = shop.program()
    partner = shop.partner(program, email="ada@mail.example")
    invited(shop, "ada@mail.example", OWNER)
    shop.streams.run()
    admins = link_for(shop, sent, "ada@mail.example")
    Browser(shop).send("/portal/link", email="ada@mail.example")
    shop.streams.run()
    partners = re.search(r"(/portal/sign-in/\S+)", sent[-1][1])[1]

    assert Browser(shop).send(admins.replace("/admin/", "/portal/")).status == 410
    assert Browser(shop).send(partners.replace("/portal/", "/admin/")).status == 410
    admin, portal = Browser(shop), Browser(shop)
    assert (admin.send(admins).status, portal.send(partners).status) == (303, 303)
    crossed = Browser(shop)
    crossed.cookies = {
        "__Host-goodword-admin": portal.cookies["__Host-goodword"],
        "__Host-goodword": admin.cookies["__Host-goodword-admin"],
    }
    assert crossed.get("/admin/people").status == 401
    assert partner["name"] not in crossed.get("/portal").body


def test_an_address_proves_nothing_before_an_email_to_it_was_opened(shop, sent):
    user = invited(shop, "ada@mail.example", OWNER)
    assert user["confirmed_at"] is None

    entered(shop, sent, "ada@mail.example")

    assert shop.get(f"/v1/users/{user['id']}").json["confirmed_at"] == "2026-03-10T12:00:00.000Z"


def test_removing_somebody_ends_their_sessions_and_their_links_at_once_and_the_address_may_be_invited_again(shop, sent):
    browser = somebody(shop, sent, "ada@mail.example", {"role": "owner"})
    eve = somebody(shop, sent, "eve@mail.example", {"role": "viewer"})
    link = link_for(shop, sent, "eve@mail.example")
    [user] = [one for one in shop.get("/v1/users").json["data"] if one["email"] == "eve@mail.example"]

    warning = read(browser.get(f"/admin/people/{user['id']}/remove").body).text
    done = browser.submit(f"/admin/people/{user['id']}/remove")

    assert "is signed out on all devices immediately" in warning
    assert "Eve (eve@mail.example) was removed." in read(done.body).text
    assert {eve.get(path).status for path in ("/admin/rewards", "/admin/audit")} == {401}
    assert Browser(shop).send(link).status == 410
    before = len(sent)
    Browser(shop).send("/admin/link", email="eve@mail.example")
    shop.streams.run()
    assert len(sent) == before
    assert shop.get(f"/v1/users/{user['id']}").status == 404
    assert [one["email"] for one in shop.get("/v1/users").json["data"]] == ["ada@mail.example"]
    again = invited(shop, "Eve@mail.example", [{"role": "viewer"}])
    assert again["id"] != user["id"]


def test_another_role_ends_the_sessions_of_before_and_counts_from_the_next_on(shop, sent):
    ada = somebody(shop, sent, "ada@mail.example", {"role": "owner"})
    eve = somebody(shop, sent, "eve@mail.example", {"role": "viewer"})
    [user] = [one for one in shop.get("/v1/users").json["data"] if one["email"] == "eve@mail.example"]
    page = f"/admin/people/{user['id']}"
    assert eve.get("/admin/payouts").status == 403
    shop.wait(seconds=1)

    assert ada.submit(page, action="rename", name="Eve K.", locale="de").status == 200
    assert eve.get("/admin/rewards").status == 200
    assert ada.submit(page, action="give", role="payouts").status == 200

    assert eve.get("/admin/rewards").status == 401
    shop.wait(seconds=1)
    assert entered(shop, sent, "eve@mail.example").get("/admin/payouts").status == 200
    assert ada.submit(page, action="take", role="viewer").status == 200
    last = ada.send(page, action="take", role="payouts")
    assert (last.status, "Remove the person instead" in last.body) == (422, True)


def test_the_last_owner_who_has_signed_in_cannot_be_removed_nor_become_less(shop, sent):
    ada = somebody(shop, sent, "ada@mail.example", {"role": "owner"})
    [user] = shop.get("/v1/users").json["data"]
    one = f"/v1/users/{user['id']}"
    invited(shop, "mistyped@mail.example", OWNER)
    invited(shop, "eve@mail.example", [{"role": "manager"}])

    for answer in (shop.call("DELETE", one), shop.call("PATCH", one, {"roles": [{"role": "viewer"}]})):
        assert (answer.status, answer.json["code"]) == (409, "last_owner")
    refused = ada.send(f"/admin/people/{user['id']}/remove")
    assert (refused.status, "no owner left" in refused.body) == (409, True)
    entered(shop, sent, "mistyped@mail.example")

    assert shop.call("DELETE", one).status == 200
    assert ada.get("/admin/people").status == 401


def test_of_two_owners_who_remove_each_other_at_once_one_stays(shop, sent, monkeypatch):
    ids = {}
    for email in ("ada@mail.example", "eve@mail.example"):
        ids[email] = invited(shop, email, OWNER)["id"]
        entered(shop, sent, email)
    find_owners, answers = changing.find_owners, []

    def meanwhile():
        owners = find_owners()
        monkeypatch.setattr(changing, "find_owners", find_owners)
        answers.append(shop.call("DELETE", f"/v1/users/{ids['eve@mail.example']}").status)
        return owners

    monkeypatch.setattr(changing, "find_owners", meanwhile)
    answers.append(shop.call("DELETE", f"/v1/users/{ids['ada@mail.example']}").status)

    assert answers == [200, 409]
    assert [one["email"] for one in shop.get("/v1/users").json["data"]] == ["ada@mail.example"]


@pytest.mark.parametrize(
    ("changes", "code", "pointer"),
    [
        ({"email": "ADA@mail.example"}, "user_exists", None),
        ({"roles": []}, "invalid_value", "/roles"),
        ({"roles": [{"role": "boss"}]}, "invalid_value", "/roles/0/role"),
        ({"roles": [{"role": "viewer", "program": "ext_unknown"}]}, "invalid_value", "/roles/0/program"),
        ({"roles": [{"role": "payouts", "program": "PROGRAM"}]}, "invalid_value", "/roles/0/program"),
        ({"email": "nobody"}, "invalid_value", "/email"),
    ],
)
def test_what_cannot_be_invited_is_refused_by_a_code_and_where_it_is(shop, changes, code, pointer):
    invited(shop, "ada@mail.example", OWNER)
    program = shop.program()
    body = {"email": "eve@mail.example", "name": "Eve", "roles": OWNER} | changes
    for role in body["roles"]:
        if role.get("program") == "PROGRAM":
            role["program"] = program["id"]

    answer = shop.post("/v1/users", body)

    assert answer.json["code"] == code
    assert [one["pointer"] for one in answer.json.get("errors", [])] == ([pointer] if pointer else [])


@pytest.mark.engine
def test_the_same_invitation_with_its_key_again_is_one_person_and_keeps_no_address_in_its_receipt(shop):
    body = {"email": "ada@mail.example", "name": "Ada", "roles": OWNER}
    first, second = (shop.post("/v1/users", body, headers={"Idempotency-Key": "once"}) for _ in range(2))

    assert (first.status, second.status, second.json) == (201, 201, first.json)
    assert second.headers["Idempotent-Replayed"] == "true"
    assert "ada@" not in str(list(shop.rows("idempotency")))


def test_signing_in_and_out_and_each_change_is_entered_with_the_person_and_shown_with_their_name(shop, sent):
    program = shop.program(hold_days=14)
    sale = shop.sale(program, code=shop.link(program, shop.partner(program))["code"]).json
    shop.settle()
    reward = shop.reward(sale)["id"]
    ada = somebody(shop, sent, "ada@mail.example", {"role": "owner"})
    eve = somebody(shop, sent, "eve@mail.example", {"role": "manager"})
    ids = {one["email"]: one["id"] for one in shop.get("/v1/users").json["data"]}
    shop.wait(seconds=1)
    eve.send(f"/admin/rewards/{reward}", action="hold", note="odd")
    shop.wait(seconds=1)
    eve.send("/admin/sign-out")
    ada.send(f"/admin/rewards/{reward}", action="release", note="all is well")

    done = entries(shop, actor=ids["eve@mail.example"])
    assert [one["action"] for one in done] == ["session.begun", "reward.held", "session.ended"]
    assert {one["actor"]["kind"] for one in done} == {"session"}
    assert {one["part"] for one in done if one["action"].startswith("session")} == {ids["eve@mail.example"]}
    by_whom = [one["By"] for one in read(ada.get(f"/admin/rewards/{reward}").body).table("Decisions")]
    assert by_whom == ["Ada (ada@mail.example)", "Eve (eve@mail.example)"]
    assert "Eve (eve@mail.example)" in read(ada.get("/admin/audit").body).text
    shop.call("DELETE", f"/v1/users/{ids['eve@mail.example']}")
    assert "Eve (eve@mail.example)" in read(ada.get("/admin/audit").body).text
    assert eve.get("/admin/people").status == 401
    assert verified(shop) is None


def test_whoever_signs_in_with_a_key_is_entered_too_and_has_all_rights(shop, admin):
    key = shop.get("/v1/keys").json["data"][0]["id"]
    shop.wait(seconds=1)
    admin.send("/admin/sign-out")

    begun, ended = [one for one in entries(shop, actor=key) if one["action"].startswith("session.")]

    assert (begun["action"], ended["action"]) == ("session.begun", "session.ended")
    assert begun["subject"] == ended["subject"] == begun["actor"]["session"]
    assert admin.get("/admin/people").status == 401


def test_a_session_by_key_that_an_earlier_release_began_goes_on(shop):
    key = shop.get("/v1/keys").json["data"][0]["id"]
    browser = Browser(shop)
    browser.cookies["__Host-goodword-admin"] = begin(key, lasting=timedelta(hours=12), at=shop.at).cookie

    assert browser.get("/admin/people").status == 200
    assert browser.send("/admin/sign-out").status == 303
    assert browser.get("/admin/people").status == 401


def test_an_owner_invites_on_a_page_and_what_is_wrong_there_is_said_with_the_form_as_it_was(shop, sent):
    program = shop.program()
    ada = somebody(shop, sent, "ada@mail.example", {"role": "owner"})
    shop.wait(seconds=1)
    form = {"email": "eve@mail.example", "name": "Eve <i>", "role": "manager", "program": program["id"]}

    wrong = ada.send("/admin/people", **form | {"role": "payouts"})
    done = ada.submit("/admin/people", **form)

    assert wrong.status == 422
    assert read(wrong.body).field("Name") == "Eve <i>"
    page = read(done.body)
    assert "Eve <i> (eve@mail.example) was invited by email." in page.text
    assert [(one["Name"], one["Roles"], one["First sign-in"]) for one in page.table("People")] == [
        ("Eve <i>", "Manager of Tea Shop", "invited"),
        ("Ada", "Owner, all programs", "Mar 10, 2026"),
    ]
    assert ada.send("/admin/people", **form).status == 422


@pytest.mark.engine
def test_rows_of_people_hold_no_link_and_no_cookie(shop, sent):
    browser = somebody(shop, sent, "ada@mail.example", {"role": "owner"})
    [cookie] = browser.cookies.values()
    stored = str(shop.rows("access"))

    assert cookie.rpartition(".")[2] not in stored
    assert [user.email for user in User.scan(User.sort == "user")] == ["ada@mail.example"]
