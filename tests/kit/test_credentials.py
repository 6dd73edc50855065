"""Who calls AWS: the environment first; under SnapStart the machine's own address, asked again before the end."""

import json
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from chalicelib.kit import clock
from chalicelib.kit.dynamo import credentials

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)


@pytest.fixture
def address(monkeypatch):
    """Lambda's address for credentials, on this machine: keys that hold for an hour."""
    tokens = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            tokens.append(self.headers["Authorization"])
            ends = (clock.real() + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
            keys = {"AccessKeyId": f"key-{len(tokens)}", "SecretAccessKey": "s", "Token": "t", "Expiration": ends}
            body = json.dumps(keys).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.setattr(credentials, "_cached", None)
    monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", f"http://127.0.0.1:{server.server_port}/keys")
    monkeypatch.setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN", "secret")
    yield tokens
    server.shutdown()
    server.server_close()


def test_the_environment_goes_first(address, monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "fixed")

    assert credentials.current().access_key == "fixed"
    assert address == []


def test_credentials_are_asked_for_once_and_again_before_they_end(address, monkeypatch):
    monkeypatch.setattr(clock, "real", lambda: NOW)
    assert [credentials.current().access_key for _ in range(3)] == ["key-1"] * 3

    monkeypatch.setattr(clock, "real", lambda: NOW + timedelta(minutes=56))

    assert credentials.current() == ("key-2", "s", "t")
    assert address == ["secret", "secret"]


def test_no_other_machine_is_sent_our_token(address, monkeypatch):
    monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://192.0.2.1/keys")
    monkeypatch.setattr(credentials, "_session", lambda: type("Session", (), {"get_credentials": lambda self: None})())

    with pytest.raises(credentials.NoCredentials):
        credentials.current()
