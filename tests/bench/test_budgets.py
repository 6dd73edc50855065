"""What does not jitter has a budget: instructions, calls, units, modules. Raising one is a decision."""

import json
import subprocess
import sys
from collections import Counter, defaultdict
from unittest.mock import patch

import pytest

from bench import events, instructions, statistics_reads
from bench.simulated import Traffic, metered
from bench.units import Units
from chalicelib.kit.greedy import behind
from chalicelib.webhooks.post import Answered
from tests.forms import Browser
from tests.running import ROOT

MILLION = 1_000_000


@pytest.fixture(scope="module")
def counted():
    """The instructions of a click, by what it is."""
    if not instructions.VALGRIND:
        pytest.skip("valgrind is not installed: instructions are not counted")
    return instructions.count()


@pytest.mark.parametrize(("click", "millions"), [("a click, warm", 0.76), ("a click, link not cached", 1.10)])
def test_a_click_takes_no_more_instructions_than_its_budget(counted, click, millions):
    """A bare handler with boto3's put_item takes 4.1 million; each budget is a tenth above what was counted."""
    assert counted[click] <= millions * MILLION


@pytest.fixture
def link():
    """A link, a meter on everything that goes to DynamoDB, and a visitor's event."""
    with metered() as (shop, meter):
        program = shop.program()
        code = shop.link(program, shop.partner(program), code="bea-recommends")["code"]
        yield shop, meter, code


def test_a_warm_click_is_one_put_of_one_unit(link):
    from chalicelib.clicks import redirect

    _, meter, code = link
    redirect.handler(events.follow(code), None)
    meter.clear()

    assert redirect.handler(events.follow(code), None)["statusCode"] == 302

    assert meter.counted == Counter(PutItem=1)
    assert meter.total() == Units(writes=1)


def test_a_click_whose_link_is_not_remembered_reads_it_once(link):
    from chalicelib.clicks import redirect
    from chalicelib.links import look_up

    _, meter, code = link
    redirect.handler(events.follow(code), None)
    look_up.forget()
    meter.clear()

    assert redirect.handler(events.follow(code), None)["statusCode"] == 302

    assert meter.counted == Counter(GetItem=1, PutItem=1)
    assert meter.total() == Units(writes=1, reads=0.5)


def test_a_click_is_found_from_its_id_by_one_read(link):
    from chalicelib.clicks import click_ids, find, redirect

    _, meter, code = link
    # The fourth of a burst goes to another shard than the first.
    answers = [redirect.handler(events.follow(code), None) for _ in range(4)]
    ids = [answer["headers"]["Location"].partition("gw_click=")[2] for answer in answers]
    meter.clear()

    rows = [find.find_row(click_ids.read(one)) for one in ids]

    assert None not in rows
    assert len({item["pk"]["S"] for item in rows}) == 2
    assert meter.counted == Counter(GetItem=4)


@pytest.mark.parametrize(
    ("a_second", "seconds", "instances", "most"),
    [
        pytest.param(1 / 60, 7200, 2, 2.40, id="one a minute"),
        pytest.param(1, 600, 2, 1.70, id="one a second"),
        pytest.param(10, 60, 2, 1.25, id="ten a second"),
        pytest.param(300, 5, 15, 1.30, id="three hundred a second"),
    ],
)
def test_a_click_and_its_counting_consume_no_more_units_than_their_budget(link, a_second, seconds, instances, most):
    shop, meter, code = link
    traffic = Traffic(shop, meter, code, instances=instances)

    traffic.come(a_second=a_second, seconds=seconds)
    traffic.wait_until(shop.at.replace(microsecond=0) + traffic.window)

    consumed = traffic.units("redirect") + traffic.units("clicks_to_stats")
    assert traffic.clicks > 50
    assert consumed.as_writes / traffic.clicks <= most


def test_a_roll_up_with_nothing_new_consumes_next_to_nothing(link):
    shop, meter, _ = link
    shop.run_schedule("roll_up")
    shop.wait(minutes=15)
    meter.clear()

    shop.run_schedule("roll_up")

    assert meter.total().as_writes <= 2


