"""
Every page there is, with the worst that names and words may hold: on a phone, light and dark, looked at by axe.

What is listed here is compared with the routes, so that a new page is looked at too.
"""

import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.browser.business import Business
from tests.browser.looks import assert_accessible, assert_fits, assert_well_made, unfold
from tests.browser.test_admin import sign_in as sign_in_as_admin
from tests.browser.test_portal import sign_in
from tests.running import ROOT, Running

# A script, a name that reads backwards, an attribute that ends early, a template, and a word without an end.
NAME = "<script>alert(1)</script>\u202egpj.exe\u2066'\"><img src=x onerror=alert(2)>{{7*7}}" + "W" * 20
LONG = f"<script>alert(3)</script>\u202e{'W' * 5_000} {'{{7*7}} ' * 600}"
NO_PAGES = {
    *("/goodword.js", "/admin/static/{id}", "/portal/statement.csv", "/admin/payouts/{id}/export"),
    *("/admin/programs/{id}/leaderboard.csv", "/admin/programs/{id}/sources.csv"),
    *("/admin/conversions/export", "/admin/customers/export", "/admin/partners/export"),
    *(f"/admin/{one}/export" for one in ("audit", "events", "messages", "payouts")),
    *(f"/admin/{one}/export" for one in ("programs", "people", "keys", "feedback", "payouts/{id}/items")),
    *(
        f"/admin/programs/{{id}}/{one}/export"
        for one in ("applications", "invitations", "moments", "partners", "introductions")
    ),
    "/portal/introductions.csv",
    *("/admin/programs/{id}/check-ins/export", "/admin/actions/export"),
    *("/admin/adjustments/export", "/admin/partners/{id}/adjustments/export"),
    *("/admin/rewards/export", "/admin/benefits/export", "/admin/links/export", "/admin/links/{id}/export"),
    *("/admin/partners/{id}/statement/export", "/admin/customers/{id}/statement/export"),
    "/admin/programs/{id}/import/export",
    *("/admin/exports/{id}", "/admin/programs/{id}/margin", "/admin/programs/{id}/receiving/test"),
    "/admin/programs/{id}/thanks/new",
    *("/robots.txt", "/favicon.ico", "/look/{id}"),
    # Emails, in frames of a page.
    "/admin/programs/{id}/email-preview",
    # These lead to a page.
    *("/", "/portal/link", "/portal/emails", "/portal/sign-out", "/portal/sign-out-everywhere"),
    *("/portal/profile", "/portal/come-back", "/portal/identity"),
    *("/portal/names-stop", "/portal/materials/{id}/save", "/portal/banners/{id}"),
    *(
        "/portal/share-links",
        "/portal/data.json",
        "/portal/erase",
        "/portal/erase-link",
        "/admin/privacy/{id}/data",
    ),
    *(f"/admin/partners/{{id}}/{form}" for form in ("category", "tier", "programs", "links", "emails", "sign-in")),
    *("/admin/link", "/admin/sign-in", "/admin/sign-out", "/admin/dead-letters/{id}", "/admin/payout-settings"),
}


