"""DynamoDB's units for a click at any rate, and for a sale, with everything that follows from them."""

from collections import defaultdict

from bench.lines import Line, Result, Table
from bench.meter import Consumed, Meter
from bench.simulated import Traffic, metered
from bench.units import Units
from tests.faults.world import World

# Clicks a second on one link, and for how many seconds of a day. The slowest have the whole day.
_RATES = [
    (1 / 60, 86_300),
    (0.1, 40_000),
    (0.3, 12_000),
    (1, 3_600),
    (3, 1_800),
    (10, 600),
    (100, 70),
    (300, 30),
    (1000, 12),
]
_COLD, _HOT = 1 / 60, 10
_SALES = 20
# How long a request holds an instance of the redirect; as many instances serve a link as that needs, at least two.
_HELD_SECONDS = 0.05
_PHASES = ("redirect", "clicks_to_stats", "roll_up", "reconcile")


def measure() -> Result:
    """Count what a day takes in which nothing happens, and then what clicks and sales add to it."""
    result = Result()
    idle = _idle(result)
    _clicks(result, idle)
    _sales(result, idle)
    return result


def _idle(result: Result) -> dict[str, Units]:
    """Return what each schedule consumes on a day without any traffic."""
    with metered() as (shop, meter):
        traffic = Traffic(shop, meter, _link(shop), instances=1)
        traffic.end_of_day()
    idle = {phase: traffic.units(phase) for phase in traffic.phases}
    total = sum(idle.values(), Units())
    against = ", ".join(f"{name} {units.as_writes:.0f}" for name, units in idle.items())
    result.lines.append(
        Line("units a day of all schedules, one program, no traffic", against, total.as_writes, None, unit="WU")
    )
    return idle


def _added(traffic: Traffic, idle: dict[str, Units], phase: str) -> Units:
    """Return what a phase consumed beyond what it does when nothing happens."""
    consumed, standing = traffic.units(phase), idle.get(phase, Units())
    return Units(consumed.writes - standing.writes, consumed.reads - standing.reads)


def _clicks(result: Result, idle: dict[str, Units]) -> None:
    per_click, rows = {}, []
    for rate, seconds in _RATES:
        with metered() as (shop, meter):
            traffic = Traffic(shop, meter, _link(shop), instances=max(2, round(rate * _HELD_SECONDS)))
            traffic.come(a_second=rate, seconds=seconds)
            traffic.end_of_day()
        total = sum((_added(traffic, idle, phase) for phase in traffic.phases), Units())
        per_click[rate] = total.as_writes / traffic.clicks
        each = [f"{_added(traffic, idle, phase).as_writes / traffic.clicks:.2f}" for phase in _PHASES]
        writes, reads = total.writes / traffic.clicks, total.reads / traffic.clicks
        rows.append(
            [_a_second(rate), f"{traffic.clicks:,}", *each, f"{writes:.2f}", f"{reads:.2f}", f"{per_click[rate]:.2f}"]
        )
        result.figures |= {
            f"click_writes_{rate:g}": writes,
            f"click_reads_{rate:g}": reads,
            f"click_batches_{rate:g}": traffic.batches / traffic.clicks,
            f"click_recount_calls_{rate:g}": traffic.calls["clicks_to_stats"].total() / traffic.clicks,
        }
    worst = max(per_click, key=lambda rate: per_click[rate])
    hottest = max((rate for rate in per_click if rate >= _HOT), key=lambda rate: per_click[rate])
    for what, rate, goal in [
        ("units a click, one a minute", _COLD, 2.5),
        (f"units a click, at the worst rate ({_a_second(worst)})", worst, 2.5),
        (f"units a click, hot, at the worst rate ({_a_second(hottest)})", hottest, 1.5),
    ]:
        result.lines.append(Line(what, "1.00: one row put, nothing counted", per_click[rate], goal, unit="WU"))
    result.figures |= {"click_units_cold": per_click[_COLD], "click_units_hot": per_click[hottest]}
    result.tables.append(
        Table(
            "What a click consumes, by how often its link is clicked",
            ("clicks", "simulated", *_PHASES, "write units", "read units", "together"),
            rows,
            "Write units and a fifth of the read units, a click, with every reaction and every schedule "
            "to the day's end; "
            "without what schedules take on a day when nothing happens.",
        )
    )


