"""The admin pages, in a real browser: charts with tables beside them, and everything by forms."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.looks import assert_well_made, assert_well_made_everywhere, look_at_a_desk


def sign_in(page, business):
    page.goto(f"{business.running.url}/admin")
    page.get_by_label("API key").fill(business.running.key)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", name="Programs").wait_for()


def pages(business):
    entries = business.running.json("GET", f"/v1/partners/{business.ada['id']}/entries?currency=EUR&limit=5")
    reward = next(one["reward"] for one in entries["data"] if one["reward"])
    program = f"/programs/{business.program['id']}"
    return {
        "": "admin",
        "/overview": "admin-overview",
        program: "admin-program",
        f"{program}/partners": "admin-partners",
        f"{program}/joining": "admin-joining",
        f"{program}/check-ins": "admin-check-ins",
        f"{program}/terms": "admin-terms",
        f"{program}/targets": "admin-targets",
        "/actions": "admin-actions",
        f"/actions/{business.action()}": "admin-action",
        f"/partners/{business.ada['id']}": "admin-partner",
        "/rewards": "admin-rewards",
        f"/rewards/{reward}": "admin-reward",
        "/payouts": "admin-payouts",
        "/messages?status=sent": "admin-messages",
        "/feedback": "admin-feedback",
    }


def test_every_page_is_for_everybody(business, visit, picture):
    # Some are made first, and a day passes: longer than a session lasts.
    paths = pages(business)
    page = visit(f"{business.running.url}/admin")
    assert_well_made_everywhere(page)
    picture(page, "admin-sign-in-{size}")
    sign_in(page, business)

    look_at_a_desk(page, picture, business.running.url, paths)
    page.emulate_media(color_scheme="dark")
    page.goto(f"{business.running.url}/admin/programs/{business.program['id']}")
    picture(page, "admin-program-{size}-dark", full_page=True)
    assert_well_made_everywhere(page)


CHARTS = [
    ("Clicks", "Day by day"),
    ("Sign-ups", "Day by day"),
    ("Sales", "Day by day"),
    ("Rewards, net", "Day by day"),
    ("How many at each step", "From click to customer"),
    ("Clicks by channel", "Top channels"),
    ("Revenue, net, by partner", "Top partners"),
]
# How many pixels of a chart have each of the colors that the style names, how many are not blank, and over which part
# of its width there is the first of the colors.
PAINTED = """(chart, names) => {
  const canvas = chart.querySelector("canvas"), style = getComputedStyle(document.documentElement);
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  const wanted = Object.fromEntries(names.map((name) => {
    const [, red, green, blue] = style.getPropertyValue(name).trim().match(/^#(..)(..)(..)$/);
    return [name, [red, green, blue].map((part) => parseInt(part, 16)).join()];
  }));
  const found = Object.fromEntries([...names, "any"].map((name) => [name, 0]));
  const columns = new Set();
  for (let place = 0; place < data.length; place += 4) {
    if (!data[place + 3]) continue;
    found.any += 1;
    const here = data.slice(place, place + 3).join();
    for (const name of names) if (here === wanted[name]) found[name] += 1;
    if (here === wanted[names[0]]) columns.add((place / 4) % canvas.width);
  }
  return { ...found, wide: columns.size / canvas.width };
}"""


def open_program(page, business):
    sign_in(page, business)
    page.get_by_role("link", name="Tea & Cake", exact=True).click()
    page.get_by_role("heading", name="Top partners").wait_for()
    page.wait_for_load_state()


@pytest.mark.parametrize("size", ["phone", "desk"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_charts_are_drawn_beside_their_tables_in_the_colors_of_the_page(business, visit, size, scheme):
    page = visit(size=size, color_scheme=scheme)
    open_program(page, business)

    for title, beside in CHARTS:
        chart = page.get_by_role("img", name=f"{title}: ")
        assert page.get_by_role("region", name=beside).get_by_role("row").count() > 1
        painted = chart.evaluate(PAINTED, ["--bar", "--ink", "--soft"])
        assert painted["--bar"] > 500, title
        assert painted["--ink"] + painted["--soft"] > 100, f"the words of {title}"
        assert painted["any"] < 0.8 * chart.evaluate("one => one.clientWidth * one.clientHeight * 4")


def test_a_chart_says_what_its_table_says(business, visit):
    page = visit(size="desk")
    open_program(page, business)
    days = page.get_by_role("region", name="Day by day").locator("tbody tr")
    clicks = [int(cell) for cell in days.locator("td:nth-child(2)").all_inner_texts()]
    chart = page.get_by_role("img", name="Clicks: ")

    assert days.count() == len(clicks) == 28
    assert f"at most {max(clicks)}." in chart.get_attribute("aria-label")
    # The newest day is first in the table, and last in the chart.
    box = chart.bounding_box()
    page.mouse.move(box["x"] + box["width"] - 20, box["y"] + 40)
    label = page.locator("figure", has=chart).locator(".at").inner_text()
    newest = days.first.locator("th").inner_text().replace("\u00a0", " ")
    assert label.startswith(f"{newest.partition(',')[0]}: ")
    assert label.endswith(f": {clicks[0]}")
    earned = days.first.locator("td").last.inner_text()
    assert page.locator("figure", has_text="Rewards, net").locator(".at").inner_text().endswith(f": {earned}")
    funnel = page.get_by_role("img", name="How many at each step: ").get_attribute("aria-label")
    for row in page.get_by_role("region", name="From click to customer").locator("tbody tr").all():
        name, count, rate = row.locator("th, td").all_inner_texts()
        assert f"{name} {count}{' · ' if rate else ''}{rate}" in funnel


def test_charts_follow_the_window_and_the_color_scheme(business, visit):
    page = visit(size="desk")
    open_program(page, business)
    chart = page.get_by_role("img", name="Clicks: ")
    canvas = chart.locator("canvas")
    wide = canvas.bounding_box()["width"]
    light = chart.evaluate(PAINTED, ["--bar"])["--bar"]

    page.set_viewport_size({"width": 360, "height": 740})
    page.wait_for_function(
        "([one, wide]) => one.clientWidth < wide / 1.5 && one.clientWidth == one.closest('.plot').clientWidth",
        arg=[canvas.element_handle(), wide],
    )
    page.set_viewport_size({"width": 1280, "height": 900})
    page.wait_for_function("([one, wide]) => one.clientWidth == wide", arg=[canvas.element_handle(), wide])
    page.emulate_media(color_scheme="dark")

    # PAINTED asks for the colors of now: drawn as before, there would be none of them.
    page.wait_for_function(
        f"([one, names]) => ({PAINTED})(one, names)['--bar'] > 0", arg=[chart.element_handle(), ["--bar"]]
    )
    assert light > 500


def test_a_little_can_be_seen_beside_a_lot(business, visit):
    page = visit(size="desk")
    open_program(page, business)
    few = page.get_by_role("region", name="Day by day").locator("tbody tr:nth-child(n + 2) td:nth-child(2)")
    some = [cell for cell in few.all_inner_texts() if cell != "0"]

    def with_a_lot(route):
        answer = route.fetch()
        first = re.compile(r'(class="day" data-day="[\d-]+">[^<]+</th><td class="n">)\d+')
        route.fulfill(response=answer, body=first.sub(r"\g<1>9,000,000", answer.text(), count=1))

    page.route("**/admin/programs/*", with_a_lot)
    page.reload()

    chart = page.get_by_role("img", name="at most 9,000,000.")
    wide = chart.evaluate(PAINTED, ["--bar"])["wide"]
    assert len(some) >= 20
    assert 0.35 < wide < 0.75, "of its width, as many days as there are have a bar"


def test_a_loss_is_drawn_left_of_nought_in_a_color_of_its_own(business, visit):
    page = visit(size="desk")
    open_program(page, business)

    def with_a_loss(route):
        answer = route.fetch()
        before, table, partners = answer.text().partition('aria-label="Top partners"')
        loss = re.sub(r'(data-label="Revenue, net" class="n">)€[\d.,]+', r"\g<1>-€9,000.00", partners, count=1)
        route.fulfill(response=answer, body=f"{before}{table}{loss}")

    page.route("**/admin/programs/*", with_a_loss)
    page.reload()

    chart = page.get_by_role("img", name="-€9,000.00")
    red = chart.evaluate(PAINTED, ["--red"])
    assert red["--red"] > 500
    assert 0.4 < red["wide"] < 0.55, "the loss has the left half, as nothing is larger"
    assert chart.evaluate(PAINTED, ["--bar"])["wide"] < 0.2


def test_without_scripts_the_tables_are_there_and_no_empty_charts(business, visit):
    page = visit(size="phone", java_script_enabled=False)
    open_program(page, business)

    expect(page.get_by_role("img")).to_have_count(0)
    expect(page.locator("figure")).to_have_count(len(CHARTS))
    assert not any(figure.is_visible() for figure in page.locator("figure").all())
    for beside in {beside for _, beside in CHARTS}:
        expect(page.get_by_role("region", name=beside).get_by_role("row").nth(1)).to_be_visible()


def test_nothing_moves_by_itself(business, visit):
    page = visit(size="desk", reduced_motion="reduce")
    open_program(page, business)

    expect(page.get_by_role("img")).to_have_count(len(CHARTS))
    assert page.evaluate("document.getAnimations().length") == 0
    moving = (
        "[...document.querySelectorAll('*')].filter((one) => getComputedStyle(one).transitionDuration != '0s').length"
    )
    assert page.evaluate(moving) == 0


# Of each table, whether it goes on beyond what can be seen, and whether a shadow says so.
CUT = """tables => tables.map((table) => ({
  name: table.getAttribute("aria-label"),
  stacked: table.querySelector("table").className == "stack",
  cut: table.scrollWidth > table.clientWidth,
  signed: getComputedStyle(table).backgroundAttachment.split(", ").join() == "local,local,scroll,scroll",
}))"""


@pytest.mark.parametrize("width", [360, 640])
def test_no_column_is_cut_on_a_phone_or_at_twice_the_size_without_a_sign_that_it_goes_on(business, visit, width):
    page = visit(size="phone")
    page.set_viewport_size({"width": width, "height": 740})
    program, partner, _ = business.hostile_partner()
    long = business.post(
        "/v1/partners", name="Donaudampfschifffahrtsgesellschaftskapitän" * 2, programs=[program["id"]]
    )
    business.post(f"/v1/partners/{long['id']}/feedback", score=9, words="Donaudampfschifffahrt" * 9)
    business.post(f"/v1/partners/{partner['id']}/feedback", score=1)
    sign_in(page, business)

    for path in [*pages(business), f"/programs/{program['id']}/partners", f"/partners/{long['id']}"]:
        page.goto(f"{business.running.url}/admin{path}")
        for table in page.locator(".scroll").evaluate_all(CUT):
            assert table["signed"], (path, table)
            assert not (table["stacked"] and table["cut"]), (path, table)
    page.goto(f"{business.running.url}/admin/feedback")
    # A label stands before no cell that is empty.
    comments = page.locator("td[data-label=Comment]:not(:empty)").all_inner_texts()
    assert comments
    assert all(comments)


@pytest.mark.parametrize("period", ["Last 7 days", "This year"])
def test_few_days_and_many_are_drawn_too(business, visit, period):
    page = visit(size="phone")
    open_program(page, business)
    page.get_by_role("link", name=period).click()

    chart = page.get_by_role("img", name="Clicks: ")
    chart.wait_for()
    assert chart.evaluate(PAINTED, ["--bar"])["--bar"] > 300
    assert_well_made(page)


def test_without_scripts_a_reward_is_decided_and_a_payout_made(business, visit):
    page = visit(size="desk", java_script_enabled=False)
    sign_in(page, business)
    reward = next(path for path in pages(business) if path.startswith("/rewards/"))

    page.goto(f"{business.running.url}/admin{reward}")
    page.get_by_label("Note, for the record").fill("looks odd")
    page.get_by_role("button", name="Hold").click()
    expect(page.get_by_text("under review")).to_have_count(1)
    page.goto(f"{business.running.url}/admin/rewards?waits=review")
    expect(page.get_by_text("looks odd")).to_have_count(1)
    page.goto(f"{business.running.url}/admin{reward}")
    page.get_by_label("Note, for the record").fill("all is well")
    page.get_by_role("button", name="Release").click()
    expect(page.get_by_text("under review")).to_have_count(0)

    page.get_by_role("link", name="Payouts", exact=True).click()
    page.get_by_label("Prepare a payout").select_option("EUR")
    page.get_by_role("button", name="Show what is due").click()
    page.get_by_role("button", name="Prepare").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="for Wise").click()
    assert "Ada Lindqvist" in download.value.path().read_text()
    page.get_by_role("link", name="Mark all as paid").click()
    expect(page.get_by_text("This cannot be undone")).to_have_count(1)
    page.get_by_label("Proof, kept on record").fill("bank statement 7")
    page.get_by_role("button", name="Mark as paid").click()
    expect(page.locator("dd", has_text=re.compile("^Paid$"))).to_have_count(1)
    page.get_by_role("link", name="Ada Lindqvist as returned").click()
    page.get_by_label("Proof, kept on record").fill("bank statement 8")
    page.get_by_role("button", name="Mark as returned").click()
    expect(page.locator("dd", has_text="Partly paid")).to_have_count(1)
    expect(page.get_by_role("cell", name="bank statement 8")).to_have_count(1)


def test_what_a_function_gave_up_on_is_delivered_again_once_it_is_mended(business, visit):
    page = visit(size="desk")
    sign_in(page, business)
    business.post("/_local/failing", functions=["conversions_to_rewards"])
    lead = {"type": "lead", "external_id": "s-late", "customer": {"external_id": "late"}, "code": "ada-email"}
    lead = business.post("/v1/conversions", program=business.program["id"], **lead)
    business.settle()

    page.goto(f"{business.running.url}/admin")
    page.get_by_role("link", name="1 dead letter").click()
    row = page.get_by_role("row").filter(has_text="conversions_to_rewards")
    expect(row.get_by_text(lead["id"])).to_have_count(1)
    assert_well_made(page)
    row.get_by_role("button", name="Deliver").click()
    expect(page.get_by_role("status").get_by_text("The dead letter stays")).to_have_count(1)
    assert business.running.json("GET", f"/v1/conversions/{lead['id']}/explanation")["outcome"] is None

    business.post("/_local/failing", functions=[])
    row.get_by_role("button", name="Deliver").click()
    page.wait_for_url("**/admin/messages")
    expect(row).to_have_count(0)
    page.goto(f"{business.running.url}/admin")
    expect(page.get_by_text("dead letter")).to_have_count(0)
    business.settle()
    explained = business.running.json("GET", f"/v1/conversions/{lead['id']}/explanation")
    assert [one["amount"] for one in explained["rewards"]] == [200]


def test_a_form_that_was_refused_is_described_by_what_is_wrong_and_is_for_everybody(business, visit):
    page = visit(size="phone")
    sign_in(page, business)
    page.goto(f"{business.running.url}/admin/programs/{business.program['id']}/joining")
    page.get_by_label("CSV text").fill("email\nnobody")
    page.locator("form").filter(has=page.get_by_label("CSV text")).get_by_role("button").click()

    field = page.get_by_label("CSV text")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_have_accessible_description(page.locator("#notice").inner_text())
    expect(field).to_have_value("email\nnobody")
    expect(page.locator("[aria-invalid]")).to_have_count(1)
    assert_well_made(page)


def test_the_keyboard_is_enough(business, visit):
    page = visit(f"{business.running.url}/admin", size="desk")
    # Past the link to the content, the email address and its button.
    for _ in range(4):
        page.keyboard.press("Tab")
    page.keyboard.type(business.running.key)
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Programs").wait_for()

    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    assert page.url.endswith("#main")
