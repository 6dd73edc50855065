"""A partner introduces a colleague; the owner accepts, meets and sells; reward, thanks and the graph show it."""

import re
import time
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from tests.browser.looks import assert_well_made_everywhere
from tests.running import Running

ADA, GRACE = "ada@mail.example", "grace.hopper@navy.example"
USED = set()
FIRST_SALE = {"name": "first_sale", "on": "sale", "active": True, "when": {"number": 1}, "by": "page"}


@pytest.fixture(scope="module")
def running():
    """A service of its own, whose clock goes on by a day, and whose sums are of these introductions alone."""
    service = Running()
    yield service
    service.stop()


def mails(running, address):
    """Return the emails to an address that the mailbox has, the latest first, once all are sent."""
    running.json("POST", "/_local/settle")
    emails = running.json("GET", "/_local/mailbox.json")["emails"]
    return [one for one in emails if any(address in to for to in one["to"])]


def text_of(email):
    return str(email).replace("\xa0", " ")


def sign_in(running, page, address=ADA):
    """Sign in by a link from an email, which one may ask for a few times an hour."""
    page.get_by_label("Your email address").fill(address)
    page.get_by_role("button", name="Send me a link").click()
    expect(page.get_by_role("heading")).to_have_text("Check your inbox", use_inner_text=True)
    texts = " ".join(email["text"] for email in mails(running, address))
    links = re.findall(r"http://[^\s\"'<>\\]+/portal/sign-in/[\w-]+", texts)
    [link] = set(links) - USED
    USED.add(link)
    page.goto(link)
    page.get_by_role("button", name="Sign in now").click()
    # Whoever came to introduce someone is led to that form.
    page.wait_for_url(re.compile(r"/portal(/introduce\?.*)?$"))


@pytest.fixture(scope="module")
def signed_in(running, chromium):
    """The cookies of the partner, who signed in once."""
    context = chromium.new_context(locale="en-GB")
    page = context.new_page()
    page.goto(f"{running.url}/portal")
    sign_in(running, page)
    yield context.cookies()
    context.close()


def as_ada(page, signed_in):
    page.context.add_cookies(signed_in)
    return page


def sign_in_as_owner(running, page):
    page.goto(f"{running.url}/admin")
    page.get_by_label("API key").fill(running.key)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", name="Programs").wait_for()


def join_when_asked(running, visit, customer, program):
    """Have a customer be asked on a page of the website, and take the link that is there for them."""
    answer = running.json("GET", f"/v1/customers/{customer}/ask?program={program}")
    page = visit(answer["join_url"])
    page.get_by_role("button").last.click()
    page.wait_for_url("**/s/**")


def walk_at_night(running, program):
    """Let the night pass, and have its sources be walked; return them."""
    now = datetime.fromisoformat(running.json("GET", "/_local/clock")["now"])
    noon = datetime(now.year, now.month, now.day, 12, tzinfo=UTC) + timedelta(days=1)
    running.json("POST", "/_local/clock", {"now": noon.strftime("%Y-%m-%dT%H:%M:%SZ")})
    # The service walks by itself, too: whoever comes second waits until that has ended.
    for _ in range(100):
        running.call("POST", "/_local/schedules", {"run": "trace_sources"})
        sources = running.json("GET", f"/v1/programs/{program}/sources")
        if sources["as_of"] is not None:
            return sources["data"]
        time.sleep(0.2)
    raise AssertionError("the graph was never walked")


def assert_graph_shows_it(page, picture):
    """Go from the sources to the partner's tree: the sale went through her, and the colleague came by her."""
    drawing = page.get_by_role("img", name="Drawing of the largest sources")
    for name in ("Ada", "Grace Hopper"):
        expect(drawing).to_contain_text(name)
    source = page.get_by_role("region", name="All sources").get_by_role("row").filter(has_text="Ada")
    for title, words in (("Through them", "$615.00"), ("Customers who bought", "1")):
        expect(source.locator(f"[data-label='{title}']")).to_have_text(words)
    look(page, picture, "sources-after-introduction-{size}")
    source.get_by_role("link", name="Ada").click()
    colleague = (
        page.get_by_role("region", name="Whom they brought").get_by_role("row").filter(has_text="an introduction")
    )
    expect(colleague.get_by_role("rowheader")).to_have_text("Grace Hopper")
    expect(colleague.locator("[data-label='Brought by']")).to_have_text("Ada")
    expect(page.get_by_role("img", name="Drawing of whom they brought")).to_contain_text("Grace Hopper")
    look(page, picture, "tree-after-introduction-{size}")


def look(page, picture, name):
    assert_well_made_everywhere(page)
    picture(page, name, full_page=True)


def fill_in(page, *, name="Grace Hopper", email=GRACE):
    page.get_by_label("Name of the person").fill(name)
    page.get_by_label("Their email address").fill(email)
    page.get_by_label("Company").fill("Navy")
    page.get_by_label("How do you know them?").select_option("Colleague")
    page.get_by_label("Why should we talk?").fill("Their night shift drinks a lot of tea.")
    page.get_by_role("button", name="Continue").click()
    page.wait_for_url("**/portal/introductions/itr_*")