def test_a_sale_and_all_that_follows_consume_no_more_units_than_their_budget():
    with metered() as (shop, meter):
        program = shop.program(rules=[{"on": "sale", "to": "referrer", "rate_bp": 1500}])
        link = shop.link(program, shop.partner(program))
        shop.sale(program, "order-1", click_id=shop.click_id(link))
        assert shop.streams.run() == []
        emails = len(shop.emails())
        shop.wait(minutes=1)
        meter.clear()

        assert shop.sale(program, "order-2").status == 201
        assert shop.streams.run() == []

        assert len(shop.emails()) == emails + 1
        # One write of it is the place that the email takes among the day's first; two reads are of the partner, who may
        # be the customer, and may be suspended.
        # One more is of the program, by the function that looks whether it asks its customers.
        assert meter.total().as_writes <= 35.4


@pytest.mark.parametrize(("types", "most"), [(["conversion.recorded"], 7.6), (["link.*"], 0.2)])
def test_what_an_endpoint_adds_to_a_sale_is_within_its_budget(types, most):
    with metered() as (shop, meter), patch("chalicelib.webhooks.call.post_all", answered):
        program = shop.program(rules=[{"on": "sale", "to": "referrer", "rate_bp": 1500}])
        link = shop.link(program, shop.partner(program))
        shop.sale(program, "order-1", click_id=shop.click_id(link))
        assert shop.streams.run() == []
        consumed = []
        for number in (2, 3):
            shop.wait(minutes=3)
            meter.clear()
            assert shop.sale(program, f"order-{number}").status == 201
            assert shop.streams.run() == []
            consumed.append(meter.total().as_writes)
            shop.post("/v1/endpoints", {"program": program["id"], "url": "https://shop.example/", "types": types})

        without, with_one = consumed
        print(f"\n{with_one - without:.1f} units for {types}", end=" ")
        assert with_one - without <= most


def answered(requests):
    return [Answered(200, "", 1) for _ in requests]


def calls_of_emails(shop, meter):
    """Have all that is under way delivered, and return for each email what its message came to, and its calls."""
    assert (
        shop.streams.run(*(one.function for one in shop.streams.sources if one.function != "messages_to_mailbox")) == []
    )
    source = next(one for one in shop.streams.sources if one.function == "messages_to_mailbox")
    records = shop.streams.records(source)
    new, shop.streams.read[source.function] = records[shop.streams.read[source.function] :], len(records)
    calls = defaultdict(list)
    for record in new:
        meter.clear()
        assert shop.streams.deliver(source.function, [record]) == []
        [row] = [one for one in shop.rows("messages") if one["pk"] == record["dynamodb"]["NewImage"]["pk"]]
        calls[f"{row['letter']['S']} {row['status']['S']}"].append(meter.counted.total())
    return calls


def test_an_email_takes_no_more_calls_than_its_budget():
    """Warm, six: claim it; read its partner, what earned it, whether the address is suppressed; count it, finish it."""
    with metered() as (shop, meter):
        program = shop.program(rules=[{"on": "sale", "to": "referrer", "rate_bp": 1500}])
        ada = shop.partner(program)
        code = shop.link(program, ada)["code"]
        shop.post("/v1/invitations", {"program": program["id"], "invitations": [{"email": "bea@mail.example"}]})
        Browser(shop).send("/portal/link", email="ada@mail.example")
        # Its template and its footer's are read by one call, and remembered.
        cold = calls_of_emails(shop, meter)
        shop.sale(program, "order-1", code=code)
        calls_of_emails(shop, meter)
        for number in range(2, 8):
            shop.sale(program, f"order-{number}")
        warm = calls_of_emails(shop, meter)
        shop.wait(days=1, hours=7)
        shop.run_schedule("send_scheduled")
        later = calls_of_emails(shop, meter)

    assert (cold["invitation sent"], cold["sign_in sent"]) == ([6], [6])
    assert set(warm["earned sent"]) == set(warm["earned digested"][1:]) == {6}
    # The first piece of news that finds no room enqueues the digest.
    assert warm["earned digested"][0] == 7
    # Six each, and one more for the program, which is remembered for the other, whichever comes first.
    assert sorted([*later["digest sent"], *later["success sent"]]) == [6, 7]


