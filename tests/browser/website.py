"""A shop's website on an origin of its own, with the snippet in its pages."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Shop</title><h1>Welcome</h1>
<script src="{snippet}" data-program="{program}" data-key="{key}" {more}></script>"""


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
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def show(self, running, program, key, more=""):
        self.page = _PAGE.format(snippet=f"{running.url}/goodword.js", program=program["id"], key=key, more=more)

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
