"""A business that uses what is deployed, over HTTP from outside, and keeps books of its own."""

import json
import re
import urllib.error
import urllib.request
from collections import Counter
from dataclasses import dataclass, field

PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 Safari/604.1"
ROBOT = "Googlebot/2.1 (+http://www.google.com/bot.html)"


class _Staying(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_arguments):
        """Follow nothing: where a visitor is sent is what we want to know."""


@dataclass
class Business:
    """A program, a partner with a link, and what should have come of all that happened."""

    port: int
    api_host: str
    url_host: str
    key: str
    program: dict = field(default_factory=dict)
    partner: dict = field(default_factory=dict)
    link: dict = field(default_factory=dict)
    counted: Counter = field(default_factory=Counter)

    def call(self, method, path, body=None, **headers):
        """Call the API through its gateway. Returns status, headers and content."""
        sent = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json", **headers}
        return self._send(self.api_host, method, f"/api{path}", json.dumps(body).encode() if body else None, sent)

    def json(self, method, path, body=None):
        status, _, content = self.call(method, path, body)
        assert status < 300, f"{method} {path}: {status} {content.decode(errors='replace')[:500]}"
        return json.loads(content)

    def begin(self):
        self.program = self.json(
            "POST",
            "/v1/programs",
            {
                "name": "Shop",
                "external_id": "shop",
                "currency": "USD",
                "landing_url": "https://shop.example/welcome",
                "rules": [
                    {"on": "lead", "to": "referrer", "flat": {"amount": 200, "currency": "USD"}},
                    {"on": "sale", "to": "referrer", "rate_bp": 1500},
                ],
            },
        )
        partner = {"name": "Bea", "email": "bea@mail.example", "external_id": "bea", "programs": ["ext_shop"]}
        self.partner = self.json("POST", "/v1/partners", partner)
        self.link = self.json("POST", "/v1/links", {"program": "ext_shop", "partner": "ext_bea", "code": "bea-says"})

    def click(self, *, by, user_agent=PHONE):
        """Follow the link through the gateway (`api`) or the redirect's own address (`url`). Returns the click id."""
        host, path = {"api": (self.api_host, "/api/bea-says"), "url": (self.url_host, "/bea-says")}[by]
        status, headers, content = self._send(host, "GET", path, None, {"User-Agent": user_agent})
        assert status == 302, f"{by}: {status} {content.decode(errors='replace')[:500]}"
        self.counted["clicks"] += 1
        self.counted["human" if user_agent == PHONE else "bot"] += 1
        match = re.search(r"^https://shop\.example/welcome\?.*gw_click=([^&]+)", headers["Location"])
        assert match, headers["Location"]
        return match[1]

    def friend(self, name, click_id):
        """A friend signs up, buys for 19.99 and sends half of it back."""
        who = {"external_id": name, "name": "Carl", "email": f"{name}@mail.example"}
        report = {"program": "ext_shop", "customer": who}
        self.json(
            "POST",
            "/v1/conversions",
            report | {"type": "lead", "external_id": f"signup-{name}", "click_id": click_id},
        )
        sale = {"type": "sale", "external_id": f"order-{name}", "amount": {"amount": 1999, "currency": "USD"}}
        self.json("POST", "/v1/conversions", report | sale)
        refund = {"refund_id": f"refund-{name}", "amount": {"amount": 1000, "currency": "USD"}}
        self.json("POST", f"/v1/conversions/ext_order-{name}/refunds?program=ext_shop", refund)
        self.counted.update(leads=1, sales=1, refunds=1, revenue=1999, refunded=1000)
        # 2.00 for the sign-up; 15 % of 19.99, rounded up for the partner, then what 9.99 are worth.
        self.counted.update(earned=200 + 300, reversed=300 - 150, due=200 + 150)

    def count(self):
        """Return what the service counts, in the words of our own books."""
        totals = self.json("GET", "/v1/partners/ext_bea/stats")["totals"]
        balances = self.json("GET", "/v1/partners/ext_bea/balances")["balances"]
        return Counter(
            clicks=totals["clicks"]["all"],
            human=totals["clicks"]["human"],
            bot=totals["clicks"]["bot"],
            leads=totals["leads"],
            sales=totals["sales"],
            refunds=totals["refunds"],
            revenue=totals["revenue"]["amount"],
            refunded=totals["refunded"]["amount"],
            earned=totals["referrer_rewards"]["earned"],
            reversed=totals["referrer_rewards"]["reversed"],
            due=balances[0]["due"] if balances else 0,
        )

    def _send(self, host, method, path, body, headers):
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}", body, {**headers, "Host": host}, method=method
        )
        try:
            answer = urllib.request.build_opener(_Staying).open(request, timeout=60)
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            return answer.status, answer.headers, answer.read()
