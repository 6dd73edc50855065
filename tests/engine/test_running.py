"""The service as people run it: the tutorial's session, parallel calls, the clock, beginnings and ends."""

import json
import re
import socket
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from infra.local.__main__ import _listen
from tests.running import ROOT, Running

PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 Safari/604.1"


def test_the_tutorials_session_works_as_pasted(running):
    tutorial = (ROOT / "docs" / "tutorial.md").read_text()
    session = "".join(re.findall(r"<!-- session -->\n```bash\n(.*?)```", tutorial, re.DOTALL))
    session = session.replace("http://localhost:8000", running.url).replace("rk_...", running.key)

    done = subprocess.run(["bash", "-euo", "pipefail", "-c", session], capture_output=True, text=True, timeout=120)

    assert done.returncode == 0, done.stderr
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert not [answer for answer in answers if "code" in answer and "status" in answer], done.stdout
    balances, explanation, stats, mailbox = answers[-4:]
    assert balances["balances"][0]["due"] == 350
    assert explanation["rewards"][0]["arithmetic"] == "ceil(1999 * 1500 / 10000)"
    assert (stats["totals"]["clicks"]["human"], stats["totals"]["leads"], stats["totals"]["sales"]) == (1, 1, 1)
    assert {email["to"][0] for email in mailbox["emails"]} >= {"Bea <bea@mail.example>", "Carl <carl@mail.example>"}


def test_a_head_has_no_body_and_keeps_the_connection_usable(running):
    status, headers, content = running.call("HEAD", "/tea-with-ada", None, **{"User-Agent": PHONE})

    assert (status, content) == (302, b"")
    assert headers["Location"].startswith("https://tea.example/welcome?ref=tea-with-ada")


def test_pages_for_people_are_there(running):
    share = running.read_label("share page").removeprefix(running.url)

    for path in (share, "/_local/mailbox"):
        status, headers, content = running.call("GET", path)
        assert (status, headers["Content-Type"]) == (200, "text/html; charset=utf-8")
        assert b"</" in content
    status, headers, content = running.call("GET", "/v1/qr/tea-with-ada.png")
    assert (status, content[:4]) == (200, b"\x89PNG")
    assert running.call("GET", "/nothing/here")[0] == 404
    status, headers, content = running.call("DELETE", "/v1/programs")
    assert (status, headers["Allow"], json.loads(content)["code"]) == (405, "POST, GET, HEAD", "method_not_allowed")
    assert running.call("PUT", "/tea-with-ada")[0] == 405