def test_a_partner_introduces_a_colleague_reward_and_thanks_arrive_and_the_graph_shows_it(running, visit, picture):
    program = running.json("GET", "/v1/programs/ext_sample")["id"]
    running.json("POST", f"/v1/programs/{program}/asking", {"rules": [FIRST_SALE], "hold_out_bp": 0})
    phone = visit(running.read_label("share page"))
    phone.get_by_role("link", name="Introduce someone").click()
    sign_in(running, phone)
    phone.get_by_role("navigation").get_by_role("link", name="Introductions").click()
    expect(phone.get_by_text("Tell us who, and why we should talk.")).to_be_visible()
    expect(phone.get_by_text("Tea Shop answers within 2 business days.")).to_be_visible()
    look(phone, picture, "introductions-phone")
    phone.get_by_role("link", name="Introduce someone").click()
    look(phone, picture, "introduce-phone")
    fill_in(phone)
    message = phone.get_by_label("Your message").input_value()
    assert "Their night shift drinks a lot of tea." in message
    assert "We bring good tea to offices" in message
    assert "I may get a reward from Tea Shop" in message
    look(phone, picture, "introduction-ready-phone")
    phone.get_by_role("button", name="I have sent it").click()
    expect(phone.get_by_role("status").first).to_contain_text("will answer by")
    look(phone, picture, "introduction-received-phone")
    path = phone.url.partition("?")[0]

    desk = visit(size="desk")
    sign_in_as_owner(running, desk)
    look(desk, picture, "today-with-introductions-desk")
    desk.get_by_role("link", name=re.compile("introductions? to answer in Tea Shop")).click()
    look(desk, picture, "pipeline-desk")
    desk.get_by_role("link", name="Grace Hopper").first.click()
    look(desk, picture, "introduction-to-answer-desk")
    desk.get_by_label("Words to the partner").first.fill("We call her on Monday.")
    desk.get_by_role("button", name="Accept").click()
    expect(desk.get_by_role("status")).to_have_text("Accepted. The partner gets an email now.")
    look(desk, picture, "introduction-accepted-desk")
    desk.get_by_label("To", exact=True).select_option("Meeting")
    desk.get_by_role("button", name="Save").click()
    expect(desk.get_by_role("status")).to_contain_text("Saved.")
    desk.get_by_label("Order number").fill("navy-1")
    desk.get_by_label("Amount in USD").fill("615.00")
    desk.get_by_role("button", name="Report the sale").click()
    expect(desk.get_by_role("status")).to_contain_text("Won.")
    look(desk, picture, "introduction-won-desk")

    running.json("POST", "/_local/settle")
    due = running.json("GET", f"/v1/thanks?program={program}")["data"]
    identifier = path.rpartition("/")[2]
    [thanks] = [one for one in due if one["introduction"] == identifier]
    desk.goto(f"{running.url}/admin/programs/{program}/thanks")
    card = desk.locator(f"#{thanks['id']}")
    expect(card).to_contain_text("Ada")
    expect(card).to_contain_text("Grace Hopper")
    look(desk, picture, "thanks-due-desk")
    card.get_by_text("Settle").click()
    card.get_by_label("Note").fill("A card by hand.")
    card.get_by_role("button", name="Done").click()
    expect(desk.get_by_role("status")).to_be_visible()
    settled = running.json("GET", f"/v1/thanks?program={program}&state=done")["data"]
    assert [one["introduction"] for one in settled] == [identifier]
    expect(card).not_to_be_attached()
    desk.get_by_role("link", name="Done", exact=True).click()
    expect(card).to_contain_text("A card by hand.")
    look(desk, picture, "thanks-done-desk")

    texts = text_of(mails(running, ADA))
    for subject in ("We have your introduction of Grace Hopper", "Tea Shop will talk to Grace Hopper"):
        assert subject in texts
    assert "Grace Hopper bought from Tea Shop. Thank you!" in texts
    assert "$61.50" in texts
    phone.goto(path)
    expect(phone.get_by_text("Grace Hopper bought from Tea Shop. Thank you!")).to_be_visible()
    look(phone, picture, "introduction-won-phone")
    phone.goto(f"{running.url}/portal")
    expect(phone.locator("main")).to_contain_text("$61.50", use_inner_text=True)

    # Who bought by an introduction may tell friends, too: as a partner, she has a place in the graph.
    introduction = running.json("GET", f"/v1/introductions/{identifier}")
    join_when_asked(running, visit, introduction["customer"], program)
    [ada] = [one for one in walk_at_night(running, program) if one["partner"] == introduction["partner"]]
    why = running.json("GET", f"/v1/conversions/{introduction['conversion']}/explanation")
    [reward] = [one["amount"] for one in why["rewards"] if one["to"] == "referrer"]
    # A tenth of the sale is hers.
    assert (ada["through"], ada["direct"], ada["partners"], reward) == (615_00, 615_00, 1, 61_50)
    admin = visit()
    sign_in_as_owner(running, admin)
    admin.goto(f"{running.url}/admin/programs/{program}/sources")
    assert_graph_shows_it(admin, picture)
    phone.get_by_role("link", name="Who came through you").click()
    expect(phone.get_by_text("1 partner came through you")).to_be_visible()
    rows = phone.get_by_role("table").get_by_role("row")
    expect(rows.nth(1)).to_contain_text("You")
    expect(rows.nth(1)).to_contain_text("1 customer")
    # She chose no name to show, not even to who introduced her.
    expect(rows.nth(2).get_by_role("rowheader")).to_have_text("A friend")
    expect(rows.nth(2)).to_contain_text("0 customers")
    look(phone, picture, "portal-tree-after-introduction-phone")


