"""The service of `make run`, for tests that need real concurrency, real streams and real HTTP."""

import http.client
import json
import os
import socket
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def own_environment():
    """Return this process's environment without what the tests put in: what runs as people run it has its own."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("GOODWORD_", "AWS_"))}


class Running:
    """A running service, and the ways to talk to it."""

    def __init__(self, *options):
        self.port = free_port()
        self.url = f"http://localhost:{self.port}"
        command = [sys.executable, "-m", "infra.local", "--port", str(self.port), *options]
        self.process = subprocess.Popen(
            command, cwd=ROOT, env=own_environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        self.lines = []
        # The last thing it says. Without the sample program there is no partner.
        last = "admin key " if "--empty" in options else "partner "
        for line in self.process.stdout:
            self.lines.append(line)
            if line.strip().startswith(last):
                break
        self.key = self.read_label("admin key")

    def read_label(self, label):
        return next(line.split(label)[1].split()[0] for line in self.lines if label in line)

    def call(self, method, path, body=None, **headers):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        sent = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json", **headers}
        connection.request(method, path, json.dumps(body) if body is not None else b"", sent)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        return answer.status, answer.headers, content

    def send(self, path, form):
        """Send a form as a browser does; it may lead on."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request("POST", path, form.encode(), {"Content-Type": "application/x-www-form-urlencoded"})
        answer = connection.getresponse()
        answer.read()
        connection.close()
        return answer.status, answer.headers

    def json(self, method, path, body=None):
        return json.loads(self.call(method, path, body)[2])

    def stop(self):
        self.process.terminate()
        output, complained = self.process.communicate(timeout=60)
        return output, complained
