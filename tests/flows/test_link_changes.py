"""A link that is out can be changed: where it leads, its channel, and until when; its code stays its own."""

import itertools
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from chalicelib.audit.actor import Actor
from chalicelib.kit import instants, memory
from chalicelib.kit.dynamo import items
from chalicelib.links import change, create, disable, look_up
from chalicelib.links import find as links
from chalicelib.links.shapes import LinkChange
from chalicelib.links.table import Link
from tests.faults.world import built_once

ACTOR = Actor("operator", "test")


@pytest.fixture
@built_once
def made(shop):
    """A program, a partner, and a link that is out."""
    program = shop.program(hosts=["tea.example", "www.tea.example"])
    ada = shop.partner(program)
    return program, ada, shop.link(program, ada, code="ada-x", channel="newsletter")


def path_of(link):
    return f"/v1/links/{link['id']}"


def changed(shop, link, **fields):
    answer = shop.patch(path_of(link), fields)
    assert answer.status == 200, answer.body
    memory.forget_everything()
    return answer.json


def soon(shop, **delta):
    return instants.text(shop.at + timedelta(**delta))


def test_destination_channel_and_expiry_change_and_the_rest_stays(shop, made):
    _, _, link = made
    new = {"destination": "https://www.tea.example/spring", "channel": "blog", "expires_at": soon(shop, days=3)}

    answer = changed(shop, link, **new)

    assert answer == link | new
    assert shop.get(path_of(link)).json == answer
    assert shop.click(link).headers["Location"].startswith("https://www.tea.example/spring?")


def test_null_takes_channel_and_expiry_away_and_leads_to_the_landing_page_of_now(shop, made):
    program, ada, _ = made
    link = shop.link(
        program, ada, channel="blog", destination="https://www.tea.example/x", expires_at=soon(shop, days=3)
    )
    shop.patch(f"/v1/programs/{program['id']}", {"landing_url": "https://tea.example/now"})

    answer = changed(shop, link, destination=None, channel=None, expires_at=None)

    assert answer == link | {"destination": "https://tea.example/now", "channel": None, "expires_at": None}
    shop.wait(days=4)
    assert shop.click(link).status == 302


@pytest.mark.parametrize(
    ("fields", "code", "pointer"),
    [
        ({"destination": "https://evil.example/"}, "destination_refused", "/destination"),
        ({"destination": "javascript:alert(1)"}, "destination_refused", "/destination"),
        ({"expires_at": "2026-03-10T11:59:59Z"}, "invalid_value", "/expires_at"),
        ({"expires_at": "tomorrow"}, "invalid_value", "/expires_at"),
        ({"channel": ""}, "invalid_value", "/channel"),
        ({"code": "another"}, "invalid_value", "/code"),
        ({"partner": "ptr_x"}, "invalid_value", "/partner"),
    ],
)
def test_a_change_that_cannot_be_is_refused_with_its_field_and_changes_nothing(shop, made, fields, code, pointer):
    _, _, link = made

    refused = shop.patch(path_of(link), {"channel": "blog"} | fields)

    assert (refused.status, refused.json["code"], refused.json["errors"][0]["pointer"]) == (422, code, pointer)
    assert shop.get(path_of(link)).json == link


def test_what_is_no_link_is_not_found(shop, made):
    assert shop.patch("/v1/links/lnk_x", {}).json["code"] == "link_not_found"


def test_a_link_to_a_host_that_is_no_longer_allowed_keeps_it_whatever_else_is_changed(shop, made):
    program, ada, _ = made
    link = shop.link(program, ada, destination="https://www.tea.example/x")
    shop.patch(f"/v1/programs/{program['id']}", {"hosts": ["tea.example"]})
    memory.forget_everything()

    changed(shop, link, destination=link["destination"], channel="blog")

    assert shop.click(link).headers["Location"].startswith("https://www.tea.example/x?")
    refused = shop.patch(path_of(link), {"destination": "https://www.tea.example/y"})
    assert refused.json["code"] == "destination_refused"


def test_what_was_changed_since_it_was_read_is_left_alone_and_ending_it_is_a_change(shop, made):
    _, _, link = made
    etags = [shop.get(path_of(link)).headers["ETag"]]
    first = shop.patch(path_of(link), {"channel": "mine"}, headers={"If-Match": etags[0]})
    second = shop.patch(path_of(link), {"channel": "yours"}, headers={"If-Match": etags[0]})
    again = shop.patch(path_of(link), {"channel": "mine"}, headers={"If-Match": etags[0]})
    etags.append(first.headers["ETag"])
    shop.post(f"{path_of(link)}/disable")
    etags.append(shop.get(path_of(link)).headers["ETag"])

    assert (first.status, second.status, second.json["code"]) == (200, 412, "precondition_failed")
    assert (again.status, again.json["channel"]) == (200, "mine")
    assert len(set(etags)) == 3
    late = shop.patch(path_of(link), {"channel": "yours"}, headers={"If-Match": etags[1]})
    assert late.status == 412


def meanwhile(monkeypatch, act):
    """Have something done once, between the reading of a link and the writing of its change."""
    first = itertools.count()
    commit = Actor.commit

    def committing(self, *writes, **options):
        if next(first) == 0:
            act()
        return commit(self, *writes, **options)

    monkeypatch.setattr(Actor, "commit", committing)


