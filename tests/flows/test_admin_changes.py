"""The admin pages change a program's settings and links; a form that is refused or stale keeps what was typed."""

import pytest

from chalicelib.kit import memory
from tests.faults.world import built_once
from tests.forms import Browser
from tests.reading import read

PROGRAM = (
    *("name", "landing_url", "hosts", "timezone", "joining", "consent", "origins"),
    *("leaderboard_shows", "leaderboard_by", "etag"),
)
LINK = ("destination", "channel", "expires_at", "etag")


def filled_in(page, names):
    """Return a form's fields as a browser sends them, by their names."""
    fields = {one.attributes.get("name"): one for one in page if one.tag in ("input", "textarea", "select")}
    return {name: _value(fields[name]) for name in names}


def _value(field):
    if field.tag == "select":
        return next(one for one in field.all("option") if "selected" in one.attributes).attributes["value"]
    return field.raw.removeprefix("\n") if field.tag == "textarea" else field.attributes["value"]


def invalid(page):
    return [one.attributes["name"] for one in page if one.attributes.get("aria-invalid") == "true"]


@pytest.fixture
@built_once
def pages(shop, admin):
    """A program with a link that is out, and the addresses of their pages and of what the API says of them."""
    program = shop.program(hosts=["tea.example", "www.tea.example"], origins=["https://tea.example"])
    link = shop.link(program, shop.partner(program), channel="newsletter", expires_at="2026-04-01T12:34:56.789Z")
    return program, link, f"/admin/programs/{program['id']}/settings", f"/admin/links/{link['id']}"


def stored(shop, kind, one):
    memory.forget_everything()
    return shop.get(f"/v1/{kind}/{one['id']}").json


def test_a_program_gets_another_name_landing_page_hosts_and_zone(shop, admin, pages):
    program, _, path, _ = pages
    form = filled_in(read(admin.get(path).body), PROGRAM)
    typed = {
        "name": "Coffee Shop",
        "landing_url": "https://coffee.example/",
        "hosts": "coffee.example\r\nwww.coffee.example",
        "timezone": "Asia/Kolkata",
        "joining": "open",
        "consent": "not_required",
        "origins": "",
    }

    page = read(admin.submit(path, **form | typed).body)

    assert "Saved. Asia/Kolkata takes effect on Mar 11, 2026, 00:00 UTC." in page.text
    assert filled_in(page, PROGRAM) == form | typed | {"hosts": "coffee.example\nwww.coffee.example", "etag": '"1"'}
    now = stored(shop, "programs", program)
    assert (now["name"], now["hosts"]) == ("Coffee Shop", ["coffee.example", "www.coffee.example"])
    assert (now["landing_url"], now["timezone"], now["joining"]) == ("https://coffee.example/", "Asia/Kolkata", "open")
    assert (now["consent"], now["origins"], now["share_texts"]) == ("not_required", [], program["share_texts"])


def test_a_form_that_is_sent_as_it_is_changes_nothing(shop, admin, pages):
    program, link, settings, page = pages
    before = shop.rows("audit")

    for path, names in ((settings, PROGRAM), (page, LINK)):
        assert "Saved." in admin.submit(path, **filled_in(read(admin.get(path).body), names)).body

    assert shop.rows("audit") == before
    assert stored(shop, "programs", program) == program
    assert stored(shop, "links", link) == link


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("name", "", "Name: this cannot be empty."),
        ("landing_url", "https://coffee.example/", "not on any of the hosts"),
        ("hosts", "tea.example TEA.example", "plain lower-case host name"),
        ("timezone", "Berlin", "not the name of a time zone"),
        ("origins", "tea.example", "Origins 1: an origin is"),
    ],
)
def test_refused_settings_are_explained_marked_and_kept_as_typed(shop, admin, pages, field, typed, sentence):
    program, _, path, _ = pages
    form = filled_in(read(admin.get(path).body), PROGRAM) | {"joining": "open"}

    answer = admin.send(path, **form | {field: typed})

    page = read(answer.body)
    assert (answer.status, invalid(page)) == (422, [field])
    assert sentence in page.text
    assert filled_in(page, PROGRAM) == form | {field: typed}
    assert stored(shop, "programs", program) == program


def test_a_form_from_before_another_persons_change_changes_nothing_and_keeps_what_was_typed(shop, admin, pages):
    program, _, path, _ = pages
    form = filled_in(read(admin.get(path).body), PROGRAM) | {"name": "Mine", "timezone": "Asia/Kolkata"}
    shop.patch(f"/v1/programs/{program['id']}", {"name": "Yours"})

    answer = admin.send(path, **form)

    page = read(answer.body)
    assert answer.status == 422
    assert "Someone else saved this page after you opened it, so nothing was saved." in page.text
    assert [one.text for one in page if one.attributes.get("id", "").startswith("now-")] == ["Now: Yours", "Now: UTC"]
    assert stored(shop, "programs", program)["name"] == "Yours"
    again = filled_in(page, PROGRAM)
    assert again == form | {"etag": '"1"'}
    # Who sends it again has read what it replaces.
    admin.submit(path, **again)
    assert stored(shop, "programs", program)["name"] == "Mine"