class Hostile:
    """A program, a partner and all that comes of them, wherever somebody may choose words."""

    def __init__(self, business):
        self.business, self.running = business, business.running
        self.address = "mallory@tea.example"
        benefit = {"kind": "gift", "name": NAME, "quantity": 3}
        address = "https://tea.example/test"
        self.trial = business.post(
            "/v1/programs", name=NAME, currency="CHF", landing_url=address, mode="test", joining="open", rules=[]
        )
        self.program = business.post(
            "/v1/programs",
            name=NAME,
            currency="CHF",
            landing_url="https://tea.example/x",
            joining="open",
            words=LONG,
            rules=[
                {"on": "lead", "to": "referrer", "flat": {"amount": 200, "currency": "CHF"}},
                {"on": "lead", "to": "referee", "benefit": benefit},
                {
                    "on": "sale", "to": "referrer", "benefit": benefit,
                    "when": {"products": [NAME], "metadata": {NAME[:40]: [NAME]}},
                },
                {"on": "sale", "to": "referrer", "benefit": benefit, "level": "premium", "name": "any"},
            ],
            tiers=[{"name": "w" * 40, "minimum_leads": 9, "minimum_revenue": 2**53 - 1}],
            introductions="first_received",
        )  # fmt: skip
        business.patch(
            f"/v1/programs/{self.program['id']}",
            sharing={"friend_page": True, "show_earned": True},
            share_texts={"en": {"message": LONG[:400], "email_subject": NAME.replace("{{7*7}}", "")}},
        )
        address = f"https://tea.example/{'x' * 300}"
        hook = business.post("/v1/endpoints", program=self.program["id"], url=address)
        self.endpoint = hook["endpoint"]["id"]
        self.endpoint_of_all = business.post("/v1/endpoints", url=address)["endpoint"]["id"]
        crm = {"url": "https://api.hubapi.com", "format": "hubspot", "credentials": {"token": "x" * 1000}}
        self.crm = business.post("/v1/endpoints", **crm)["endpoint"]["id"]
        grants = [{"role": "manager", "program": self.program["id"]}, {"role": "viewer"}]
        self.person = business.post("/v1/users", email="eve@tea.example", name=NAME, roles=grants)["id"]
        scopes = ["conversions:write", "links:read", "stats:read"]
        self.key = business.post("/v1/keys", name=NAME, scopes=scopes)["key"]["id"]
        self.partner = self._partner()
        # A second profile to choose, and a program to come back into.
        twice = {"name": NAME, "email": self.address.upper(), "programs": [self.program["id"]]}
        self.second = business.post("/v1/partners", **twice)["id"]
        left = business.post(
            "/v1/programs", name=NAME, currency="CHF", landing_url="https://tea.example/x", joining="open", rules=[]
        )["id"]
        for path in ("enrollments", "leave"):
            business.post(f"/v1/partners/{self.partner['id']}/{path}", program=left)
        self.link = business.post(
            "/v1/links", program=self.program["id"], partner=self.partner["id"], channel=NAME, external_id=NAME
        )
        self.lead = lead = self._report("lead", external_id=NAME)
        self.sale = self._report("sale", external_id=NAME, amount={"amount": 2**53 - 1, "currency": "CHF"})
        business.post(f"/v1/partners/{self.partner['id']}/feedback", score=0, words=LONG[:2000])
        changed = business.post(f"/v1/partners/{self.partner['id']}/category", category="influencer", note=LONG[:500])
        self.note = changed["note"]["id"]
        business.settle()
        path = f"/v1/conversions/{lead['id']}/explanation"
        rewards = self.running.json("GET", path)["rewards"]
        self.reward = next(one["id"] for one in rewards if one["to"] == "referrer")
        business.post(f"/v1/rewards/{self.reward}/hold", note=LONG[:500])
        business.post(f"/v1/rewards/{self.reward}/release", note=LONG[:500])
        self.introductions = [self._introduce(number) for number in range(3)]
        self.payout = business.post("/v1/payouts", currency="CHF")["id"]
        business.post(f"/v1/payouts/{self.payout}/prepare")
        business.post(f"/v1/payouts/{self.payout}/fail", note=LONG[:500])
        business.post(f"/v1/rewards/{self.reward}/hold", note=LONG[:500])
        business.settle()
        self.adjustment = self._adjust()
        self.cost = self._enter_costs()
        self.open = self._open_payout()
        goal = {"for": f"partner:{self.partner['id']}", "metric": "sales", "period": "year", "value": 10**10}
        self.target = business.post(f"/v1/programs/{self.program['id']}/targets", **goal)["id"]
        self.material = self._write_materials()
        self.ask = self._ask()
        # Events are listed a minute after they were written.
        business.an_hour_later()
        events = self.running.json("GET", f"/v1/events?subject={self.lead['id']}")["data"]
        self.customer = next(one["customer"] for one in events)
        self.action = self._open_action()
        messages = self.running.json("GET", "/v1/messages?status=any&limit=100")["data"]
        self.messages = {(one["template"], one["status"]): one["id"] for one in messages}.values()

    def _introduce(self, number):
        """Have the partner introduce somebody: one to answer, one that needs more of them, one accepted."""
        path, post = f"/v1/programs/{self.program['id']}", self.business.post
        if number == 0:
            for one in ("answers", "stands-in"):
                post("/v1/users", email=f"{one}@tea.example", name=NAME, roles=[{"role": "manager"}])
            receiving = {
                "owner": "answers@tea.example",
                "deputy": "stands-in@tea.example",
                "calendar_url": f"https://tea.example/{'x' * 300}",
                "first_words": {"en": NAME},
                "questions": [
                    {"key": "why_now", "kind": "choice", "words": {"en": NAME}, "options": [NAME[:40], "no"]}
                ],
            }
            post(f"{path}/receiving", **receiving)
            post(f"{path}/readiness/test", step="send")
            post(f"{path}/readiness/test", step="arrived")
            post(f"{path}/receiving", **receiving, open=True)
        person = {"name": NAME, "email": f"grace{number}@navy.example", "role": NAME}
        body = {"program": self.program["id"], "partner": self.partner["id"], "person": person, "why": LONG[:1000]}
        consent = {"digest": "a" * 64, "at": "2026-03-10T11:00:00.000Z"}
        introduced = post("/v1/introductions", closeness="friend", sent_by="us", consent=consent, **body)["id"]
        if number:
            verb = {1: "ask", 2: "accept"}[number]
            post(f"/v1/introductions/{introduced}/{verb}", words=LONG[:1000])
        return introduced

    def _introduced_link(self):
        """Return the path of the page of an introduced person."""
        emails = self.running.json("GET", "/_local/mailbox.json")["emails"]
        return next(match[1] for one in emails if (match := re.search(r"(/introduced/\S+)", one["text"])))

    def _write_materials(self):
        """Publish a material with hostile words, and return its id."""
        # Names in two braces that there are none of are refused.
        name = NAME.replace("{{7*7}}", "")
        words = f"{LONG[:2000]}\n\n## {name}\n\n- {name}\n\n1. **{name}**\n\n[x](https://shop.example/?a=1&b=<x>)"
        new = {"program": self.program["id"], "kind": "agreement", "language": "en", "title": name, "must_read": True}
        material = self.business.post("/v1/materials", **new, words=words)["id"]
        self.business.post(f"/v1/materials/{material}/publish", version=1)
        self.business.post(f"/v1/materials/{material}/versions", title=name, url="https://files.shop.example/kit.zip")
        return material

    def _ask(self):
        """Ask a customer who gave a ten; return the path of the form that the link leads to."""
        program, words = self.program["id"], {"en": LONG[:500]}
        happy = {"name": "w" * 40, "on": "score", "active": True, "words": words}
        silent = {"name": "silent", "on": "renewal", "active": True}
        self.business.post(f"/v1/programs/{program}/asking", rules=[happy, silent], hold_out_bp=0)
        happiest = {"external_id": "happiest", "name": NAME[:100], "email": "happiest@mail.example"}
        self.business.post("/v1/conversions", program=program, type="score", external_id="score", customer=happiest)
        self.business.settle()
        answer = self.running.json("GET", f"/v1/customers/ext_happiest/ask?program={program}")
        return urlsplit(answer["join_url"]).path

    def _open_action(self):
        """Have an action item be open, about a partner whose target is far away."""
        self.business.check_partners()
        items = self.running.json("GET", f"/v1/action-items?partner={self.partner['id']}")["data"]
        return next(one["id"] for one in items if one["rule"] == "target_behind")

    def _adjust(self):
        """Have a bonus be posted, and one wait for a second person; return the one that waits."""
        path = f"/v1/partners/{self.partner['id']}/adjustments"
        self.business.post("/v1/adjustment-settings", approval_above=[{"amount": 100, "currency": "CHF"}])
        for amount in (100, 2**40):
            money = {"amount": amount, "currency": "CHF"}
            body = {"adjustment_id": f"bonus-{amount}", "type": "bonus", "amount": money, "reason": "campaign"}
            made = self.business.post(path, **body, note=LONG[:500])
        return made["id"]

    def _enter_costs(self):
        """Have costs be entered, one of them taken back, and a margin set; return the one that stands."""
        path = f"/v1/programs/{self.program['id']}"
        self.business.patch(path, margin_bp=4000)
        for kind in ("other", "running"):
            money = {"amount": 2**40, "currency": "CHF"}
            body = {"month": "2026-01", "kind": kind, "what": LONG[:100], "amount": money}
            cost = self.business.post(f"{path}/costs", **body)["id"]
            if kind == "other":
                self.business.post(f"{path}/costs/reverse", cost=cost, note=LONG[:500])
        return cost

    def _open_payout(self):
        """Have a payout be open, of what the bank may still fail to pay."""
        other = {"external_id": "another", "name": NAME, "email": "another@tea.example"}
        lead = {"type": "lead", "external_id": "another", "customer": other, "code": self.link["code"]}
        self.business.post("/v1/conversions", program=self.program["id"], **lead)
        self.business.settle()
        payout = self.business.post("/v1/payouts", currency="CHF")["id"]
        self.business.post(f"/v1/payouts/{payout}/prepare")
        return payout

    def _partner(self):
        made = self.business.post("/v1/partners", name=NAME, email=self.address, programs=[self.program["id"]])
        names = {"payout_name": NAME, "friend_name": NAME[:40], "metadata": {"words": NAME}}
        names |= {"display_name": NAME[:40]}
        self.business.patch(f"/v1/programs/{self.program['id']}", leaderboard={"shows": "names", "by": "leads"})
        self.business.patch(f"/v1/partners/{made['id']}", **names)
        return made

    def _report(self, kind, **more):
        customer = {"external_id": NAME, "name": NAME, "email": "eve@tea.example"}
        shared = {"program": self.program["id"], "type": kind, "customer": customer, "products": [NAME]}
        return self.business.post(
            "/v1/conversions", code=self.link["code"], metadata={NAME[:40]: NAME}, **shared, **more
        )

    def confirmation(self, page):
        """Ask for another address, signed in, and return the path of the page that confirms it."""
        page.goto(f"{self.running.url}/portal/settings")
        form = page.locator("form[action$=identity]")
        form.get_by_label("Your email address").fill("new@tea.example")
        form.get_by_role("button").click()
        page.get_by_text("We have sent a link to").wait_for()
        self.business.settle()
        emails = self.running.json("GET", "/_local/mailbox.json")["emails"]
        return next(match[1] for one in emails if (match := re.search(r"(/portal/confirm/\S+)", one["text"])))

    def _subjects(self):
        """Return what asks for the events of whom and what there is, and of what there is not."""
        subjects = (self.partner["id"], self.customer, self.lead["id"], self.reward, "<script>")
        return [f"?subject={one}" for one in subjects]

    def addresses(self, *more):
        """Return the addresses to look at, by the route that answers them."""
        program, partner, trial = self.program["id"], self.partner["id"], self.trial["id"]
        token = self.partner["enrollments"][0]["share_url"].rpartition("/")[2]
        emails = self.running.json("GET", "/_local/mailbox.json")["emails"]
        mine = [email["text"] for email in emails if self.address in str(email["to"])]
        stop = next(match[1] for text in mine if (match := re.search(r"/u/(\S+)", text)))
        return {
            "/{id}": ["/unknown-code"],
            "/s/{id}": [f"/s/{token}", "/s/unknown"],
            "/join/{id}": [f"/join/{program}", f"/join/{trial}", f"/join/{program}?lang=de", "/join/unknown"],
            "/f/{id}": [f"/f/{self.link['code']}", f"/f/{self.link['code']}?lang=de", "/f/unknown"],
            "/who/{id}": ["/who/unknown"],
            "/benefit/{id}": ["/benefit/unknown", "/benefit/<script>"],
            "/introduced/{id}": [self._introduced_link(), f"{self._introduced_link()}x"],
            "/portal/introductions": ["/portal/introductions", "/portal/introductions?lang=de"],
            "/portal/introductions/{id}": [f"/portal/introductions/{one}" for one in (*self.introductions, "<script>")],
            "/portal/introduce": ["/portal/introduce"],
            "/portal/introduce-several": [f"/portal/introduce-several{query}" for query in ("", "?result=<script>")],
            "/admin/programs/{id}/introductions": [
                f"/admin/programs/{program}/introductions{query}" for query in ("", "?sort=due", "?state=<script>")
            ],
            "/admin/introductions/{id}": [f"/admin/introductions/{one}" for one in (*self.introductions, "<script>")],
            "/admin/introductions/{id}/won": [f"/admin/introductions/{self.introductions[2]}/won"],
            "/preview": ["/preview?page=join&look=x"],
            "/terms/{id}": [f"/terms/{program}-1", f"/terms/{program}-1?lang=de", "/terms/unknown"],
            "/u/{id}": [f"/u/{stop}", "/u/unknown"],
            "/portal/sign-in/{id}": ["/portal/sign-in/unknown"],
            "/admin/sign-in/{id}": ["/admin/sign-in/unknown"],
            "/portal/confirm/{id}": [*more, "/portal/confirm/unknown"],
            **{path: [path] for path in ("/portal", "/portal/links", "/portal/payouts", "/portal/settings")},
            "/portal/payee": ["/portal/payee"],
            "/portal/tree": [f"/portal/tree{query}" for query in ("", f"?program={program}", "?program=<script>")],
            "/portal/materials": ["/portal/materials"],
            "/portal/materials/{id}": [
                f"/portal/materials/{one}"
                for one in (self.material, "starter_kit_en", "starter_x_en", "starter_guide_en", "<script>")
            ],
            "/portal/leaderboard": [f"/portal/leaderboard{query}" for query in ("", "?period=all", "?period=<script>")],
            **{path: [path] for path in ("/portal/feedback", "/portal/leave", "/portal/privacy", "/portal/erased")},
            "/portal/names": ["/portal/names"],
            "/admin/partners/{id}/state": [
                f"/admin/partners/{partner}/state?to={to}" for to in ("suspended", "banned", "active", "<script>")
            ],
            "/admin/privacy/{id}/erase": [
                f"/admin/privacy/{one}/erase" for one in (partner, self.customer, "<script>")
            ],
            **{f"/{one}/{{proxy+}}": [f"/{one}/nothing/<script>"] for one in ("portal", "admin")},
            "/portal/statement": ["/portal/statement?currency=CHF", "/portal/statement?currency=<script>"],
            **{path: [path] for path in ("/admin", "/admin/payouts", "/admin/feedback")},
            "/admin/overview": [
                f"/admin/overview{query}"
                for query in ("", f"?program={program}", "?from=<script>", "?program=<script>")
            ],
            "/admin/programs/{id}/applications": [
                f"/admin/programs/{program}/applications{query}" for query in ("", "?status=approved")
            ],
            "/admin/programs/{id}/invitations": [
                f"/admin/programs/{program}/invitations{query}" for query in ("", "?status=<script>")
            ],
            "/admin/payouts/{id}/items": [f"/admin/payouts/{self.payout}/items"],
            "/admin/programs/{id}/applications/selected": [
                f"/admin/programs/{program}/applications/selected?result=<script>"
            ],
            "/ask/{id}": [self.ask, "/ask/<script>"],
            **{f"/admin/programs/{{id}}/{one}": [f"/admin/programs/{program}/{one}"] for one in ("asking", "moments")},
            "/admin/programs/{id}/asking/rule": [
                f"/admin/programs/{program}/asking/rule{query}" for query in ("", f"?name={'w' * 40}", "?name=<script>")
            ],
            "/admin/programs/{id}/targets": [f"/admin/programs/{program}/targets"],
            "/admin/programs/{id}/materials": [f"/admin/programs/{program}/materials"],
            "/admin/programs/{id}/new-material": [
                f"/admin/programs/{program}/new-material{one}" for one in ("", "?starter=starter_email_de")
            ],
            "/admin/materials/{id}": [
                f"/admin/materials/{one}" for one in (self.material, f"{self.material}?version=1", "<script>")
            ],
            "/admin/materials/{id}/readers": [
                f"/admin/materials/{self.material}/readers{query}" for query in ("", "?read=no", "?cursor=<script>")
            ],
            "/admin/targets/{id}": [f"/admin/targets/{one}" for one in (self.target, "<script>")],
            "/admin/actions": [f"/admin/actions{query}" for query in ("", "?state=done", "?partner=<script>")],
            "/admin/actions/selected": ["/admin/actions/selected?result=<script>"],
            "/admin/actions/{id}": [f"/admin/actions/{one}" for one in (self.action, "<script>")],
            "/admin/links": [f"/admin/links{query}" for query in ("", "?state=active", "?partner=<script>")],
            "/admin/rewards": [f"/admin/rewards{query}" for query in ("", "?waits=review", "?partner=<script>")],
            **{f"/admin/{one}/selected": [f"/admin/{one}/selected?result=<script>"] for one in ("rewards", "benefits")},
            **{path: [path] for path in ("/admin/benefits", "/admin/new-program")},
            "/admin/programs": ["/admin/programs", "/admin/programs?mode=test"],
            **{path: [path] for path in ("/admin/owed", "/admin/adjustments", "/admin/reconciliation")},
            "/admin/verification": [
                f"/admin/verification{query}"
                for query in ("", "?run=1", f"?run=1&owner={partner}&currency=CHF", "?run=1&owner=ext_<script>")
            ],
            "/admin/adjustments/{id}": [f"/admin/adjustments/{one}" for one in (self.adjustment, "<script>")],
            "/admin/programs/{id}/sharing": [f"/admin/programs/{program}/sharing{one}" for one in ("", "?language=de")],
            **{
                f"/admin/partners/{{id}}/{act}": [f"/admin/partners/{partner}/{act}?program={program}"]
                for act in ("leave", "share-link")
            },
            "/admin/partners/{id}/merge": [
                f"/admin/partners/{partner}/merge?into={one}" for one in (self.second, "<script>")
            ],
            "/admin/partners/{id}/hand-over": [f"/admin/partners/{partner}/hand-over{q}" for q in ("", "?former=1")],
            "/admin/partners/{id}/adjustments": [f"/admin/partners/{partner}/adjustments"],
            "/admin/partners/{id}/statement": [
                f"/admin/partners/{partner}/statement{query}" for query in ("", "?currency=<script>")
            ],
            "/admin/people": ["/admin/people"],
            "/admin/people/{id}": [f"/admin/people/{self.person}", "/admin/people/<script>"],
            "/admin/notes/{id}": [f"/admin/notes/{one}" for one in (self.note, "<script>")],
            "/admin/people/{id}/remove": [f"/admin/people/{self.person}/remove"],
            "/admin/keys": ["/admin/keys"],
            "/admin/keys/{id}": [f"/admin/keys/{self.key}", "/admin/keys/<script>"],
            "/admin/keys/{id}/revoke": [f"/admin/keys/{self.key}/revoke"],
            "/admin/audit": ["/admin/audit", "/admin/audit?subject=<script>"],
            "/admin/events": [f"/admin/events{query}" for query in ("", *self._subjects(), f"?choices={partner}")],
            "/admin/search": [f"/admin/search?q={text}" for text in ("eve@tea.example", "<script>", partner, "")],
            "/admin/conversions": [f"/admin/conversions{query}" for query in ("", "?type=sale", "?partner=<script>")],
            "/admin/exports": [
                "/admin/exports",
                "/admin/exports?export=conversions&from=2026-11-01&file=jsonl",
                "/admin/exports?export=clicks&program=<script>&part=2&last=1",
            ],
            "/admin/conversions/{id}": [
                f"/admin/conversions/{one}" for one in (self.lead["id"], self.sale["id"], "<script>")
            ],
            "/admin/conversions/{id}/correct": [
                f"/admin/conversions/{self.sale['id']}/correct?what={one}"
                for one in ("refund", "restore", "amend", "credit", "void", "<script>")
            ],
            "/admin/customers": ["/admin/customers", f"/admin/customers?partner={partner}"],
            "/admin/customers/{id}": [f"/admin/customers/{one}" for one in (self.customer, "<script>")],
            "/admin/customers/{id}/statement": [f"/admin/customers/{self.customer}/statement"],
            "/admin/customers/{id}/merge": [
                f"/admin/customers/{self.customer}/merge?into={one}" for one in ("ext_another", "<script>")
            ],
            "/admin/programs/{id}/delete": [f"/admin/programs/{trial}/delete"],
            "/admin/programs/{id}": [f"/admin/programs/{one}" for one in (program, trial, "<script>")],
            "/admin/programs/{id}/report": [
                f"/admin/programs/{program}/report{query}"
                for query in (
                    "",
                    "?by=partner&then=channel&sales=1&average_order=1",
                    "?by=day&then=partner&average_order=1&compare=previous&parts=1",
                    "?by=link&channel=<script>",
                )
            ],
            "/admin/programs/{id}/roi": [
                f"/admin/programs/{program}/roi{query}" for query in ("", "?by=partner&margin=40", "?from=<script>")
            ],
            "/admin/programs/{id}/costs": [f"/admin/programs/{program}/costs"],
            "/admin/programs/{id}/costs/reverse": [
                f"/admin/programs/{program}/costs/reverse?cost={one}" for one in (self.cost, "<script>")
            ],
            "/admin/programs/{id}/calculator": [
                f"/admin/programs/{program}/calculator{query}"
                for query in ("", "?share=<script>", "?customers=100000000000")
            ],
            "/admin/programs/{id}/leaderboard": [
                f"/admin/programs/{program}/leaderboard{query}"
                for query in ("", "?by=leads&period=all", "?period=<script>")
            ],
            "/admin/programs/{id}/sources": [f"/admin/programs/{one}/sources" for one in (program, "<script>")],
            "/admin/partners/{id}/tree": [
                f"/admin/partners/{partner}/tree{query}" for query in ("", f"?program={program}", "?program=<script>")
            ],
            "/admin/customers/{id}/source": [f"/admin/customers/{one}/source" for one in (self.customer, "<script>")],
            "/admin/programs/{id}/cohorts": [
                f"/admin/programs/{program}/cohorts{query}"
                for query in ("", "?of=partners&metric=retention", "?of=<script>&from=2026-01")
            ],
            "/admin/programs/{id}/funnel": [
                f"/admin/programs/{program}/funnel{query}" for query in ("", "?from=2026-11-01", "?from=<script>")
            ],
            **{
                f"/admin/programs/{{id}}/{one}": [f"/admin/programs/{program}/{one}"]
                for one in ("partners", "joining", "import", "check-ins", "sale", "settings", "look", "next-steps")
            },
            **{
                f"/admin/programs/{{id}}/{one}": [f"/admin/programs/{program}/{one}"] for one in ("receiving", "thanks")
            },
            "/admin/programs/{id}/thanks/sums": [
                f"/admin/programs/{program}/thanks/sums{query}" for query in ("", "?year=2026", "?year=<script>")
            ],
            "/admin/programs/{id}/emails": [f"/admin/programs/{program}/emails{one}" for one in ("", "?language=de")],
            "/admin/programs/{id}/email": [f"/admin/programs/{program}/email?template=joined&language=de"],
            "/admin/suppressions": ["/admin/suppressions"],
            "/admin/programs/{id}/end": [f"/admin/programs/{program}/end"],
            "/admin/programs/{id}/end/confirm": [
                f"/admin/programs/{program}/end/confirm{query}" for query in ("", ENDS, "?touches_until=<script>")
            ],
            "/admin/programs/{id}/endpoints": [f"/admin/programs/{program}/endpoints"],
            "/admin/links/{id}": [f"/admin/links/{self.link['id']}", "/admin/links/<script>"],
            "/admin/endpoints": ["/admin/endpoints"],
            "/admin/endpoints/{id}": [
                f"/admin/endpoints/{one}" for one in (self.endpoint, self.endpoint_of_all, self.crm, "<script>")
            ],
            "/admin/endpoints/{id}/delete": [
                f"/admin/endpoints/{one}/delete" for one in (self.endpoint, self.endpoint_of_all)
            ],
            "/admin/programs/{id}/refuse": [f"/admin/programs/{program}/refuse?application=apl_unknown"],
            "/admin/programs/{id}/withdraw": [f"/admin/programs/{program}/withdraw?version={one}" for one in (1, 9)],
            "/admin/programs/{id}/terms": [f"/admin/programs/{program}/terms"],
            "/admin/programs/{id}/terms/edit": [f"/admin/programs/{program}/terms/edit"],
            "/admin/partners": [f"/admin/partners{query}" for query in ("", f"?program={program}", "?state=<script>")],
            "/admin/partners/{id}": [f"/admin/partners/{partner}", "/admin/partners/<script>"],
            "/admin/links/{id}/end": [f"/admin/links/{self.link['id']}/end", "/admin/links/<script>/end"],
            "/admin/rewards/{id}": [f"/admin/rewards/{self.reward}"],
            "/admin/rewards/{id}/refuse": [f"/admin/rewards/{self.reward}/refuse"],
            "/admin/liability": ["/admin/liability?currency=CHF", "/admin/liability?currency=<script>"],
            "/admin/payouts/{id}/settle": [f"/admin/payouts/{self.open}/settle?action={one}" for one in ("fail", "x")],
            "/admin/payouts/{id}": [f"/admin/payouts/{one}" for one in (self.payout, self.open)],
            "/admin/messages": [
                f"/admin/messages?{query}"
                for query in (*(f"status={one}" for one in ("any", "failed", "skipped", "scheduled")), "email=<script>")
            ],
            "/admin/messages/{id}": [f"/admin/messages/{one}" for one in (*self.messages, "<script>")],
        }  # fmt: skip


