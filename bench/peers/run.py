"""Servers to be measured, each started, known by its address and its processes, and ended."""

import contextlib
import http.client
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from infra.local.processes import die_with_parent
from infra.local.server import free_port

ROOT = Path(__file__).parents[2]
_START_SECONDS = 60


@dataclass(frozen=True)
class Server:
    """A server that answers one address with a redirect, and the processes whose CPU is its own."""

    name: str
    url: str
    pids: list[int]


def named(written: str) -> Server:
    """Return a running server, written as URL,pid[,pid...]."""
    url, *pids = written.split(",")
    if not pids or not all(pid.isdigit() for pid in pids):
        raise SystemExit(f"VS is URL,pid[,pid...], such as http://127.0.0.1:3000/abc,4711; not {written}")
    return Server(urlsplit(url).netloc, url, [int(pid) for pid in pids])


@contextlib.contextmanager
def django_link_shortener() -> Iterator[Server]:
    """Run django-link-shortener under gunicorn, two workers with four threads each, on SQLite."""
    with tempfile.TemporaryDirectory() as data:
        project = Path(__file__).parent
        environment = {**os.environ, "PEER_DATA": data, "DJANGO_SETTINGS_MODULE": "django_project"}
        made = subprocess.run(
            [sys.executable, "django_project.py"],
            cwd=project,
            env=environment,
            stdout=subprocess.PIPE,
            check=True,
            text=True,
        )
        port = free_port()
        command: list[object] = [
            sys.executable,
            "-m",
            "gunicorn",
            "--bind",
            f"127.0.0.1:{port}",
            "--workers",
            "2",
            "--threads",
            "4",
        ]
        command += ["--worker-class", "gthread", "--log-level", "error", "django.core.wsgi:get_wsgi_application()"]
        url = f"http://127.0.0.1:{port}{made.stdout.strip()}"
        with _child(command, cwd=project, environment=environment) as process:
            _wait_for(url)
            yield Server("django-link-shortener, gunicorn ×2, SQLite", url, [process.pid])


@contextlib.contextmanager
def goodword() -> Iterator[Server]:
    """Run this service as `make run` does; its engine is a process of its own, and counts."""
    port = free_port()
    command = [Path(sys.executable), "-m", "infra.local", "--port", str(port)]
    with _child(command, cwd=ROOT, environment=dict(os.environ)) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if "partner" in line:
                break
        yield Server(
            "ours, `make run` with its engine and reactions", f"http://127.0.0.1:{port}/tea-with-ada", [process.pid]
        )


@contextlib.contextmanager
def _child(command: list[object], *, cwd: Path, environment: dict[str, str]) -> Iterator["subprocess.Popen[str]"]:
    process = subprocess.Popen(
        list(map(str, command)),
        cwd=cwd,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        preexec_fn=die_with_parent,
    )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.communicate(timeout=60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()


def _wait_for(url: str) -> None:
    """Wait until a server answers with a redirect."""
    parts = urlsplit(url)
    until = time.monotonic() + _START_SECONDS
    while time.monotonic() < until:
        with contextlib.suppress(OSError):
            connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=5)
            connection.request("GET", parts.path)
            status = connection.getresponse().status
            connection.close()
            assert status == 302, f"{url} answers {status}"
            return
        time.sleep(0.05)
    raise SystemExit(f"{url} did not answer within {_START_SECONDS} seconds.")
