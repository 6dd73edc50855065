"""How peers are called and their processes counted."""

import asyncio
import http.server
import os
import subprocess
import sys
import threading

import pytest

from bench import load, processes
from bench.peers import run

pytestmark = pytest.mark.bench


class Redirecting(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.server.requests.append((self.path, self.client_address[1]))
        self.send_response(302 if self.path == "/code" else 404)
        self.send_header("Location", "https://tea.example/")
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *arguments):
        pass


class Closing(Redirecting):
    protocol_version = "HTTP/1.0"


class Chunked(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.server.requests.append((self.path, self.client_address[1]))
        self.send_response(302)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.wfile.write(b"2\r\nok\r\n" + b"1f\r\n" + b"x" * 31 + b"\r\n" + b"0\r\n\r\n")

    def log_message(self, *arguments):
        pass


@pytest.fixture
def serve():
    servers = []

    def begin(handler):
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
        servers.append(server)
        server.requests = []
        return f"http://127.0.0.1:{server.server_address[1]}", server.requests

    yield begin
    for server in servers:
        server.shutdown()
        server.server_close()


def test_every_answer_is_counted_by_its_status_and_connections_are_kept(serve):
    url, requests = serve(Redirecting)

    report = asyncio.run(load.call_all(f"{url}/code", connections=3, seconds=0.3))

    assert report["statuses"] == {"302": len(requests)}
    assert len({port for _, port in requests}) == 3
    assert report["p50_ms"] <= report["p99_ms"]


def test_a_server_that_closes_is_connected_to_again(serve):
    url, requests = serve(Closing)

    report = asyncio.run(load.call_all(f"{url}/code", connections=2, seconds=0.3))

    assert report["statuses"] == {"302": len(requests)}
    assert len({port for _, port in requests}) == len(requests)


def test_an_answer_in_chunks_is_read_to_its_end_and_its_connection_kept(serve):
    url, requests = serve(Chunked)

    report = asyncio.run(load.call_all(f"{url}/code", connections=2, seconds=0.3))

    assert report["statuses"] == {"302": len(requests)}
    assert len({port for _, port in requests}) == 2


def test_what_is_no_redirect_is_told_as_what_it_is(serve):
    url, requests = serve(Redirecting)

    report = asyncio.run(load.call_all(f"{url}/other", connections=1, seconds=0.1))

    assert report["statuses"] == {"404": len(requests)}


def test_no_other_machine_is_ever_called():
    with pytest.raises(SystemExit, match="not this machine"):
        load.Caller("http://192.0.2.1:80/")


def test_the_cpu_of_a_process_is_its_own_and_its_childrens():
    busy = (
        "import subprocess, sys; subprocess.run([sys.executable, '-c', 'sum(range(10**7))']); "
        "print('done', flush=True); input()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", busy], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout.readline() == "done\n"
        used = processes.cpu_of([process.pid])
        process.communicate("\n")

    assert used >= 0.1
    assert processes.cpu_of([process.pid]) == 0


def test_a_running_server_is_named_by_its_address_and_its_processes():
    server = run.named(f"http://127.0.0.1:3000/abc,{os.getpid()},1")

    assert (server.url, server.pids) == ("http://127.0.0.1:3000/abc", [os.getpid(), 1])
    with pytest.raises(SystemExit, match="URL,pid"):
        run.named("http://127.0.0.1:3000/abc")