ENDS = "?touches_until=2027-01-01T00:00&sales_until=2027-02-01T00:00&payout_note=<script>alert(1)</script>"


# A page has one heading, and runs and loads nothing that it was given. A locator would bring a script of its own along.
ONLY_TEXT = """document.querySelectorAll("h1").length == 1
    && !document.querySelector("main script, main img[src='x']")"""
# What a page is made of, whatever it says and wherever it leads: all else that axe looks at.
SHAPE = """[...document.querySelectorAll("*")].map((one) => [
    one.tagName,
    [...one.childNodes].some((node) => node.nodeType == 3 && node.data.trim()),
    ...[...one.attributes].flatMap(({ name, value }) =>
        [name, /^(action|alt|aria-label|content|href|placeholder|src|title|value)$/.test(name) ? !value : value]),
].join(" ")).join()"""


@pytest.fixture(scope="module")
def business():
    """A business that no other file sees: its names would spoil theirs."""
    service = Running()
    yield Business(service, days=1)
    service.stop()


@pytest.fixture(scope="module")
def hostile(business):
    return Hostile(business)


@pytest.fixture
def page(visit, hostile):
    """A phone on which nothing that a name says is run: neither a dialog, nor a picture that is asked for."""
    page = visit()
    alarms = []
    page.on("dialog", lambda dialog: (alarms.append(dialog.message), dialog.dismiss()))
    page.on("request", lambda request: alarms.append(request.url) if request.url.endswith("/x") else None)
    yield page
    assert alarms == []