@pytest.mark.parametrize("clicks", [10, 1_000_000])
def test_a_partners_statistics_take_ten_calls_whatever_the_number_of_clicks(monkeypatch, clicks):
    monkeypatch.setattr(statistics_reads, "_DAYS", 3)
    with metered() as (shop, meter):
        partner = statistics_reads._partner_with(shop, clicks, days=3, shards=1)
        meter.clear()

        answer = shop.get(f"/v1/partners/{partner}/stats").json

        assert answer["totals"]["clicks"]["human"] == clicks
        assert sum(meter.counted.values()) == 10


# What each function imports when it starts, Python's own included; PynamoDB and the kit are 140 of it. Beside it the
# rooms it knows. Whoever needs more raises it here, and sees what every start pays.
# One of each that reads programs is for when they ask their customers.
ENTRIES = {
    "announce_terms": (230, "emails language materials outbox partners programs"),
    "bounces_to_suppressions": (184, "emails outbox"),
    # It writes the morning's emails about overdue introductions as well.
    "check_introductions": (237, "access audit emails introductions language outbox partners programs users"),
    "check_partners": (
        # Results of targets are those of reports.
        # Ten for who, of those who joined when asked, has shared.
        286,
        "audit clicks emails ledger links moments notes onboarding outbox partners programs"
        " referrals reports rewards stats targets",
    ),
    "clicks_to_stats": (195, "clicks ledger programs rewards stats"),
    "conversions_to_events": (191, "conversions events programs referrals"),
    # One for what is reported, which is a file.
    "conversions_to_rewards": (240, "clicks conversions ledger links partners programs referrals rewards"),
    "delete_tests": (
        # Two for the journeys of customers and the steps of days, three each for targets, graph, materials and asking.
        283,
        "access adjustments clicks conversions deletion emails events graph introductions ledger links"
        " materials moments notes outbox partners payouts privacy programs reconciliation referrals"
        " rewards roi stats targets",
    ),
    "events_to_messages": (215, "emails events ledger outbox partners programs rewards webhooks"),
    "events_to_moments": (238, "audit conversions events ledger moments outbox partners programs referrals rewards"),
    "introductions_to_events": (192, "events introductions programs"),
    "ledger_to_events": (190, "events ledger programs rewards"),
    "links_to_events": (185, "events links programs"),
    "materials_to_events": (186, "events materials programs"),
    "mature": (211, "conversions ledger partners programs referrals rewards"),
    "messages_to_mailbox": (
        # One for the end of a program, whose email and rule are a file; two for changes of who has an account; one for
        # the codes of benefits; one for what a partner can do.
        311,
        "access emails events language ledger links outbox partners payouts programs referrals rewards stats",
    ),
    "messages_to_webhooks": (256, "events ledger outbox partners programs referrals rewards webhooks"),
    "partners_to_events": (191, "events partners programs"),
    "payouts_to_events": (185, "events payouts programs"),
    "promote": (211, "audit partners programs stats tiers"),
    "publish_root": (224, "audit emails ledger reconciliation"),
    "reconcile": (
        313,
        "adjustments clicks conversions emails events introductions ledger links outbox partners"
        " payouts programs reconciliation referrals rewards stats webhooks",
    ),
    "remind_admins": (235, "emails ledger outbox partners programs rewards"),
    "retain": (
        # One for buckets of durations, which funnels count as well; three for materials.
        312,
        "access adjustments audit conversions emails events introductions ledger links materials"
        " moments notes outbox partners payouts privacy programs reconciliation referrals rewards targets webhooks",
    ),
    "rewards_to_events": (189, "events ledger programs rewards"),
    "rewards_to_stats": (195, "clicks ledger programs rewards stats"),
    # It follows customers through the day that it closes: by decisions, their conversions, referrals and partners.
    "roll_up": (235, "clicks conversions ledger links partners programs referrals rewards stats"),
    "rotate_salts": (155, "clicks"),
    "send_monthly": (224, "emails ledger links outbox partners programs stats"),
    "send_scheduled": (187, "outbox"),
    "sweep": (187, "outbox"),
    "trace_sources": (232, "clicks conversions graph links partners programs referrals stats"),
}
# For the API and its pages; and botocore's client, for its calls of S3 and Lambda, which import it when they are made.
FOR_THE_API = {"chalice", "jinja2", "segno", "boto3", "s3transfer", "yaml", "botocore.client", "botocore.session"}


