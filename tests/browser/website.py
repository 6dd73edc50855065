"""A shop's website on an origin of its own, with the snippet in its pages."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Shop</title><h1>Welcome</h1>
<script src="{snippet}?program={program}" data-key="{key}" {more}></script>"""


class Website:
    """Serves one page under every path, at http://127.0.0.1 and a free port."""

    def __init__(self):
        website = self
        self.page = ""

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                body = website.page.encode()
                self.send_response(200)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=[0.01], daemon=True).start()

    def show(self, running, program, key, more=""):
        self.page = _PAGE.format(snippet=f"{running.url}/goodword.js", program=program["id"], key=key, more=more)

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


def a_program(running, website, **changes):
    body = {
        "name": "Tea Shop",
        "landing_url": f"{website.url}/welcome",
        "currency": "USD",
        "joining": "open",
        "consent": "not_required",
        "origins": [website.url],
        "rules": [
            {"on": "lead", "to": "referrer", "flat": {"amount": 200, "currency": "USD"}},
            {"on": "sale", "to": "referrer", "rate_bp": 1500},
            {"on": "sale", "to": "referee", "flat": {"amount": 500, "currency": "USD"}},
        ],
        "tiers": [{"name": "gold", "minimum_sales": 3}],
        "hold_days": 14,
    }
    return running.json("POST", "/v1/programs", body | changes)


def a_key(running, program):
    return running.json("POST", f"/v1/programs/{program['id']}/keys", {"name": "website"})["secret"]