def _sales(result: Result, idle: dict[str, Units]) -> None:
    by_flow: dict[str, dict[str, Consumed]] = {}
    with metered() as (shop, meter):
        program = shop.program(rules=[{"on": "sale", "to": "referrer", "rate_bp": 1500}])
        link = shop.link(program, shop.partner(program), code="bea-recommends")
        rest_of_day = Traffic(shop, meter, link["code"], instances=1)
        # Each by another partner: who hears of more than a few a day hears of the others in one email.
        links = [shop.link(program, shop.partner(program, email=f"p{n}@mail.example")) for n in range(_SALES)]
        touches = [{"click_id": shop.click_id(one)} for one in links]
        _settle(shop, meter, defaultdict(lambda: defaultdict(Units)))
        for what in ("binds", "known"):
            by_flow[what] = defaultdict(lambda: defaultdict(Units))
            emails = len(shop.emails())
            meter.counted.clear()
            for number in range(_SALES):
                shop.wait(minutes=1)
                meter.consumed = by_flow[what]["POST /v1/conversions"]
                touch = touches[number] if what == "binds" else {}
                answer = shop.sale(program, f"{what}-{number}", customer=f"customer-{number}", **touch)
                assert answer.status == 201, answer.body
                _settle(shop, meter, by_flow[what])
            result.figures |= {
                f"sale_emails_{what}": (len(shop.emails()) - emails) / _SALES,
                f"sale_functions_{what}": len([one for one in by_flow[what].values() if one]),
                f"sale_calls_{what}": meter.counted.total() / _SALES,
            }
        rest_of_day.end_of_day()
    schedules = sum((_added(rest_of_day, idle, phase) for phase in idle), Units())
    # Every sale of the day has the same part in what the day's schedules did for all of them.
    share = Units(schedules.writes / 2, schedules.reads / 2)
    rows = []
    for what, phases in by_flow.items():
        phases["schedules"]["all", "together"] = share
        consumed = sum((units for one in phases.values() for units in one.values()), Units())
        result.figures |= {
            f"sale_writes_{what}": consumed.writes / _SALES,
            f"sale_reads_{what}": consumed.reads / _SALES,
        }
        emails = round(result.figures[f"sale_emails_{what}"])
        name = {"binds": "a sale that binds its customer", "known": "a sale of a known customer"}[what]
        label = f"units: {name}, one reward, {emails} email{'s' * (emails != 1)}"
        result.lines.append(Line(label, "explained below", consumed.as_writes / _SALES, None, unit="WU"))
        rows += [
            [name, phase, f"{operation} {table}", f"{units.writes / _SALES:.2f}", f"{units.reads / _SALES:.2f}"]
            for phase, one in phases.items()
            for (operation, table), units in one.items()
        ]
    result.tables.append(
        Table(
            "What a sale consumes",
            ("sale", "function", "call", "write units", "read units"),
            rows,
            f"A sale, alone in its minute; {2 * _SALES} on the day, two of each partner.",
        )
    )


def _settle(shop: World, meter: Meter, phases: dict[str, Consumed]) -> None:
    """Deliver what follows, function by function, until nothing does."""
    moved = True
    while moved:
        moved = False
        for source in shop.streams.sources:
            meter.consumed = phases[source.function]
            before = sum(shop.streams.read.values())
            assert shop.streams.run(source.function) == []
            moved = moved or sum(shop.streams.read.values()) > before


def _link(shop: World) -> str:
    program = shop.program()
    return str(shop.link(program, shop.partner(program), code="bea-recommends")["code"])


def _a_second(rate: float) -> str:
    return f"{rate:,.0f} a second" if rate >= 1 else f"{rate * 60:.0f} a minute"
