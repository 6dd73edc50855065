"""The pages that create a program: a short form, what partners would read, and what to do next."""

import pytest

from tests.flows.test_terms_form import fields_of, reasons
from tests.reading import read

FORM = {
    "mode": "live",
    "name": "Tea Shop",
    "landing_url": "https://tea.example/welcome",
    "currency": "EUR",
    "timezone": "Europe/Berlin",
    "joining": "open",
    "hold_days": "14",
    "partner_reward": "rate_bp",
    "partner_rate_bp": "12.5",
    "friend_reward": "flat",
    "friend_flat": "5.00",
}


def zones(page):
    """Return the time zones that a page's form offers."""
    [offered] = [one for one in read(page.body).all("datalist") if one.attributes["id"] == "zones"]
    return {one.attributes["value"] for one in offered.all("option")}


def created(shop, admin, **fields):
    checked = admin.send("/admin/programs", action="check", **FORM | fields)
    assert checked.status == 200, reasons(checked.body)
    admin.submit("/admin/programs", action="create", **fields_of(checked.body, "Create the program"))
    return shop.get("/v1/programs").json["data"][0]


def test_an_owner_creates_a_program_without_json_and_reads_its_sentences_first(shop, admin):
    assert "No program pays in any currency yet." in admin.get("/admin/payouts").body
    start = read(admin.get("/admin").body)
    opened = admin.get(start.link("New program"))
    assert {"Europe/Berlin", "Asia/Kolkata"} <= zones(opened)
    form = fields_of(opened.body, "Check the program")
    assert (form["timezone"], form["partner_rate_bp"], form["friend_reward"]) == ("UTC", "10", "none")

    checked = admin.send("/admin/programs", action="check", **form | FORM)

    page = read(checked.body)
    english, german = (page.section(f"What partners will read, in {one}").items for one in ("English", "Deutsch"))
    assert "12.5% of what your friends buy." in english
    assert any("12,5 %" in one for one in german)
    assert any("€5.00" in one for one in english)
    assert page.tile("Hosts") == "tea.example"
    assert shop.get("/v1/programs").json["data"] == []

    sent = fields_of(checked.body, "Create the program")
    answers = [admin.send("/admin/programs", action="create", **sent) for _ in range(2)]

    [program] = shop.get("/v1/programs").json["data"]
    assert {one.headers["Location"] for one in answers} == {f"/admin/programs/{program['id']}/next-steps"}
    assert (program["name"], program["timezone"], program["joining"]) == ("Tea Shop", "Europe/Berlin", "open")
    [terms] = shop.get(f"/v1/programs/{program['id']}/terms").json["data"]
    assert [(rule["on"], rule["to"], rule["rate_bp"], rule["flat"]) for rule in terms["rules"]] == [
        ("sale", "referrer", 1250, None),
        ("sale", "referee", None, {"amount": 500, "currency": "EUR"}),
    ]
    assert [rule["when"]["number_to"] for rule in terms["rules"]] == [None, 1]
    assert terms["hold_days"] == 14
    assert read(admin.get("/admin/payouts").body).field("Prepare a payout") == "EUR"


def test_a_currency_may_be_typed_in_lower_case(shop, admin):
    program = created(shop, admin, currency="eur", partner_reward="flat", partner_flat="2.50")

    assert program["currency"] == "EUR"
    [terms] = shop.get(f"/v1/programs/{program['id']}/terms").json["data"]
    assert terms["rules"][0]["flat"] == {"amount": 250, "currency": "EUR"}


