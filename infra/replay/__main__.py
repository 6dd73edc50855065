"""`make demo`: two years of real purchases through the HTTP API, and the books checked at the end."""

import argparse
import contextlib
import json
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import quantiles
from typing import Any

from tqdm import tqdm

from infra.replay import (
    asks,
    books,
    cohorts,
    facts,
    graph,
    introduced,
    joining,
    reports,
    returns,
    sources,
    steps,
    story,
    visits,
)
from infra.replay.books import Books
from infra.replay.client import Client
from infra.replay.shop import Shop

OUT = Path("build/demo.json")
_NEXT = """
What to try next:
  make run                  the service with a sample program; open the share page that it prints on a phone
  make demo DATA=sample     four times as many purchases; DATA=master: ten times as many again
  make test                 how all of this is proven"""


def main() -> None:
    """Replay, count, compare, and end with 1 if anything differs."""
    options = _options()
    began = time.monotonic()
    _say("starting the service")
    with _service() as started:
        if options.log:
            figures, wrong = visits.replay(started(), sources.requests(options.log), progress=_bar("requests"))
        else:
            figures, wrong = _purchases(started, options)
    figures["seconds"] = round(time.monotonic() - began, 1)
    _report(figures, wrong)
    if wrong:
        raise SystemExit(1)


def _purchases(started: Callable[[], Client], options: argparse.Namespace) -> tuple[dict[str, Any], list[str]]:
    bought = (
        sources.purchases(options.purchases) if options.purchases else sources.purchases(*sources.CDNOW[options.data])
    )
    bots, browsers = sources.bots(), sources.browsers()
    history = story.tell(bought, bots=bots, browsers=browsers, seed=options.seed)
    introduced.introduce_some(history, seed=options.seed)
    joining.let_some_join(history, bots=bots, browsers=browsers, seed=options.seed)
    later = sum(customer.joins is not None for customer in history.customers.values())
    print(
        f"{len(bought):,} purchases of {len(history.customers):,} customers, {history.days[0]} to {history.days[-1]};"
        f" {len(history.partners):,} of them are partners, {later:,} of these as customers. Seed {options.seed}."
    )
    client = started()
    shop = Shop(client, history)
    _say(f"a program, and {len(history.partners) - later:,} partners who join it")
    shop.open()
    _say("clicks, sign-ups, purchases and refunds, day by day")
    bar = _bar("purchases", len(bought))
    shop.play(bar.update)
    bar.close()
    _say("comparing every balance, every number and every report with books kept on the side")
    numbers = shop.numbers()
    expected = books.keep(history)
    counted = facts.facts_of(history, sources.devices())
    several = reports.comparisons(shop.partner_ids, facts.channels_of(history))
    checks = reports.Checks()
    reports.check_reports(checks, client, shop.program, counted, several)
    returns.check_returns(checks, client, shop.program, counted, shop.partner_ids)
    steps.check_funnels(checks, client, shop.program, history, counted)
    cohorts.check_cohorts(checks, client, shop.program, history, counted)
    places = graph.places_of(history, counted)
    graph.check_graph(checks, client, shop.program, places, shop.partner_ids)
    asks.check_asks(checks, client, shop.program, history)
    introduced.check_introductions(checks, client, shop.program, history)
    for day, decided in shop.prompt.items():
        checks.check(f"promptness, {day}, conversions decided", decided, facts.reported_on(history, day))
    emails = client.api("GET", "/_local/mailbox.json")["emails"]
    dead = client.api("GET", "/v1/dead-letters?limit=100")["data"]
    balances = shop.balances()
    wrong = [*_differences(numbers, expected), *_wrong_balances(balances, expected), *checks.wrong]
    wrong += [f"functions gave up on records: {', '.join(str(one['function']) for one in dead)}"] if dead else []
    waits = quantiles(shop.waits, n=100) if len(shop.waits) > 1 else [0.0] * 99
    figures = {
        "purchases": len(bought),
        "partners": len(history.partners),
        "seed": options.seed,
        **{name: numbers[name] for name in sorted(numbers)},
        "emails": len(emails),
        "emails_by_subject": dict(Counter(email["subject"].split()[0] for email in emails)),
        "seconds_from_sale_to_reward": {"p50": round(waits[49], 3), "p99": round(waits[98], 3), "of": len(shop.waits)},
        "owed_to_partners": sum(balances.values()),
        **introduced.figures(history),
        **graph.figures(places),
        "balances_checked": len(balances),
        "numbers_of_reports_checked": checks.compared,
    }
    return figures, wrong


