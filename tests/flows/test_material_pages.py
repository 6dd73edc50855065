"""The pages of materials: filled in for a partner on the portal, written by hand by admins, in few calls."""

import pytest

from chalicelib.access.sessions import begin
from chalicelib.kit import memory
from chalicelib.portal.session import COOKIE, LASTING
from tests.faults.world import world
from tests.flows.test_action_pages import notice_of
from tests.flows.test_materials import RULES, listed, made, published, read
from tests.forms import Browser
from tests.reading import read as read_page

HOSTILE = "</title><script>alert(1)</script>\"' <img src=x onerror=alert(1)> [x](javascript:alert(1))"
KINDS = ("guide", "agreement", "kit", "script", "faq", "training", "x", "linkedin", "whatsapp", "email")


@pytest.fixture
def shop():
    with world() as shop:
        yield shop


@pytest.fixture
def tea(shop):
    return shop.program(rules=RULES, tiers=[{"name": "silver", "minimum_sales": 5}], hold_days=0)


@pytest.fixture
def admin(shop):
    browser = Browser(shop)
    assert browser.send("/admin/sign-in", key=shop.key).status == 303
    return browser


def signed_in(shop, partner):
    browser = Browser(shop)
    token = begin(partner["id"], lasting=LASTING, at=shop.at)
    browser.cookies = {COOKIE: token.cookie}
    return browser


def calls_of(shop, browser, path):
    """Return how many calls to the database a page takes, when nothing is remembered."""
    memory.forget_everything()
    before = len(shop.line.calls)
    assert browser.get(path).status == 200
    return len(shop.line.calls) - before


def test_what_must_be_read_stands_on_the_overview_until_it_is_read(shop, tea):
    material, partner = published(shop, tea, must_read=True), shop.partner(tea)
    published(shop, tea, kind="guide", title="Guide of {{program}}")
    browser = signed_in(shop, partner)
    overview = read_page(browser.get("/portal").body)
    path = f"/portal/materials/{material['id']}"
    page = read_page(browser.get("/portal/materials").body)
    order = [page.text.index(title) for title in ("How we work", "Guide of Tea Shop", "Recommend well")]
    assert overview.link("How we work").startswith(path)
    assert order == sorted(order)
    assert "I have read this and agree" in browser.get(path).body

    done = [notice_of(browser, browser.send(path, version="1")) for _ in range(2)]

    assert done == [["Thank you. That is noted."]] * 2
    assert len([one for one in shop.rows("materials") if one["kind"]["S"] == "read"]) == 1
    assert "How we work" not in browser.get("/portal").body
    assert "Accepted on Mar 10, 2026" in read_page(browser.get(path).body).text
    assert "I have read this and agree" not in browser.get(path).body


def test_a_version_that_was_replaced_while_it_was_open_is_not_taken_as_read(shop, tea):
    material, partner = published(shop, tea, must_read=True), shop.partner(tea)
    browser, path = signed_in(shop, partner), f"/portal/materials/{material['id']}"
    shop.post(f"/v1/materials/{material['id']}/versions", {"title": "Again", "words": "New words.", "must_read": True})
    shop.post(f"/v1/materials/{material['id']}/publish", {"version": 2})

    answer = browser.send(path, version="1")

    assert answer.status == 422
    assert "no longer the current version" in answer.body
    assert "New words." in answer.body
    assert not [one for one in shop.rows("materials") if one["kind"]["S"] == "read"]
    for wrong in ("", "0", "x", "9" * 30):
        assert browser.send(path, version=wrong).status == 422


def test_the_starter_set_has_the_partners_link_and_the_programs_terms_in_it(shop, tea):
    partner = shop.partner(tea)
    link = shop.link(tea, partner, channel="News")
    browser = signed_in(shop, partner)
    for kind in KINDS:
        page, saved = (
            browser.get(f"/portal/materials/starter_{kind}_en"),
            browser.get(f"/portal/materials/starter_{kind}_en/save"),
        )
        assert (page.status, saved.status) == (200, 200), kind
        for text in (page.body, saved.body):
            assert "{{" not in text
        assert saved.headers["Content-Disposition"].startswith("attachment")
    post = browser.get("/portal/materials/starter_x_en").body
    assert link["url"] in post
    assert "You get $5.00 for every purchase." in post
    assert "Ad: I get a reward if you join Tea Shop through me." in post
    assert "You get 10% of what your friends buy." in browser.get("/portal/materials/starter_guide_en").body
    german = signed_in(shop, shop.partner(tea, locale="de", email="bea@mail.example"))
    assert "Ihre erste Woche mit Tea Shop" in german.get("/portal/materials").body