def test_a_link_that_is_changed_while_it_is_ended_is_ended_and_changed(shop, made, monkeypatch):
    _, _, link = made
    meanwhile(monkeypatch, lambda: changed(shop, link, channel="blog"))

    disable.disable(link["id"], actor=ACTOR, at=shop.at)

    now = shop.get(path_of(link)).json
    assert (now["channel"], now["disabled_at"]) == ("blog", instants.text(shop.at))


def test_a_link_that_is_ended_while_it_is_changed_is_changed_and_ended(shop, made, monkeypatch):
    _, _, link = made
    meanwhile(monkeypatch, lambda: shop.post(f"{path_of(link)}/disable"))

    change.change_link(link["id"], LinkChange(channel="blog"), actor=ACTOR, at=shop.at)

    now = shop.get(path_of(link)).json
    assert (now["channel"], now["disabled_at"]) == ("blog", instants.text(shop.at))


def test_a_link_that_is_changed_while_its_partner_comes_back_leads_on(shop, made, monkeypatch):
    program, ada, link = made
    shop.post(f"/v1/partners/{ada['id']}/leave", {"program": program["id"]})
    shop.wait(minutes=1)
    act = Actor.commit
    tried = []

    def committing(self, *writes, **options):
        if options["action"] == "link.restored" and not tried:
            tried.append(link)
            changed(shop, link, channel="blog")
        return act(self, *writes, **options)

    monkeypatch.setattr(Actor, "commit", committing)
    shop.post(f"/v1/partners/{ada['id']}/enrollments", {"program": program["id"]})

    now = shop.get(path_of(link)).json
    assert (tried, now["channel"], now["disabled_at"]) == ([link], "blog", None)


@pytest.mark.engine
def test_of_changes_at_one_moment_none_is_lost(shop, made):
    _, _, link = made
    fields = [{"channel": "blog"}, {"destination": "https://tea.example/x"}, {"expires_at": soon(shop, days=3)}]

    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(lambda one: shop.patch(path_of(link), one), fields))

    assert [one.status for one in answers] == [200, 200, 200]
    now = shop.get(path_of(link)).json
    assert [now[name] for one in fields for name in one] == [value for one in fields for value in one.values()]


def test_a_link_that_has_expired_leads_on_with_another_expiry(shop, made):
    program, ada, _ = made
    link = shop.link(program, ada, expires_at=soon(shop, hours=1))
    shop.wait(hours=2)
    before = shop.click(link).status

    changed(shop, link, expires_at=soon(shop, hours=1))

    assert (before, shop.click(link).status) == (404, 302)


def test_one_that_has_expired_keeps_that_if_it_is_sent_as_it_was_read(shop, made):
    program, ada, _ = made
    link = shop.link(program, ada, expires_at=soon(shop, hours=1))
    shop.wait(hours=2)

    assert changed(shop, link, channel="blog", expires_at=link["expires_at"]) == link | {"channel": "blog"}


def test_one_that_has_expired_leads_on_only_if_there_is_room(shop, made, monkeypatch):
    program, ada, _ = made
    monkeypatch.setattr(create, "MOST_PER_PARTNER", 2)
    link = shop.link(program, ada, expires_at=soon(shop, hours=1))
    shop.wait(hours=2)
    other = shop.link(program, ada)

    refused = shop.patch(path_of(link), {"expires_at": soon(shop, hours=1)})
    assert (refused.status, refused.json["code"]) == (422, "too_many_links")
    shop.post(f"{path_of(other)}/disable")
    assert shop.patch(path_of(link), {"expires_at": soon(shop, hours=1)}).status == 200


def test_each_change_has_one_entry_and_one_event_with_what_it_is_since_then(shop, made):
    _, _, link = made
    for number, channel in enumerate(["blog", "blog", "podcast"]):
        shop.wait(minutes=1)
        changed(shop, link, channel=channel, destination=f"https://tea.example/{number // 2}")
    assert shop.streams.run() == []
    shop.streams.rewind("links_to_events")
    assert shop.streams.run() == []

    entries = shop.get(f"/v1/audit?subject={link['id']}&action=link.changed").json["data"]
    assert len(entries) == 2
    assert entries[0]["before"] == entries[1]["after"]
    events = [row for row in shop.rows("events") if row["type"]["S"] == "link.changed"]
    shop.wait(minutes=2)
    listed = shop.get("/v1/events?type=link.changed").json["data"]
    assert len(events) == len(listed) == 2
    assert sorted((one["data"]["channel"], one["data"]["destination"]) for one in listed) == [
        ("blog", "https://tea.example/0"),
        ("podcast", "https://tea.example/1"),
    ]


def test_the_redirect_reads_what_it_read_however_often_a_link_was_changed(shop, made, monkeypatch):
    _, _, link = made
    reads = []
    get = items.get

    def getting(*key, **options):
        reads.append(key)
        return get(*key, **options)

    for number in range(3):
        changed(shop, link, channel=f"c{number}")
    monkeypatch.setattr(items, "get", getting)
    look_up.forget()

    assert look_up.look_up("ada-x", at=shop.at).url == link["destination"]
    assert len(reads) == 1


def test_a_link_of_before_revisions_is_changed_and_ended(shop, made):
    _, _, link = made
    row = links.find(link["id"])
    assert row.revision is None

    changed(shop, link, channel="blog")
    shop.post(f"{path_of(link)}/disable")

    stored = links.find(link["id"])
    assert (stored.channel, stored.revision) == ("blog", 2)
    assert isinstance(stored, Link)