def _differences(numbers: Counter[str], book: Books) -> list[str]:
    """Compare the program's statistics with the books kept on the side."""
    expected = {
        "clicks.all": book.people + book.machines,
        "clicks.human": book.people,
        "leads": book.leads,
        "sales": book.sales,
        "refunds": book.refunds,
        "revenue": book.revenue,
        "refunded": book.refunded,
        "referrer_rewards.earned": book.earned,
        "referrer_rewards.reversed": book.reversed,
        "referee_rewards.earned": book.welcomes,
    }
    return [
        f"{name}: the service says {numbers[name]}, the books say {count}"
        for name, count in expected.items()
        if numbers[name] != count
    ]


def _wrong_balances(balances: dict[str, int], book: Books) -> list[str]:
    return [
        f"partner {name}: the service owes {balances[name]}, the books say {due}, "
        f"a difference of {balances[name] - due}"
        for name, due in book.balances.items()
        if balances[name] != due
    ]


def _report(figures: dict[str, Any], wrong: list[str]) -> None:
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps({**figures, "differences": wrong}, indent=2) + "\n")
    print()
    for label, value in _table(figures):
        print(f"  {label:<34}{value:>20}")
    print()
    for difference in wrong[:20]:
        print(f"DIFFERENT: {difference}")
    if not wrong:
        checked = figures.get("balances_checked")
        compared = figures["numbers_of_reports_checked"]
        balances = f": {checked:,} balances, to the cent, and" if checked else ":"
        print(f"The books are equal{balances} {compared:,} numbers in reports. Figures: {OUT}")
        print(_NEXT)


def _say(stage: str) -> None:
    print(f"-- {stage} ...", flush=True)


def _table(figures: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for kind in ("all", "human", "bot", "preview", "prefetch", "head", "unique"):
        if f"clicks.{kind}" in figures:
            yield f"clicks, {kind}", f"{figures[f'clicks.{kind}']:,}"
    for name in ("leads", "sales", "refunds", "customers"):
        if name in figures:
            yield name, f"{figures[name]:,}"
    for label, name in (
        ("revenue", "revenue"),
        ("refunded", "refunded"),
        ("rewards earned by partners", "referrer_rewards.earned"),
        ("  of them taken back by refunds", "referrer_rewards.reversed"),
        ("rewards of referred customers", "referee_rewards.earned"),
        ("owed to partners now", "owed_to_partners"),
    ):
        if name in figures:
            yield label, _usd(figures[name])
    if "introductions" in figures:
        yield "introductions", f"{figures['introductions']:,}"
        yield "  of them won", f"{figures['introductions_won']:,}"
        yield "partners whom a partner brought", f"{figures['brought_partners']:,}"
        yield "  deepest below their source", f"{figures['deepest']:,}"
        yield "most through one source", _usd(figures["most_through"])
    if "emails" in figures:
        yield "emails", f"{figures['emails']:,}"
        waits = figures["seconds_from_sale_to_reward"]
        yield "seconds from sale to reward, p50", f"{waits['p50']:.3f}"
        yield "seconds from sale to reward, p99", f"{waits['p99']:.3f}"
    yield "seconds in all", f"{figures['seconds']:,.1f}"


def _usd(cents: int) -> str:
    return f"{cents // 100:,}.{cents % 100:02} USD"


@contextlib.contextmanager
def _service() -> Iterator[Callable[[], Client]]:
    """Start the service of `make run` on a free port, for as long as this takes; yields what waits until it answers."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "infra.local", "--port", str(port), "--empty"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)

    def started() -> Client:
        key = next((line.split()[-1] for line in process.stdout or () if line.strip().startswith("admin key")), None)
        if key is None:
            raise SystemExit("The service did not start.")
        return Client("127.0.0.1", port, key)

    try:
        yield started
    finally:
        process.terminate()
        process.communicate(timeout=60)


def _bar(unit: str, total: int | None = None) -> "tqdm[Any]":
    return tqdm(total=total, unit=f" {unit}", mininterval=0.5, dynamic_ncols=True, smoothing=0.05)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__)
    parser.add_argument("--data", choices=sorted(sources.CDNOW), default="short", help="which purchases of CDNOW")
    parser.add_argument(
        "--purchases", type=Path, help="another file of purchases: customer ... YYYYMMDD pieces dollars"
    )
    parser.add_argument("--log", type=Path, help="instead, replay a web server's log (combined format) as clicks")
    parser.add_argument("--seed", type=int, default=1997, help="who sent whom")
    return parser.parse_args()


if __name__ == "__main__":
    main()