def routes():
    """Return the paths of all pages, as the routes of the rooms that have pages say."""
    paths = set()
    for room in ("clicks", "pages", "portal", "admin"):
        text = (ROOT / "chalicelib" / room / "routes.py").read_text()
        paths |= {
            path for path, methods in re.findall(r'route\("([^"]+)", methods=\[([^\]]+)', text) if '"GET"' in methods
        }
        paths |= set(re.findall(r'\("GET", "([^"]+)", "', text))
    return {path for path in paths - NO_PAGES if not path.startswith("/v1/")}


def test_every_page_shows_hostile_words_as_text_and_is_for_everybody(hostile, page):
    sign_in(page, hostile.business, hostile.address)
    addresses = hostile.addresses(hostile.confirmation(page))
    assert set(addresses) == routes(), "a page that nobody looks at"
    sign_in_as_admin(page, hostile.business)

    shapes = set()
    for several in addresses.values():
        for number, address in enumerate(several):
            answer = page.goto(hostile.running.url + address)
            assert answer.status in (200, 404, 410, 422), address
            assert page.evaluate(ONLY_TEXT), address
            unfold(page)
            assert_fits(page)
            shape = page.evaluate(SHAPE)
            # What a page has at further addresses of its own is in the same colors.
            if shape not in shapes:
                assert_accessible(page) if number else assert_well_made(page)
            shapes.add(shape)