def test_a_post_has_the_disclosure_even_if_its_words_do_not(shop, tea):
    post = published(shop, tea, kind="template", channel="x", title="Post", words="Good tea: {{link}}")
    partner = shop.partner(tea)
    shop.link(tea, partner, channel="News")
    page = signed_in(shop, partner).get(f"/portal/materials/{post['id']}").body
    assert "(Ad: I get a reward if you join Tea Shop through me.)" in page


def test_banners_have_the_partners_own_link_and_run_nothing(shop):
    program = shop.program(rules=RULES, name='Tea & <b>"Co"</b>')
    partner = shop.partner(program)
    browser = signed_in(shop, partner)
    without = browser.get("/portal/banners/wide.svg")
    shop.link(program, partner, channel="News")

    assert without.status == 404
    for form in ("wide", "square", "tall"):
        drawn, picture = browser.get(f"/portal/banners/{form}.svg"), browser.get(f"/portal/banners/{form}.png")
        assert (drawn.status, picture.status) == (200, 200)
        assert "Tea &amp; &lt;b&gt;" in drawn.body
        assert "<b>" not in drawn.body
        assert "sandbox" in drawn.headers["Content-Security-Policy"]
        assert picture.body.startswith(b"\x89PNG")
    assert browser.get("/portal/banners/round.svg").status == 404
    assert browser.get("/portal/banners/wide.gif").status == 404
    stranger = signed_in(shop, shop.partner(shop.program(name="Pots"), email="bea@mail.example"))
    assert stranger.get(f"/portal/banners/wide.svg?program={program['id']}").status == 404


def test_whatever_is_written_is_shown_as_text(shop, tea, admin):
    hostile = f"{HOSTILE}\n\n## {HOSTILE}\n\n- {HOSTILE}\n\n**{HOSTILE}**\n\n[ok](https://tea.example/?a=1&b=2)"
    material = published(shop, tea, kind="guide", title=HOSTILE[:99], words=hostile, must_read=True)
    browser = signed_in(shop, shop.partner(tea))
    pages = [browser.get(path).body for path in ("/portal", "/portal/materials", f"/portal/materials/{material['id']}")]
    pages += [
        admin.get(f"/admin/materials/{material['id']}").body,
        admin.get(f"/admin/programs/{tea['id']}/materials").body,
    ]
    for page in pages:
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert 'href="javascript' not in page
    assert 'href="https://tea.example/?a=1&amp;b=2"' in pages[2]
    saved = browser.get(f"/portal/materials/{material['id']}/save")
    assert saved.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert saved.headers["X-Content-Type-Options"] == "nosniff"


def test_a_partner_sees_no_material_that_is_not_for_them(shop, tea):
    partner = shop.partner(tea)
    others = shop.program(name="Pots", rules=RULES)
    hidden = [
        made(shop, tea, kind="guide"),
        published(shop, others),
        published(shop, tea, kind="faq", audience={"categories": ["influencer"]}),
        published(shop, tea, kind="script", audience={"tiers": ["silver"]}),
    ]
    browser = signed_in(shop, partner)
    for one in hidden:
        for path in (f"/portal/materials/{one['id']}", f"/portal/materials/{one['id']}/save"):
            assert browser.get(path).status == 404
        assert browser.send(f"/portal/materials/{one['id']}", version="1").status == 404
        assert one["id"] not in browser.get("/portal/materials").body
    assert browser.get("/portal/materials/starter_guide_xx").status == 404
    assert browser.get("/portal/materials/starter_faq_en").status == 200


def test_pages_take_few_calls_however_much_there_is(shop, tea, admin):
    for number in range(30):
        shop.wait(seconds=1)
        published(shop, tea, kind="guide", title=f"Guide {number}", must_read=True)
    shop.wait(seconds=1)
    material = published(shop, tea, kind="faq", title="Asked often")
    for number in range(25):
        shop.wait(seconds=1)
        partner = shop.partner(tea, email=f"p{number}@mail.example")
        if number % 2:
            read(shop, material, partner)
    shop.link(tea, partner, channel="News")
    browser = signed_in(shop, partner)
    for path in ("/portal", "/portal/materials", f"/portal/materials/{material['id']}"):
        assert calls_of(shop, browser, path) <= 30, path
    for path in (
        f"/admin/programs/{tea['id']}/materials",
        f"/admin/materials/{material['id']}",
        f"/admin/materials/{material['id']}/readers",
        f"/admin/materials/{material['id']}/readers?read=yes",
        f"/admin/materials/{material['id']}/readers?read=no",
    ):
        assert calls_of(shop, admin, path) <= 30, path