@pytest.mark.parametrize("name", ENTRIES)
def test_an_entry_imports_no_more_modules_and_no_other_rooms_than_its_budget(name):
    most, rooms = ENTRIES[name]
    loaded = loaded_by(f"chalicelib.entries.{name}")

    assert rooms_of(loaded) - {"entries", "kit"} == set(rooms.split())
    assert not named(loaded) & FOR_THE_API
    assert len(loaded) <= most


def test_every_trigger_has_a_budget():
    import app

    assert {source.name for source in app.app.event_sources} == ENTRIES.keys()


def test_the_redirect_imports_no_more_modules_than_its_budget():
    loaded = loaded_by("chalicelib.clicks.redirect")

    assert not named(loaded) & {
        "chalice",
        "pynamodb",
        "botocore",
        "boto3",
        "msgspec",
        "jinja2",
        "segno",
        "http",
        "email",
    }
    assert len(loaded) <= 150


def test_the_api_imports_no_more_modules_than_its_budget_and_no_page_before_it_is_asked_for():
    loaded = loaded_by("app")
    pages = {name for name in loaded if name.split(".")[1:2] in (["pages"], ["portal"], ["admin"])}

    assert {name.rpartition(".")[2] for name in pages} == {"pages", "portal", "admin", "routes"}
    assert not named(loaded) & ((FOR_THE_API | {"babel"}) - {"chalice"})
    # The query of leaderboards, and the sender of emails, which made room among the shapes of programs.
    # Eight for introductions: how a program receives them, their routes, shapes, rows, states and people.
    # Two for funnels: their shapes, and the buckets of durations that promptness has in common with them. Four for the
    # graph: its room, its shapes, and the routes that partners and programs have of it.
    # Four for materials: the room, its routes, their shapes, and the kinds there are.
    # Six for asking: the settings, the routes of both, their shapes and states.
    assert len(loaded) <= 456


def test_the_api_has_no_more_resources_than_one_api_gateway_may_have():
    """300 by default. A resource is a part of a path: `/v1/programs/{id}` is three, and shares two with others."""
    import app

    paths = [path.strip("/").split("/") for path in app.app.routes.keys() - behind(app.app.routes)]
    resources = {tuple(parts[:depth]) for parts in paths for depth in range(1, len(parts) + 1)}

    print(f"\n{len(resources)} resources for {len(paths)} paths", end=" ")
    assert len(resources) <= 284


def loaded_by(module):
    """Return the modules that importing one brings along, in a process of its own."""
    listing = f"import sys, json; sys.path.insert(0, '.'); import {module}; print(json.dumps(list(sys.modules)))"
    done = subprocess.run([sys.executable, "-I", "-c", listing], cwd=ROOT, env={}, stdout=subprocess.PIPE, check=True)
    return set(json.loads(done.stdout)) - set(sys.builtin_module_names)


def rooms_of(loaded):
    return {name.split(".")[1] for name in loaded if name.startswith("chalicelib.")}


def named(loaded):
    """Return what is loaded, by whole names and by what they begin with."""
    return loaded | {name.split(".")[0] for name in loaded}
