"""Real peers: redirects a second and CPU of each, by one load tool, by turns, in the same minutes."""

import contextlib
import json
import statistics
import subprocess
import sys

from bench import processes
from bench.lines import Line, Result, Table
from bench.peers import run
from bench.peers.run import Server

ROUNDS = 3
SECONDS = 4.0
CONNECTIONS = (8, 32)


def measure(*, others: list[str], handler_cpu: float) -> Result:
    """
    Call every server by turns; *others* are running already, each as URL,pid[,pid...].

    *handler_cpu* is what a click takes the redirect's handler alone, as on Lambda, where the front
    door and the database are AWS's.
    """
    with contextlib.ExitStack() as running:
        servers = [running.enter_context(run.goodword()), running.enter_context(run.django_link_shortener())]
        servers += [run.named(written) for written in others]
        results = [
            _round(server, connections) for _ in range(ROUNDS) for connections in CONNECTIONS for server in servers
        ]
    rows, lines = [], []
    for server in servers:
        mine = [one for one in results if one["name"] == server.name]
        cpu = [float(one["cpu_ms"]) for one in mine]
        row = [server.name]
        for connections in CONNECTIONS:
            some = [one for one in mine if one["connections"] == connections]
            row += [
                f"{_median(some, 'a_second'):,.0f}",
                f"{_median(some, 'p50_ms'):.1f}",
                f"{_median(some, 'p99_ms'):.1f}",
            ]
        rows.append([*row, f"{statistics.median(cpu):.2f}"])
        if server is not servers[0]:
            ratios = [handler_cpu * 1000 / one for one in cpu]
            against = f"{server.name}: {handler_cpu * 1000:.2f} of {statistics.median(cpu):.2f} ms"
            lines.append(
                Line(
                    "CPU of a click, handler only",
                    against,
                    statistics.median(ratios),
                    1.0,
                    spread=(min(ratios), max(ratios)),
                )
            )
    rows.append(["ours, handler only (clicks, above)", *["–"] * (3 * len(CONNECTIONS)), f"{handler_cpu * 1000:.2f}"])
    header = ["server"]
    for connections in CONNECTIONS:
        header += [f"a second, {connections} connections", "p50 ms", "p99 ms"]
    return Result(
        lines=lines,
        tables=[
            Table(
                "Real peers",
                (*header, "CPU ms a redirect"),
                rows,
                "CPU is that of the server's processes and all they started (database included), user and system. "
                "The load tool takes part of the same two cores; nobody's figure has it.",
            )
        ],
    )


def _round(server: Server, connections: int) -> dict[str, object]:
    begun = processes.cpu_of(server.pids)
    assert begun > 0, f"{server.name}: there are no processes {server.pids}"
    command = [
        sys.executable,
        "-m",
        "bench.load",
        server.url,
        "--connections",
        str(connections),
        "--seconds",
        str(SECONDS),
    ]
    report = json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)
    used = processes.cpu_of(server.pids) - begun
    redirects = sum(
        count for status, count in report["statuses"].items() if status in ("301", "302", "303", "307", "308")
    )
    assert redirects, f"{server.name} redirected nobody: {report['statuses']}"
    others = {status: count for status, count in report["statuses"].items() if not status.startswith("30")}
    if others:
        print(f"  {server.name}: besides redirects it answered {others}", file=sys.stderr)
    return {"name": server.name, "connections": connections, "cpu_ms": used / redirects * 1000, **report}


def _median(rounds: list[dict[str, object]], name: str) -> float:
    return statistics.median(float(str(one[name])) for one in rounds)