def test_what_pages_answer_to_forms_is_for_everybody_too(hostile, page):
    program, url = hostile.program["id"], hostile.running.url
    answers = []

    def look(heading):
        page.get_by_role("heading", level=1, name=heading).wait_for()
        answers.append(page.locator("main").inner_text())
        expect(page.locator("main script, main img[src='x']")).to_have_count(0)
        assert_well_made(page)

    # What is wrong with a form, where the door is closed, and where somebody has to be asked first.
    page.goto(f"{url}/join/{program}")
    page.get_by_label("Your name").fill(NAME)
    page.get_by_role("button").click()
    look("Recommend")
    for joining, heading in (("closed", "This program is by invitation only."), ("approval", "Recommend")):
        changed = hostile.business.post(
            "/v1/programs", name=NAME, currency="CHF", landing_url="https://tea.example/x", rules=[], joining=joining
        )
        page.goto(changed["join_url"])
        look(heading)
    page.get_by_label("Your name").fill(NAME)
    page.get_by_label("Your email address").fill(hostile.address)
    page.get_by_role("checkbox").check()
    page.get_by_role("button").click()
    look("Thank you, your application is in.")

    # Who applied is refused by an admin who was told what that means.
    sign_in_as_admin(page, hostile.business)
    page.goto(f"{url}/admin/programs/{changed['id']}/joining")
    page.get_by_role("link", name="Refuse").click()
    look("Refuse the application")

    # Emails, stopped and wanted again.
    [stop, _] = hostile.addresses()["/u/{id}"]
    page.goto(url + stop)
    page.get_by_role("button").click()
    look("You are unsubscribed from these emails.")
    page.get_by_role("button").click()
    look("You will get these emails again.")

    # The portal says what was done, and what was refused.
    sign_in(page, hostile.business, hostile.address)
    page.goto(f"{url}/portal/links")
    page.get_by_label("Label, such as").fill(NAME)
    page.get_by_label("Custom ending").fill("admin")
    page.get_by_role("button", name="Create link").click()
    look("Links")
    page.goto(f"{url}/portal/settings")
    page.get_by_label("Account holder").fill(NAME[::-1])
    page.locator("form[action$=settings]").get_by_role("button", name="Save", exact=True).click()
    look("Settings")

    # So do the admin pages.
    page.goto(f"{url}/admin/programs/{program}/terms/edit")
    page.get_by_role("button", name="Check these terms").first.click()
    look("Check the new terms of")
    page.get_by_role("button", name="Show as JSON").click()
    look("New terms of")
    page.goto(f"{url}/admin/rewards/{hostile.reward}")
    page.get_by_label("Note, for the record").fill(NAME)
    page.get_by_role("button", name="Release").click()
    page.get_by_text("Last note").wait_for()
    assert_well_made(page)

    assert "Please enter an email address" in answers[0]
    assert "Some words are reserved" in answers[7]
