"""Nothing that was answered is lost, and nothing is done twice, when the service is killed in the middle."""

import contextlib
import http.client
import json
import os
import random
import resource
import select
import signal
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from infra.local.clock import MovableClock
from infra.local.engine import Engine
from infra.local.service import SENDER, STAGE
from tests.faults.sampling import GATE_SEED, sample
from tests.running import Running

pytestmark = pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="what has to end is watched as Linux has it")

PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 Safari/604.1"
CODE, PARTNER, IN_PROGRAM = "tea-with-ada", "ext_sample-ada", "?program=ext_sample"
# The sample program: so many cents for a sign-up, and so many per cent of a sale to the partner and to the customer.
FLAT, RATE, RATE_BACK = 200, 10, 5
THREADS, CUSTOMERS = 4, range(12)
# In the order in which they are made.
WORKERS = ["api", "decisions", "effects", "schedules", "checks"]
# A click, a lead, a sale and a refund of each.
CALLS = 4 * len(CUSTOMERS)
# No claim is held, and no message is left alone, as long as that.
LATER = timedelta(minutes=45)


class Shop:
    """
    A shop that reports what its customers do, and again until it is answered, whatever becomes of the service.

    It kills the service itself, each time that so many calls were answered.
    """

    def __init__(self, folder, kill_after=()):
        self.folder = folder
        self._kill_after = list(kill_after)
        # The id that a call was answered with; how often one got no answer; what was refused.
        self.answered, self.unanswered, self.refused = {}, Counter(), []
        self._changed = threading.Condition()
        self.start()

    def start(self):
        running = Running("--data", str(self.folder))
        pid = running.process.pid
        children = [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
        # What it says must not fill its pipe.
        self._draining = threading.Thread(target=drain, args=(running.process.stderr,))
        self._draining.start()
        with self._changed:
            self.running, self._is_up = running, True
            self.processes = dict(zip(WORKERS, children, strict=True))
            self._watched = [os.pidfd_open(child) for child in children]
            self._changed.notify_all()

    def kill(self):
        os.kill(self.running.process.pid, signal.SIGKILL)

    def wait_until_ended(self):
        """Wait until the service has ended. Returns whether its other processes have, too."""
        self.running.process.wait(timeout=60)
        ended = all(select.select([one], [], [], 10)[0] for one in self._watched)
        while self._watched:
            os.close(self._watched.pop())
        self._draining.join(timeout=10)
        self.running.process.stdout.close()
        return ended

    def report(self):
        """Report what all customers do, several at a time. Returns when every call is answered."""
        with ThreadPoolExecutor(THREADS) as pool:
            list(pool.map(self._customer, CUSTOMERS))

    def _customer(self, n):
        click = self._until_answered(f"click {n}", "GET", f"/{CODE}")
        customer = {"external_id": f"customer-{n}", "name": f"C{n}", "email": f"c{n}@mail.example"}
        common = {"program": "ext_sample", "customer": customer}
        lead = {**common, "type": "lead", "external_id": f"lead-{n}", "click_id": click}
        self._until_answered(f"lead {n}", "POST", "/v1/conversions", lead)
        sale = {**common, "type": "sale", "external_id": f"sale-{n}", "amount": usd(sold(n))}
        self._until_answered(f"sale {n}", "POST", "/v1/conversions", sale)
        refund = {"refund_id": f"refund-{n}", "amount": usd(refunded(n))}
        self._until_answered(f"refund {n}", "POST", f"/v1/conversions/ext_sale-{n}/refunds{IN_PROGRAM}", refund)

    def _until_answered(self, name, method, path, body=None):
        while True:
            with self._changed:
                assert self._changed.wait_for(lambda: self._is_up, timeout=60)
                running = self.running
            try:
                status, headers, content = call(running, method, path, body)
            except (OSError, http.client.HTTPException):
                with self._changed:
                    self.unanswered[name] += 1
                    # Somebody may have started it again meanwhile.
                    self._is_up = self._is_up and running is not self.running
            else:
                return self._note(name, status, headers, content)

    def _note(self, name, status, headers, content):
        with self._changed:
            if status not in (200, 201, 302):
                self.refused.append((name, status, content))
            answer = headers["Location"].split("gw_click=")[1] if status == 302 else json.loads(content).get("id")
            self.answered[name] = answer
            if self._kill_after and len(self.answered) >= self._kill_after[0]:
                del self._kill_after[0]
                self.kill()
            return answer

    def come_to_rest(self):
        """Requeue what does not move, and wait until all has happened."""
        assert self.running.json("POST", "/_local/schedules", {"run": "sweep"}) == {"run": "sweep", "settled": True}
        assert self.running.json("POST", "/_local/settle") == {"settled": True, "dead_letters": 0}

    def close(self):
        self.kill()
        self.wait_until_ended()


def drain(pipe):
    with pipe:
        for _ in pipe:
            pass


def call(running, method, path, body=None):
    headers = {"Authorization": f"Bearer {running.key}", "Content-Type": "application/json", "User-Agent": PHONE}
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", running.port, timeout=60)) as connection:
        connection.request(method, path, json.dumps(body) if body is not None else b"", headers)
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()


def usd(amount):
    return {"amount": amount, "currency": "USD"}


def sold(n):
    return 1000 + 37 * n


def refunded(n):
    return 300 + 11 * n


def percent(amount, rate):
    """Return a share of an amount, rounded up."""
    return -(-amount * rate // 100)


@contextlib.contextmanager
def opened(folder):
    """Look into a folder while no service does."""
    engine = Engine(stage=STAGE, sender=SENDER, folder=folder)
    try:
        yield engine
    finally:
        engine.close()


def emails_and_sent(engine):
    """Return the emails that SES took, and how many messages are marked as sent."""
    emails = [(email["To"][0], email["Subject"]) for email in engine.emails()]
    return emails, sum(row["status"] == {"S": "sent"} for row in engine.items("messages"))


def let_time_pass(engine):
    """Have the next run begin later: claims that the dead sender held have lapsed by then."""
    clock = MovableClock(engine)
    clock.set(clock() + LATER)


def entries_of(running, owner):
    path = f"{owner}/entries?currency=USD&limit=100"
    page = running.json("GET", path)
    entries = page["data"]
    while page["has_more"]:
        page = running.json("GET", f"{path}&cursor={page['next_cursor']}")
        entries += page["data"]
    return entries


def check_calls(shop):
    """Everything that was answered is there, under the id that it was answered with."""
    for name, answer in shop.answered.items():
        what, n = name.split()
        if what in ("lead", "sale"):
            conversion = shop.running.json("GET", f"/v1/conversions/ext_{what}-{n}{IN_PROGRAM}&type={what}")
            assert conversion["id"] == answer
            assert what == "lead" or conversion["refunded"] == usd(refunded(int(n)))


def check_books(shop):
    """Every reaction was done once: entries, balances and the chain, against sums that know nothing of the service."""
    left = [sold(n) - refunded(n) for n in CUSTOMERS]
    entries = entries_of(shop.running, f"/v1/partners/{PARTNER}")
    [balance] = shop.running.json("GET", f"/v1/partners/{PARTNER}/balances")["balances"]
    theirs = [shop.running.json("GET", f"/v1/customers/ext_customer-{n}/balances")["balances"] for n in CUSTOMERS]
    verified = shop.running.json("GET", "/v1/ledger/verify")

    assert len(entries) == len({entry["source"] for entry in entries}) == balance["seq"] == 3 * len(left)
    assert balance["due"] == sum(entry["due"] for entry in entries)
    assert balance["due"] == sum(FLAT + percent(amount, RATE) for amount in left)
    assert [(one["due"], one["seq"]) for [one] in theirs] == [(percent(amount, RATE_BACK), 2) for amount in left]
    assert (verified["bad"], verified["has_more"]) == (None, False)
    # One sale of the sample's pipeline rewarded its partner and its customer.
    assert (verified["accounts"], verified["entries"]) == (1 + len(left) + 2, 5 * len(left) + 2)


def check_statistics(shop):
    """Everything was counted once. Returns how many clicks were."""
    totals = shop.running.json("GET", f"/v1/partners/{PARTNER}/stats")["totals"]

    assert [totals[name] for name in ("leads", "sales", "customers", "refunds")] == [len(CUSTOMERS)] * 4
    assert totals["revenue"] == usd(sum(map(sold, CUSTOMERS)))
    assert totals["refunded"] == usd(sum(map(refunded, CUSTOMERS)))
    assert totals["referrer_rewards"]["earned"] == sum(FLAT + percent(sold(n), RATE) for n in CUSTOMERS)
    return totals["clicks"]["human"]


def check_emails(engine, *, twice):
    """Every email was sent, none waits for a sender, and so many were sent once more."""
    emails, sent = emails_and_sent(engine)

    assert {row["status"]["S"] for row in engine.items("messages")} <= {"sent", "skipped", "digested", "waiting"}
    assert len(emails) == sent + twice
    for n in CUSTOMERS:
        reward = percent(sold(n), RATE_BACK)
        taken = reward - percent(sold(n) - refunded(n), RATE_BACK)
        assert {subject for address, subject in emails if f"<c{n}@" in address} == {
            "Welcome to Tea Shop",
            f"For you: ${reward / 100:.2f} from Tea Shop",
            f"${taken / 100:.2f} of your Tea Shop reward was reversed",
        }


@pytest.mark.sweep
@pytest.mark.parametrize("seed", sample(range(5), 1))
def test_what_was_answered_is_there_and_done_once_although_the_service_was_killed_twice(tmp_path, seed):
    chance = random.Random(GATE_SEED + seed)
    moments = [chance.randint(1, CALLS // 2), chance.randint(CALLS // 2 + THREADS, CALLS)]
    folder = tmp_path / "data"
    shop = Shop(folder, moments)
    try:
        with ThreadPoolExecutor(1) as pool:
            reported = pool.submit(shop.report)
            for _ in moments:
                assert shop.wait_until_ended()
                with opened(folder) as engine:
                    emails, sent = emails_and_sent(engine)
                    # Of these, SES took the email, and the sender died before it could mark the message.
                    unmarked = len(emails) - sent
                    let_time_pass(engine)
                shop.start()
            reported.result(timeout=60)
        shop.come_to_rest()
        check_calls(shop)
        check_books(shop)
        clicks = check_statistics(shop)
    finally:
        shop.close()

    assert (len(shop.answered), shop.refused) == (CALLS, [])
    # A call that got no answer may have been done, and then it was found done when it came again; but no click is.
    assert sum(shop.unanswered.values()) <= len(moments) * THREADS
    more = sum(times for name, times in shop.unanswered.items() if name.startswith("click"))
    assert len(CUSTOMERS) <= clicks <= len(CUSTOMERS) + more
    with opened(folder) as engine:
        assert clicks == sum(row.get("row") == {"S": "click"} for row in engine.items("clicks"))
        check_emails(engine, twice=unmarked)


def test_on_a_full_disk_calls_are_refused_and_go_on_when_there_is_room(tmp_path):
    shop = Shop(tmp_path / "data")
    pid = shop.running.process.pid
    lead = {"program": "ext_sample", "type": "lead", "code": CODE}

    def report(n):
        body = {**lead, "external_id": f"lead-{n}", "customer": {"external_id": f"customer-{n}"}}
        return call(shop.running, "POST", "/v1/conversions", body)[0]

    try:
        before = [report(n) for n in range(10)]
        # Reactions to them are under way, and meet the full disk too.
        _, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (100, hard))
        full = [report(n) for n in range(10, 20)]
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (hard, hard))
        after = [report(n) for n in range(30)]
        shop.kill()
        ended = shop.wait_until_ended()
        with opened(shop.folder) as engine:
            let_time_pass(engine)
        shop.start()
        shop.come_to_rest()
        [balance] = shop.running.json("GET", f"/v1/partners/{PARTNER}/balances")["balances"]
        totals = shop.running.json("GET", f"/v1/partners/{PARTNER}/stats")["totals"]
    finally:
        shop.close()

    assert (set(before), set(after)) == ({201}, {201})
    assert all(status >= 500 for status in full)
    assert ended
    assert (balance["due"], balance["seq"], totals["leads"]) == (30 * FLAT, 30, 30)


@pytest.mark.sweep
@pytest.mark.parametrize("worker", sample(WORKERS, 1))
def test_the_service_ends_with_each_of_its_workers_and_the_next_run_does_what_was_still_to_do(tmp_path, worker):
    shop = Shop(tmp_path / "data")
    try:
        shop.report()
        os.kill(shop.processes[worker], signal.SIGKILL)
        ended = shop.wait_until_ended()
        with opened(shop.folder) as engine:
            let_time_pass(engine)
        shop.start()
        shop.come_to_rest()
        check_books(shop)
    finally:
        shop.close()

    assert ended
