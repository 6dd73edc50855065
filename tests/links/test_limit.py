"""A partner has a hundred links that lead somewhere at most: those that were ended, or have expired, leave room."""

from datetime import timedelta

import pytest

from chalicelib.kit import instants
from chalicelib.kit.dynamo import rows, writes
from chalicelib.links import create, disable
from chalicelib.links.table import LinkCount, count_key


@pytest.fixture
def full(shop, monkeypatch):
    """A program, a partner who has as many links as there may be, and these links."""
    monkeypatch.setattr(create, "MOST_PER_PARTNER", 3)
    program = shop.program()
    partner = shop.partner(program)
    return program, partner, [shop.link(program, partner) for _ in range(3)]


def make(shop, program, partner, **changes):
    answer = shop.post("/v1/links", {"program": program["id"], "partner": partner["id"]} | changes)
    return answer.status if answer.status == 201 else answer.json["code"]


def counted(partner):
    row = rows.find(LinkCount, count_key(partner["id"]), "count")
    return row.number if row else None


def test_a_link_that_was_ended_leaves_room_for_another_once(shop, full):
    program, partner, links = full

    before = make(shop, program, partner)
    for _ in range(2):
        shop.post(f"/v1/links/{links[0]['id']}/disable")

    assert before == "too_many_links"
    assert [make(shop, program, partner) for _ in range(2)] == [201, "too_many_links"]


def test_a_link_that_has_expired_leaves_room_and_leaves_it_once(shop, full):
    program, partner, links = full
    shop.post(f"/v1/links/{links[0]['id']}/disable")
    soon = instants.text(shop.at + timedelta(hours=1))
    expiring = shop.link(program, partner, expires_at=soon)
    before = make(shop, program, partner)
    shop.wait(hours=2)

    assert before == "too_many_links"
    assert [make(shop, program, partner) for _ in range(2)] == [201, "too_many_links"]
    shop.post(f"/v1/links/{expiring['id']}/disable")
    assert make(shop, program, partner) == "too_many_links"


def test_links_made_at_one_moment_are_no_more_than_there_is_room_for(shop, full):
    program, partner, links = full
    shop.post(f"/v1/links/{links[0]['id']}/disable")

    first, second = (create.count_new(partner["id"], at=shop.at) for _ in range(2))

    assert writes.commit(first) == []
    assert writes.commit(second) == [second]
    assert make(shop, program, partner) == "too_many_links"


def test_links_that_end_when_their_partner_leaves_are_counted_again_when_they_are_back(shop, full):
    program, partner, links = full
    shop.post(f"/v1/links/{links[0]['id']}/disable")
    shop.wait(minutes=1)
    shop.post(f"/v1/partners/{partner['id']}/leave", {"program": program["id"]})
    left = counted(partner)
    shop.wait(minutes=1)

    shop.post(f"/v1/partners/{partner['id']}/enrollments", {"program": program["id"]})

    assert (left, counted(partner)) == (0, 2)
    assert [make(shop, program, partner) for _ in range(2)] == [201, "too_many_links"]


@pytest.mark.parametrize("first", ["create", "disable"])
def test_links_of_before_they_were_counted_are_counted_when_one_is_made_or_ended(shop, full, first):
    program, partner, links = full
    shop.post(f"/v1/links/{links[0]['id']}/disable")
    shop.delete_row("links", LinkCount(count_key(partner["id"]), "count", number=0).serialize())

    if first == "create":
        assert make(shop, program, partner) == 201
    else:
        shop.post(f"/v1/links/{links[1]['id']}/disable")

    assert counted(partner) == (3 if first == "create" else 1)


def test_a_link_is_ended_and_counted_together_whoever_else_is_at_work(shop, full, monkeypatch):
    _, partner, links = full
    stale = iter([writes.insert(LinkCount(count_key(partner["id"]), "count", number=0))])
    count_change = disable.count_change
    monkeypatch.setattr(disable, "count_change", lambda link, by: next(stale, None) or count_change(link, by))

    answer = shop.post(f"/v1/links/{links[0]['id']}/disable")

    assert answer.json["disabled_at"] is not None
    assert counted(partner) == 2