def test_a_refused_form_that_is_mended_is_still_of_when_it_was_opened(shop, admin, pages):
    program, _, path, _ = pages
    form = filled_in(read(admin.get(path).body), PROGRAM) | {"name": "Mine", "timezone": "Nowhere"}
    shop.patch(f"/v1/programs/{program['id']}", {"name": "Yours"})
    refused = filled_in(read(admin.send(path, **form).body), PROGRAM)

    answer = admin.send(path, **refused | {"timezone": "UTC"})

    assert (answer.status, stored(shop, "programs", program)["name"]) == (422, "Yours")


def test_a_link_gets_another_destination_channel_and_expiry(shop, admin, pages):
    _, link, _, path = pages
    form = filled_in(read(admin.get(path).body), LINK)
    typed = {"destination": "https://www.tea.example/spring", "channel": "blog", "expires_at": "2026-05-01T08:00"}

    page = read(admin.submit(path, **form | typed).body)

    assert "Saved." in page.text
    assert filled_in(page, LINK) == form | typed | {"etag": '"1"'}
    new = {**typed, "expires_at": "2026-05-01T08:00:00.000Z"}
    assert stored(shop, "links", link) == link | new


def test_an_expiry_stays_as_it_is_to_the_millisecond_unless_another_is_typed(shop, admin, pages):
    _, link, _, path = pages
    form = filled_in(read(admin.get(path).body), LINK)

    admin.submit(path, **form | {"channel": "blog"})

    assert form["expires_at"] == "2026-04-01T12:34"
    assert stored(shop, "links", link) == link | {"channel": "blog"}


def test_empty_fields_of_a_link_lead_to_the_landing_page_for_good_and_without_a_channel(shop, admin, pages):
    program, link, _, path = pages

    admin.submit(path, destination="", channel="", expires_at="", etag='"0"')

    expected = {"destination": program["landing_url"], "channel": None, "expires_at": None}
    assert stored(shop, "links", link) == link | expected


@pytest.mark.parametrize(
    ("field", "typed"),
    [("destination", "https://evil.example/"), ("expires_at", "2026-01-01T00:00"), ("expires_at", "soon")],
)
def test_a_change_of_a_link_that_is_refused_is_marked_and_kept_as_it_was_typed(shop, admin, pages, field, typed):
    _, link, _, path = pages
    form = filled_in(read(admin.get(path).body), LINK) | {"channel": "blog"}

    answer = admin.send(path, **form | {field: typed})

    page = read(answer.body)
    assert (answer.status, invalid(page), filled_in(page, LINK)) == (422, [field], form | {field: typed})
    assert stored(shop, "links", link) == link


def test_a_links_form_from_before_another_persons_change_changes_nothing(shop, admin, pages):
    _, link, _, path = pages
    form = filled_in(read(admin.get(path).body), LINK) | {"channel": "mine"}
    shop.patch(f"/v1/links/{link['id']}", {"channel": "yours"})

    answer = admin.send(path, **form)

    assert answer.status == 422
    assert "Now: yours" in read(answer.body).text
    assert stored(shop, "links", link)["channel"] == "yours"


def test_a_partners_page_leads_to_each_link_and_settings_are_in_the_bar_of_a_program(shop, admin, pages):
    program, link, settings, page = pages

    partner = read(admin.get(f"/admin/partners/{link['partner']}").body)
    overview = read(admin.get(f"/admin/programs/{program['id']}").body)

    assert partner.link(link["url"]) == page
    assert overview.link("Settings") == settings
    assert read(admin.get(settings).body).link("Terms") == f"/admin/programs/{program['id']}/terms"


def test_without_a_key_nothing_is_seen_or_changed(shop, pages):
    program, link, settings, page = pages
    stranger = Browser(shop)

    for path in (settings, page):
        assert "API key" in stranger.get(path).body
        assert stranger.send(path, name="Mine", channel="mine").status == 401

    assert stored(shop, "programs", program) == program
    assert stored(shop, "links", link) == link


def test_a_zone_that_does_not_count_yet_is_named_with_its_beginning_and_days_go_on_by_the_one_before(
    shop, admin, pages
):
    program, _, path, _ = pages
    shop.patch(f"/v1/programs/{program['id']}", {"timezone": "Asia/Kolkata"})
    memory.forget_everything()

    page = read(admin.get(path).body)
    overview = read(admin.get(f"/admin/programs/{program['id']}").body)
    shop.wait(days=1)
    admin.send("/admin/sign-in", key=shop.key)

    assert "in effect from Mar 11, 2026, 00:00 UTC" in page.text
    assert "Days begin at midnight in UTC" in overview.text
    assert "in Asia/Kolkata" in read(admin.get(f"/admin/programs/{program['id']}").body).text
