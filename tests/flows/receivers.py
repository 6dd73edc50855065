"""A server that webhooks call: it keeps what came, and answers as a test says."""

import base64
import hashlib
import hmac
import http.client
import http.server
import json
import threading
from contextlib import contextmanager

HOST = "hooks.example"


class Receiver(http.server.ThreadingHTTPServer):
    """*answer* is given each call's path, headers and body, and returns a status, or a status, headers and a body."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.calls = []
        self.methods = []
        self.answer = lambda path, headers, body: 200

    def bodies(self, path=None):
        return [json.loads(body) for called, _, body in self.calls if path in (None, called)]

    def ids(self, path=None):
        return [headers["webhook-id"] for called, headers, _ in self.calls if path in (None, called)]


class _Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.calls.append((self.path, headers, body))
        self.server.methods.append(self.command)
        answer = self.server.answer(self.path, headers, body)
        status, more, text = answer if isinstance(answer, tuple) else (answer, {}, b"")
        self.send_response(status)
        for name, value in more.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    do_PATCH = do_POST  # noqa: N815

    def log_message(self, *_):
        pass


@contextmanager
def receiving(monkeypatch):
    server = Receiver()
    threading.Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
    plain = http.client.HTTPConnection
    monkeypatch.setenv("GOODWORD_WEBHOOK_TEST_HOST", HOST)
    monkeypatch.setattr(
        "chalicelib.webhooks.post.http.client.HTTPConnection",
        lambda _host, timeout: plain("127.0.0.1", server.server_port, timeout=timeout),
    )
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


def verifies(secret, headers, body):
    """Return whether one of the signatures is made with a secret, as Standard Webhooks says."""
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    mac = hmac.new(base64.b64decode(secret.removeprefix("whsec_")), signed, hashlib.sha256)
    return f"v1,{base64.b64encode(mac.digest()).decode()}" in headers["webhook-signature"].split()