def test_an_owner_makes_the_starter_set_their_own(shop, tea, admin):
    materials = f"/admin/programs/{tea['id']}/materials"
    page = read_page(admin.get(materials).body)
    new = page.link("Your first week with Tea Shop")
    form = admin.get(new).body
    assert "{{you_get}}" in form
    path = new.partition("?")[0]
    fields = {
        "kind": "guide",
        "language": "en",
        "title": "Your week",
        "words": "Be kind. {{you_get}}",
        "once": "form-1",
    }
    wrong = admin.send(path, **fields | {"words": "{{nobody}}"})
    assert wrong.status == 422
    assert "{{nobody}}" in wrong.body
    done = [notice_of(admin, admin.send(path, **fields)) for _ in range(2)]
    assert done == [["The draft is saved. Look at it, then publish it."]] * 2
    [draft] = listed(shop, tea, state="draft")
    own = f"/admin/materials/{draft['id']}"
    preview = read_page(admin.get(own).body)
    assert "Be kind. You get 10% of what your friends buy." in preview.text
    again = fields | {
        "action": "save",
        "words": "Be kinder.",
        "must_read": "yes",
        "category_client": "yes",
        "tier0": "yes",
    }
    assert notice_of(admin, admin.send(own, etag='"0"', **again)) == [
        "The draft is saved. Look at it, then publish it."
    ]
    stale = admin.send(own, etag='"0"', **again | {"words": "Too late."})
    assert stale.status == 422
    assert "Too late." in stale.body
    assert notice_of(admin, admin.send(own, action="publish", version="1", etag='"1"')) == [
        "It is published: partners see it now."
    ]
    assert admin.send(own, action="publish", version="7", etag='"2"').status == 422
    assert admin.send(own, action="dance", etag='"2"').status == 422
    [material] = listed(shop, tea)
    assert (material["must_read"], material["audience"]) == (True, {"categories": ["client"], "tiers": ["silver"]})
    assert "Clients in tier Silver" in read_page(admin.get(own).body).text
    assert notice_of(admin, admin.send(own, action="withdraw", etag='"2"')) == [
        "It is withdrawn: partners no longer see it."
    ]
    assert "Your week" in admin.get(materials).body
    assert admin.send(own, etag='"3"', **again).status == 422


def test_admins_see_who_has_read_it_and_who_has_not(shop, tea, admin):
    material = published(shop, tea, must_read=True)
    for name in ("Ada", "Bea", "Cleo"):
        shop.wait(seconds=1)
        partner = shop.partner(tea, name=name, email=f"{name.lower()}@mail.example")
        if name == "Bea":
            read(shop, material, partner)
    path = f"/admin/materials/{material['id']}/readers"

    def names(query):
        return [row["Partner"] for row in read_page(admin.get(path + query).body).table("Who has read it")]

    assert names("") == ["Ada", "Bea", "Cleo"]
    assert names("?read=yes") == ["Bea"]
    assert names("?read=no&version=1") == ["Ada", "Cleo"]
    assert read_page(admin.get(f"/admin/materials/{material['id']}").body).link("1") is not None
    assert admin.get(f"{path}?version=99999999999").status == 200


def test_the_versions_of_a_material_have_its_title_filled_in(shop, tea, admin):
    material = published(shop, tea, title="How to recommend {{program}}")
    [version] = read_page(admin.get(f"/admin/materials/{material['id']}").body).table("Versions")
    assert version["Title"] == "How to recommend Tea Shop"


def test_the_share_page_leads_to_materials_and_names_what_must_be_read(shop, tea):
    partner = shop.partner(tea)
    path = partner["enrollments"][0]["share_url"].removeprefix("https://go.example")
    before = read_page(Browser(shop).get(path).body)
    material = published(shop, tea, must_read=True, title="House rules of {{program}}")

    after = read_page(Browser(shop).get(path).body)
    read(shop, material, partner)

    assert before.link("All materials") == "https://go.example/portal/materials"
    assert after.link("House rules of Tea Shop").endswith(f"/portal/materials/{material['id']}")
    assert "House rules" not in Browser(shop).get(path).body
