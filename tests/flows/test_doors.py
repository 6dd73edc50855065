"""Joining, leaving, being refused, coming back: each ends where one person with one mailbox would expect."""

from chalicelib.kit import memory
from chalicelib.links import codes
from chalicelib.links.table import Link


def leave(shop, program, partner):
    return shop.post(f"/v1/partners/{partner['id']}/leave", {"program": program["id"]})


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
