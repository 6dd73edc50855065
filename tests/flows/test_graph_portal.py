"""A partner's own tree in the portal: who came through them, without names that nobody chose to show, nor money."""

import pytest

from tests.faults.world import built_once
from tests.flows.test_graph import Tea, walk
from tests.forms import Browser


@pytest.fixture
@built_once
def tea(shop):
    """Ada brought Bob, who brought Cy; the program shows names, and Bob chose one."""
    tea = Tea(shop, leaderboard={"shows": "names", "by": "sales"})
    tea.join("Ada")
    tea.buy("Bob", 123_400, by="Ada")
    tea.join("Bob")
    tea.buy("Cy", 567_800, by="Bob")
    tea.join("Cy")
    assert shop.patch(f"/v1/partners/{tea.partners['Bob']['id']}", {"display_name": "Bobby"}).status == 200
    shop.settle()
    walk(shop)
    return tea


@pytest.fixture
def portal(shop, tea):
    from chalicelib.access.sessions import begin
    from chalicelib.portal.session import COOKIE, LASTING

    browser = Browser(shop)
    browser.cookies = {COOKIE: begin(tea.partners["Ada"]["id"], lasting=LASTING, at=shop.at).cookie}
    return browser


def test_a_partner_sees_who_came_through_them_by_chosen_names_and_counts_alone(tea, portal):
    page = portal.get(f"/portal/tree?program={tea.program['id']}").body

    assert "2 partners came through you, or through friends of yours." in page
    for name in ("You", "Bobby", "A friend"):
        assert f">{name}</text>" in page
        assert f"<bdi>{name}</bdi>" in page
    for hidden in (">Bob<", ">Cy<", "1,234", "5,678", *(tea.partners[name]["id"] for name in ("Bob", "Cy"))):
        assert hidden not in page


def test_where_a_program_shows_no_names_everybody_is_a_friend(tea, portal, shop):
    shop.patch(f"/v1/programs/{tea.program['id']}", {"leaderboard": {"shows": "off", "by": "sales"}})

    page = portal.get("/portal/tree").body

    assert "Bobby" not in page
    assert page.count("<bdi>A friend</bdi>") >= 2


def test_a_program_that_the_partner_is_not_in_has_no_page(tea, portal, shop):
    other = shop.program(external_id="other", name="Other")
    assert portal.get(f"/portal/tree?program={other['id']}").status == 404
    assert portal.get("/portal/tree?cursor=x").status == 422
    assert "/portal/tree?program=" in portal.get("/portal").body


def test_before_the_first_walk_the_page_says_when_it_is_counted(shop):
    from chalicelib.access.sessions import begin
    from chalicelib.portal.session import COOKIE, LASTING

    tea = Tea(shop)
    tea.join("Ada")
    browser = Browser(shop)
    browser.cookies = {COOKIE: begin(tea.partners["Ada"]["id"], lasting=LASTING, at=shop.at).cookie}

    assert "Nothing has been counted yet" in browser.get("/portal/tree").body