def test_the_api_can_be_looked_at_and_nothing_of_it_comes_from_elsewhere(running):
    status, headers, content = running.call("GET", "/docs")
    loaded = re.findall(r"(?:src|href|spec-url)=['\"]([^'\"]*)", content.decode())
    described = running.json("GET", "/_local/openapi.json")

    assert (status, headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert headers["Content-Security-Policy"].startswith("default-src 'none'; script-src 'self'; connect-src 'self';")
    assert 'load-fonts="false"' in content.decode()
    assert loaded == ["data:,", "/_local/rapidoc-min.js", "/_local/openapi.json"]
    assert "servers" not in described
    assert described["paths"].keys() == running.json("GET", "/openapi.json")["paths"].keys()
    sent = described["paths"]["/v1/links"]["post"]["requestBody"]["content"]["application/json"]
    assert sent["examples"]["example"]["value"]["code"]
    # What the viewer reads fast, without a word less: of version 3.0, which ignores what stands beside a reference.
    assert described["openapi"] == "3.0.3"
    assert [one for one in every_object(described) if "$ref" in one and len(one) > 1] == []
    count = described["components"]["schemas"]["PayoutPage"]["properties"]["count"]
    assert count["description"] == "how many the list has, as far as it was read"
    assert count["properties"]
    assert running.call("GET", "/_local/rapidoc-min.js")[2] == (ROOT / "infra/local/viewer/rapidoc-min.js").read_bytes()


def every_object(node):
    if isinstance(node, dict):
        yield node
    for value in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from every_object(value)


def test_what_is_long_is_asked_and_answered_too(running):
    """Longer than what fits between two processes at once."""
    status, _, content = running.call("GET", "/openapi.json")
    assert (status, len(content) > 500_000) == (200, True)

    status, _, content = running.call("POST", "/v1/keys", {"name": "x" * 3_000_000, "scopes": ["admin"]})
    assert (status, json.loads(content)["code"]) == (413, "body_too_large")


def test_every_schedule_can_be_run_on_demand_and_a_month_is_reported(running):
    names = [
        "sweep",
        "reconcile",
        "retain",
        "rotate_salts",
        "send_monthly",
        "send_scheduled",
        "mature",
        "promote",
        "roll_up",
    ]
    running.call("GET", "/tea-with-ada", None, **{"User-Agent": PHONE})
    running.json("POST", "/_local/settle")
    clock = running.json("GET", "/_local/clock")["now"]
    next_month = f"{int(clock[:4]) + (clock[5:7] == '12')}-{int(clock[5:7]) % 12 + 1:02}-02T00:00:00Z"
    running.json("POST", "/_local/clock", {"now": next_month})

    ran = [running.json("POST", "/_local/schedules", {"run": name}) for name in names]
    emails = running.json("GET", "/_local/mailbox.json")["emails"]

    assert ran == [{"run": name, "settled": True} for name in names]
    assert running.call("POST", "/_local/schedules", {"run": "everything"})[0] == 422
    monthly = [email for email in emails if "Clicks: " in email["text"]]
    assert monthly
    assert len({(email["to"][0], email["subject"]) for email in monthly}) == len(monthly)
    assert running.json("GET", "/v1/dead-letters")["data"] == []


def test_a_scheduled_email_is_sent_once_the_clock_passes_its_time_without_a_request(running):
    program = running.json(
        "POST", "/v1/programs", {"name": "Later", "landing_url": "https://x.example/", "currency": "USD", "rules": []}
    )
    running.json("POST", "/v1/partners", {"name": "Zoe", "email": "zoe@mail.example", "programs": [program["id"]]})
    now = datetime.fromisoformat(running.json("GET", "/_local/clock")["now"])

    def to_zoe(**later):
        at = (now + timedelta(**later)).isoformat().replace("+00:00", "Z")
        assert running.json("POST", "/_local/clock", {"now": at})["settled"] is True
        emails = running.json("GET", "/_local/mailbox.json")["emails"]
        return [email["subject"] for email in emails if email["to"] == ["Zoe <zoe@mail.example>"]]

    greeting, reminder = "Welcome: your first steps with Later", "Your Later link is waiting for its first visitor"
    assert to_zoe(days=2, hours=23) == [greeting]
    assert to_zoe(days=3, minutes=1) == [greeting, reminder]
    assert to_zoe(days=15) == [greeting, reminder, "Is Later for you?"]


def test_the_clock_moves_and_goes_on(running):
    year = int(running.json("GET", "/_local/clock")["now"][:4]) + 1

    moved = running.json("POST", "/_local/clock", {"now": f"{year}-05-06T07:08:09Z"})
    refused = running.call("POST", "/_local/clock", {"now": "soon"})

    assert moved["now"].startswith(f"{year}-05-06T07:08:")
    assert refused[0] == 422
    assert running.json("GET", "/v1/partners/ext_sample-ada/stats")["to"] == f"{year}-05-06"


@pytest.fixture(scope="module")
def restarted(tmp_path_factory):
    """A service that has ended, and the next one on the same data, and what they said before and after."""
    folder, both = tmp_path_factory.mktemp("data"), SimpleNamespace()
    first = Running("--data", str(folder))
    both.made = first.json("POST", "/v1/partners", {"name": "Kept", "external_id": "kept"})
    both.unknown = first.call("POST", "/_local/failing", {"functions": ["everything"]})[0]
    first.json("POST", "/_local/failing", {"functions": ["conversions_to_rewards"]})
    lead = {"program": "ext_sample", "type": "lead", "external_id": "s-1", "customer": {"external_id": "c-1"}}
    both.conversion = first.json("POST", "/v1/conversions", {**lead, "code": "tea-with-ada"})
    both.settled = first.json("POST", "/_local/settle")
    both.output, both.complained = first.stop()
    both.first, both.second = first, Running("--data", str(folder))
    yield both
    both.second.stop()


def test_data_are_kept_from_run_to_run_if_asked_and_the_end_is_clean(restarted):
    first, second = restarted.first, restarted.second

    assert second.key == first.key
    assert second.json("GET", "/v1/partners/ext_kept")["id"] == restarted.made["id"]
    assert first.read_label("share page").split("/s/")[1] == second.read_label("share page").split("/s/")[1]
    assert first.process.returncode == 0
    assert "stopped." in restarted.output
    # Of nothing but the function that was made to fail.
    assert {line for line in restarted.complained.splitlines() if not line.startswith(" ")} == {
        "ERROR conversions_to_rewards raised on 1 records",
        "ERROR conversions_to_rewards gave up on 1 records: InjectedFailure: conversions_to_rewards",
        "Traceback (most recent call last):",
        "infra.local.functions.InjectedFailure: conversions_to_rewards",
    }


def test_it_ends_when_it_is_told_to_though_nobody_reads_what_it_prints():
    service = Running("--empty")
    service.process.stdout.close()

    service.process.terminate()

    assert service.process.wait(timeout=30) == 0
    service.process.stderr.close()


def test_what_a_function_gave_up_on_is_kept_from_run_to_run_and_delivered_again(restarted):
    second = restarted.second
    [dead_letter] = second.json("GET", "/v1/dead-letters")["data"]
    delivered = second.call("POST", f"/v1/dead-letters/{dead_letter['id']}/redrive")
    settled = second.json("POST", "/_local/settle")
    explained = second.json("GET", f"/v1/conversions/{restarted.conversion['id']}/explanation")

    assert (restarted.unknown, restarted.settled) == (422, {"settled": True, "dead_letters": 1})
    assert dead_letter["function"] == "conversions_to_rewards"
    assert (dead_letter["error"], dead_letter["records"]) == ("Unhandled", 1)
    assert delivered[0] == 200
    assert settled == {"settled": True, "dead_letters": 0}
    assert [one["amount"] for one in explained["rewards"]] == [200]


def test_no_body_waits_until_its_headers_are_acknowledged():
    with _listen("127.0.0.1", 0) as listening, socket.create_connection(listening.getsockname()):
        accepted, _ = listening.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_a_port_in_use_is_reported_in_a_sentence():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        command = [sys.executable, "-m", "infra.local", "--port", port]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)

    assert done.returncode == 1
    assert (
        done.stderr.strip()
        == f"Port {port} of 127.0.0.1 cannot be had (Address already in use). Choose another: make run PORT=8001"
    )


def test_a_bad_log_or_purchases_file_is_reported_in_a_sentence(tmp_path):
    (tmp_path / "empty").write_text("\n")
    command = [sys.executable, "-m", "infra.replay", "--purchases", str(tmp_path / "empty")]

    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)

    assert done.returncode == 1
    assert "has no purchases" in done.stderr
    assert "Traceback" not in done.stderr


def test_nothing_listens_beyond_this_machine(running):
    table = Path("/proc/net/tcp")
    if not table.exists():
        pytest.skip("this system has no /proc/net/tcp")

    sockets = [line.split()[1].split(":") for line in table.read_text().splitlines()[1:]]

    assert {address for address, port in sockets if int(port, 16) == running.port} == {"0100007F"}
