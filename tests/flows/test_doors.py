"""Joining, leaving, being refused, coming back: each ends where one person with one mailbox would expect."""

from chalicelib.kit import memory
from chalicelib.links import codes
from chalicelib.links.table import Link
from tests.flows.test_joining import ENGLISH, invitation_path, invite, join, send


def leave(shop, program, partner):
    return shop.post(f"/v1/partners/{partner['id']}/leave", {"program": program["id"]})


def pending(shop, program):
    return shop.get(f"/v1/applications?program={program['id']}").json["data"]


def application(shop, program, **fields):
    """Send an application by the join page; return it as it is listed."""
    assert join(shop, program, **fields).status == 200
    [one] = pending(shop, program)
    return one


def accept(shop, program, **fields):
    """Accept the program's one invitation."""
    path = invitation_path(shop, program)
    return send(shop, path, shop.get(path, headers=ENGLISH), **fields)


def test_no_link_is_made_by_who_leaves_at_that_moment(shop, monkeypatch):
    program = shop.program()
    ada = shop.partner(program)

    def leave_meanwhile():
        leave(shop, program, ada)
        return "made-meanwhile"

    monkeypatch.setattr(codes, "generate", leave_meanwhile)
    refused = shop.post("/v1/links", {"program": program["id"], "partner": ada["id"]})

    assert (refused.status, refused.json["code"]) == (422, "partner_not_enrolled")
    assert shop.get("/v1/links/made-meanwhile").status == 404


def test_leaving_ends_a_link_too_that_no_index_lists_yet(shop, monkeypatch):
    program = shop.program()
    ada = shop.partner(program)
    link = shop.link(program, ada)

    with monkeypatch.context() as lagging:
        lagging.setattr(Link.by_partner, "query", lambda *_, **__: iter([]))
        left = leave(shop, program, ada)
    memory.forget_everything()

    assert left.json["left_at"]
    assert shop.get(f"/v1/links/{link['id']}").json["disabled_at"]
    assert shop.sale(program, code=link["code"]).json["partner"] is None


def test_whoever_was_refused_applies_again_and_is_decided_about_again(shop):
    program = shop.program(joining="approval")
    refused = application(shop, program)
    shop.post(f"/v1/applications/{refused['id']}/refuse", {"note": "not yet"})
    shop.wait(days=1)

    again = application(shop, program, name="Bea B.")
    refused_again = shop.post(f"/v1/applications/{again['id']}/refuse", {"note": "still not"})
    shop.wait(days=1)
    third = application(shop, program, name="Bea C.")
    approved = shop.post(f"/v1/applications/{third['id']}/approve")
    shop.streams.run()

    assert (again["name"], again["note"], again["decided_at"]) == ("Bea B.", None, None)
    assert refused_again.json["note"]["words"] == "still not"
    assert shop.get(f"/v1/partners/{approved.json['partner']}").json["name"] == "Bea C."
    assert sorted(subject for subject, _ in shop.emails()) == [
        "You were accepted: welcome to Tea Shop",
        *["Your application to Tea Shop"] * 2,
    ]


def test_a_form_that_was_decided_about_is_no_application_when_it_is_sent_again(shop):
    program = shop.program(joining="approval")
    path = f"/join/{program['id']}"
    page = shop.get(path, headers=ENGLISH)
    send(shop, path, page)
    [refused] = pending(shop, program)
    shop.post(f"/v1/applications/{refused['id']}/refuse", {"note": "no"})

    send(shop, path, page)

    assert pending(shop, program) == []


def test_whoever_left_and_is_approved_again_is_the_partner_they_were_with_their_links(shop):
    program = shop.program(joining="approval")
    first = shop.post(f"/v1/applications/{application(shop, program)['id']}/approve").json["partner"]
    card = shop.link(program, {"id": first}, code="beas-card")
    shop.wait(days=1)
    leave(shop, program, {"id": first})
    shop.wait(days=1)

    again = application(shop, program, name="Bea, again")
    approved = shop.post(f"/v1/applications/{again['id']}/approve")
    shop.streams.run()
    memory.forget_everything()

    assert approved.json["partner"] == first
    assert [one["id"] for one in shop.get("/v1/partners").json["data"]] == [first]
    assert shop.get(f"/v1/partners/{first}").json["enrollments"][0]["left_at"] is None
    assert shop.get(f"/v1/links/{card['id']}").json["disabled_at"] is None
    assert [subject for subject, _ in shop.emails()].count("You were accepted: welcome to Tea Shop") == 2


def test_whoever_left_and_is_invited_again_is_the_partner_they_were_with_their_links(shop):
    program = shop.program()
    invite(shop, program, {"email": "bea@mail.example"})
    accept(shop, program)
    [bea] = shop.get("/v1/partners").json["data"]
    card = shop.link(program, bea, code="beas-card")
    shop.wait(days=1)
    leave(shop, program, bea)
    shop.wait(days=1)

    results = [invite(shop, program, {"email": "Bea@mail.example", "name": "Bea"}) for _ in range(2)]
    path = invitation_path(shop, program)
    page = shop.get(path, headers=ENGLISH)
    first, second = send(shop, path, page), send(shop, path, page)
    shop.streams.run()
    memory.forget_everything()

    assert results == [["invited"], ["invited_before"]]
    assert (first.status, first.headers["Location"]) == (303, second.headers["Location"])
    assert [one["id"] for one in shop.get("/v1/partners").json["data"]] == [bea["id"]]
    assert shop.get(f"/v1/links/{card['id']}").json["disabled_at"] is None
    assert [subject for subject, _ in shop.emails()].count("Tea Shop invites you to join") == 2
    assert invite(shop, program, {"email": "bea@mail.example"}) == ["partner_already"]


def test_an_invitation_of_somebody_who_got_in_meanwhile_leads_to_the_page_they_have(shop):
    program = shop.program()
    invite(shop, program, {"email": "ada@mail.example"})
    ada = shop.partner(program)

    answer = accept(shop, program, email="ada@mail.example")

    assert answer.headers["Location"] == ada["enrollments"][0]["share_url"]
    assert len(shop.get("/v1/partners").json["data"]) == 1


def test_a_link_that_was_ended_by_hand_after_coming_back_stays_ended(shop):
    program = shop.program()
    ada = shop.partner(program)
    card = shop.link(program, ada)
    shop.wait(days=1)
    leave(shop, program, ada)
    shop.wait(days=1)
    shop.post(f"/v1/partners/{ada['id']}/enrollments", {"program": program["id"]})
    assert shop.get(f"/v1/links/{card['id']}").json["disabled_at"] is None
    shop.wait(days=1)

    shop.post(f"/v1/links/{card['id']}/disable")
    shop.post(f"/v1/partners/{ada['id']}/enrollments", {"program": program["id"]})

    assert shop.get(f"/v1/links/{card['id']}").json["disabled_at"]