def test_the_next_steps_of_a_program_say_what_is_done(shop, admin):
    program = created(shop, admin)
    here = f"/admin/programs/{program['id']}/next-steps"
    first = read(admin.get(here).body)
    assert "1. Invite your first partner to do" in [one.text for one in first.all("h2")]
    assert f"goodword.js?program={program['id']}" in first.text
    assert first.link("Invite people") == f"/admin/programs/{program['id']}/joining"
    assert first.link(program["join_url"]) == program["join_url"]

    assert first.link("Set the sender") == f"/admin/programs/{program['id']}/emails"
    assert first.link("API keys") == "/admin/keys"

    shop.partner(program)
    shop.patch(f"/v1/programs/{program['id']}", {"imprint_url": "https://tea.example/imprint"})

    titles = [one.text for one in read(admin.get(here).body).all("h2")]
    assert titles[:3] == [
        "1. Invite your first partner done",
        "2. Add your imprint and privacy notice done",
        "3. Send emails from your own address to do",
    ]
    overview = read(admin.get(f"/admin/programs/{program['id']}").body)
    assert overview.link("Next steps") == here


def test_a_coupon_for_signing_up_is_given_at_once_and_a_partner_may_get_nothing(shop, admin):
    fields = {"partner_reward": "none", "friend_reward": "benefit", "friend_benefit": "5 € off"}

    program = created(shop, admin, **fields)

    [terms] = shop.get(f"/v1/programs/{program['id']}/terms").json["data"]
    [rule] = terms["rules"]
    assert (rule["on"], rule["to"], rule["benefit"]["name"], rule["hold_days"]) == ("lead", "referee", "5 € off", 0)


def test_a_checked_program_goes_back_into_its_form_as_it_was_typed(admin):
    typed = FORM | {"hosts": "shop.tea.example\r\ncafe.example", "partner_once": "on"}
    checked = admin.send("/admin/programs", action="check", **typed)

    assert read(checked.body).tile("Hosts") == "tea.example, shop.tea.example, cafe.example"
    back = admin.send("/admin/programs", action="form", **fields_of(checked.body, "Back to the form"))

    fields = fields_of(back.body, "Check the program")
    assert {name: text for name, text in fields.items() if text} == typed


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("currency", "euro", "Must be a currency, such as USD."),
        ("currency", "ABC", "Must be a currency, such as USD."),
        (
            "landing_url",
            "tea",
            "The landing page is refused: an address is https://, a host, and perhaps a path, a query and a fragment.",
        ),
        ("timezone", "Berlin", "This is not the name of a time zone."),
        ("hosts", "https://shop.example", "A host is a plain lower-case host name."),
        ("name", "", "This is required."),
        ("hold_days", "many", "Must be a whole number, not text."),
        ("partner_rate_bp", "many", "Write a percentage from 0.01 to 100, such as 12.5."),
        ("friend_flat", "five", "Write an amount in EUR, such as 10.00."),
        ("friend_flat", "", "Fill this in."),
        ("friend_flat", "0", "A flat reward must be at least one minor unit."),
    ],
)
def test_a_program_that_is_refused_keeps_what_was_typed_and_marks_the_field_with_the_reason(
    shop, admin, field, value, reason
):
    answers = [
        admin.send("/admin/programs", action=one, once="a-form", **FORM | {field: value}) for one in ("check", "create")
    ]

    for answer in answers:
        assert answer.status == 422
        [(marked, why)] = reasons(answer.body).items()
        assert (marked, why) == (field, reason)
        fields = fields_of(answer.body, "Check the program")
        assert fields.items() >= (FORM | {field: value}).items()
    assert shop.get("/v1/programs").json["data"] == []


def test_everything_that_is_wrong_with_a_program_is_marked_at_once(admin):
    wrong = {"landing_url": "tea", "partner_rate_bp": "x", "friend_flat": "", "timezone": "UTC"}

    answer = admin.send("/admin/programs", action="check", **FORM | wrong)

    assert reasons(answer.body).keys() == {"landing_url", "partner_rate_bp", "friend_flat"}
    [notice] = [one.text for one in read(answer.body).all("p") if one.attributes.get("id") == "notice"]
    assert "Amount for the friend: fill this in. Landing page: the landing page is refused" in notice