def test_all_of_it_works_without_scripts_and_by_keyboard(running, visit, signed_in):
    page = as_ada(visit(java_script_enabled=False), signed_in)
    page.goto(f"{running.url}/portal/introduce")
    fill_in(page, name="Noa Quiet", email="noa@quiet.example")
    expect(page.get_by_label("Your message")).to_be_visible()
    expect(page.get_by_role("link", name="Open in my email")).to_be_visible()
    expect(page.get_by_role("button", name="Copy message")).not_to_be_visible()
    page.get_by_role("button", name="I have sent it").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("will answer by").first).to_be_visible()


def test_what_opens_in_an_app_is_what_was_written_last(running, visit, signed_in):
    page = as_ada(visit(permissions=["clipboard-read", "clipboard-write"]), signed_in)
    page.add_init_script("navigator.share = what => { window.sharedText = what.text; return Promise.resolve(); }")
    page.goto(f"{running.url}/portal/introduce")
    fill_in(page, name="Mia Changes", email="mia@changes.example")
    page.get_by_label("Your message").fill("Hello Mia, meet the tea people.")
    assert "meet%20the%20tea%20people" in page.get_by_role("link", name="Open in my email").get_attribute("href")
    page.get_by_role("button", name="Copy message").click()
    page.get_by_role("status").filter(has_text="Copied.").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == "Hello Mia, meet the tea people."
    page.get_by_role("button", name="Share").click()
    assert page.evaluate("sharedText") == "Hello Mia, meet the tea people."


def test_the_other_pages_are_for_everybody(running, visit, signed_in, picture):
    page = as_ada(visit(), signed_in)
    page.goto(f"{running.url}/portal/introductions")
    look(page, picture, "introductions-list-{size}")
    page.goto(f"{running.url}/portal/introduce-several")
    page.get_by_label("Lines").fill("name,email,why,closeness\nTom,,no,friend\nEva,eva@x.example,Tea,friend")
    page.get_by_role("button", name="Check", exact=True).click()
    expect(page.get_by_text("Not saved")).to_be_visible()
    look(page, picture, "introduce-several-{size}")
    page.goto(f"{running.url}/portal/introduce")
    page.get_by_label("Name of the person").fill("Nobody")
    page.get_by_label("How do you know them?").select_option("Friend")
    page.get_by_label("Why should we talk?").fill("?")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("status")).to_contain_text("Enter an email address, a phone number or a company.")
    assert page.get_by_label("Name of the person").input_value() == "Nobody"
    look(page, picture, "introduce-refused-{size}")


def test_the_introduced_person_sees_and_deletes_what_is_stored(running, visit, signed_in, picture):
    address = "lea@harbor.example"
    page = as_ada(visit(), signed_in)
    page.goto(f"{running.url}/portal/introduce")
    page.get_by_label("Tea Shop writes once, in my name").check()
    page.get_by_label("I asked this person").check()
    page.get_by_label("Name of the person").fill("Lea Shore")
    page.get_by_label("Their email address").fill(address)
    page.get_by_label("How do you know them?").select_option("My client")
    page.get_by_label("Why should we talk?").fill("She asked me for good tea.")
    page.get_by_role("button", name="Continue").click()
    page.wait_for_url("**/portal/introductions/itr_*")
    [email] = mails(running, address)
    link = re.search(r"http://[^\s\"'<>\\]+/introduced/[^\s\"'<>\\]+", text_of(email))[0]
    person = visit(link)
    expect(person.get_by_text("Ada introduced you to Tea Shop").first).to_be_visible()
    look(person, picture, "introduced-{size}")
    person.get_by_role("button", name="Delete my details").click()
    expect(person.get_by_role("status")).to_have_text("Your details are deleted.", use_inner_text=True)
    look(person, picture, "introduced-deleted-{size}")


def test_the_pipeline_is_for_everybody_on_a_phone(running, visit, picture):
    page = visit()
    sign_in_as_owner(running, page)
    program = running.json("GET", "/v1/programs/ext_sample")["id"]
    page.goto(f"{running.url}/admin/programs/{program}/introductions")
    look(page, picture, "pipeline-phone")
    page.goto(f"{running.url}/admin/programs/{program}/introductions?sort=due")
    look(page, picture, "pipeline-table-phone")
    page.get_by_role("link", name="Grace Harbor").first.click()
    page.get_by_text("Decline", exact=True).first.click()
    look(page, picture, "introduction-admin-phone")
