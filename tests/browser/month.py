"""A month on a moved clock: the people who work on the admin pages, and the shop whose server reports its sales."""

import re
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

from playwright.sync_api import expect

from tests.reading import read

MARCH = (2027, 3)
# People look at the clock of the program's time zone, in which summer time begins on the 28th.
ZONE = ZoneInfo("Europe/Berlin")
OWNER = "owner@goodword.example"
MANAGER = "meg@blatt.example"
PARTNERS = {"Anna": "anna@mail.example", "Bob": "bob@mail.example", "Cleo": "cleo@mail.example"}
FRIENDS = {
    "Anna": ["fay", "finn", "flo", "fritz", "frida"],
    "Bob": ["gus", "gwen", "greta"],
    "Cleo": ["hal", "hope"],
}
# In euros.
PURCHASES = {
    "fay": 100, "finn": 80, "flo": 60, "fritz": 40, "frida": 70,
    "gus": 120, "gwen": 90, "greta": 30,
    "hal": 200, "hope": 50,
}  # fmt: skip


class Month:
    """The clock, the mailbox, and the windows of the owner and the manager. A day begins with signing in again."""

    def __init__(self, running, visit):
        self.running, self.visit = running, visit
        self.windows = {}
        self.program = self.key = None

    def begin(self, day, hour=9):
        """Move the clock to an hour of a day of the month; what is due by then has happened."""
        at = datetime(*MARCH, day, hour, tzinfo=ZONE).astimezone(UTC)
        answer = self.running.json("POST", "/_local/clock", {"now": at.strftime("%Y-%m-%dT%H:%M:%SZ")})
        assert answer["settled"], answer

    def settle(self):
        """Wait until everything that follows from what was done has happened, and nothing was given up on."""
        assert self.running.json("POST", "/_local/settle") == {"settled": True, "dead_letters": 0}

    def compare_days(self):
        """Run the comparison of yesterday and today, which a schedule runs every six hours."""
        assert self.running.json("POST", "/_local/schedules", {"run": "reconcile"})["settled"]

    def emails(self, address):
        self.settle()
        mailbox = self.running.json("GET", "/_local/mailbox.json")["emails"]
        return [one for one in mailbox if any(address in to for to in one["to"])]

    def link_in_email(self, address, path):
        """Return the link with this path in the last email to an address that has one."""
        texts = [one["text"] for one in reversed(self.emails(address))]
        links = (re.search(rf"http://\S+{path}\S+", text) for text in texts)
        return next(link[0] for link in links if link)

    def sign_in(self, address):
        """Open the admin pages by a link that comes by email, in the same window each day."""
        page = self.windows.get(address) or self.visit(size="desk")
        self.windows[address] = page
        page.goto(f"{self.running.url}/admin")
        page.get_by_label("Your email address").fill(address)
        page.get_by_role("button", name="Email me a link").click()
        expect(page).to_have_title(re.compile("Check your inbox"))
        page.goto(self.link_in_email(address, "/admin/sign-in/"))
        page.locator("form button").first.click()
        expect(page.get_by_role("heading", name="To do")).to_be_visible()
        return page

    def go(self, page, path):
        page.goto(f"{self.running.url}/admin{path}")
        return page

    def go_to_program(self, page, part=""):
        return self.go(page, f"/programs/{self.program}{part}")

    def search(self, page, text):
        """Find something by the box that is on every page, and open the first that was found."""
        page.get_by_role("searchbox").fill(text)
        page.get_by_role("button", name="Search").click()
        page.get_by_role("region", name="What was found").get_by_role("link").first.click()

    def phone(self, url):
        return self.visit(url, size="phone")

    def read(self, page):
        # What a test saw of a page may have come before the rest of it.
        page.wait_for_load_state()
        return read(page.content())

    def table(self, page, name):
        """Return the rows of a table of a page, each as what stands in it under which column."""
        return self.read(page).table(name)

    def tile(self, page, name):
        return self.read(page).tile(name)

    def every_row(self, page, path, name):
        """Return the rows of a table on all of its pages."""
        self.go(page, path)
        rows = self.table(page, name)
        while (more := page.get_by_role("link", name="Older", exact=True)).count():
            with page.expect_navigation():
                more.click()
            # The last page may be empty: nobody knew that there was nothing more.
            rows += self.table(page, name) if page.get_by_role("region", name=name).count() else []
        return rows


class Shop:
    """The shop's website and server: what friends do there is reported with a key that an owner created."""

    def __init__(self, month):
        self.month = month
        self.clicks = {}

    def report(self, path, **body):
        headers = {"Authorization": f"Bearer {self.month.key}"}
        status, _, content = self.month.running.call("POST", path, body, **headers)
        assert status in {200, 201, 202}, content
        return content

    def visited(self, friend, page):
        """Take note of the click with which a friend came, as the shop's website does."""
        self.clicks[friend] = parse_qs(urlsplit(page.url).query)["gw_click"][0]

    def sign_up(self, friend, *, clicked=True):
        more = {"click_id": self.clicks[friend]} if clicked else {}
        customer = {"external_id": f"u-{friend}", "name": friend.title(), "email": f"{friend}@mail.example"}
        self._convert("lead", f"signup-{friend}", customer=customer, **more)

    def sell(self, friend, order, euros, *, guest=False):
        customer = {"external_id": f"{'guest' if guest else 'u'}-{friend}"}
        more = {"click_id": self.clicks[friend]} if guest else {}
        self._convert("sale", order, customer=customer, amount={"amount": euros * 100, "currency": "EUR"}, **more)

    def _convert(self, type_, external_id, **more):
        self.report("/v1/conversions", program=self.month.program, type=type_, external_id=external_id, **more)


def confirms(page, sentence):
    expect(page.get_by_role("status")).to_contain_text(sentence)
