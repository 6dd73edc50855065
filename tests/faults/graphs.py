"""What the graph says of a business, held to a recount of its raw rows."""

from collections import defaultdict

from chalicelib.kit import memory
from tests.faults.reading import table
from tests.faults.recount import reported


def check_graph(business):
    """
    Make partners of customers whom others referred, which closes a ring, and check what flows through each source.

    All days that count are closed.
    """
    shop, program = business.shop, business.program["id"]
    rows = [row for row in table(shop, "referrals") if row["kind"] in ("customer", "referral")]
    accounts = {row["pk"]: row.get("merged_into", row["pk"]) for row in rows if row["kind"] == "customer"}
    names = {row["pk"]: row["external_id"] for row in rows if row["kind"] == "customer"}
    people = [row for row in table(shop, "partners") if row["kind"] == "partner" and not row.get("erased_at")]
    survivors = {row["pk"]: row.get("merged_into", row["pk"]) for row in people}
    referrals = {
        row["pk"]: row
        for row in rows
        if row["kind"] == "referral" and row["program_id"] == program and accounts[row["pk"]] == row["pk"]
    }
    edges = _join(business, people, referrals, names, survivors)
    business.schedule("trace_sources")
    memory.forget_everything()

    direct, bought = defaultdict(int), defaultdict(int)
    for one in reported(business):
        if one.first["type"] == "sale" and one.credit is not None:
            bought[accounts[one.first["customer_id"]]] += one.left
        for _, credit, numbers in one.counted:
            if credit.partner is not None:
                partner = survivors.get(credit.partner, credit.partner)
                direct[partner] += numbers.get("revenue", 0) - numbers.get("refunded", 0)
    through, own = defaultdict(int), defaultdict(int)
    for partner, amount in direct.items():
        through[_source(partner, edges, survivors)] += amount
    for partner, (customer, _) in edges.items():
        own[_source(partner, edges, survivors)] += (
            bought[customer] if partner == _source(partner, edges, survivors) else 0
        )

    view = shop.get(f"/v1/programs/{program}/sources").json
    assert view["complete"], view
    assert view["totals"]["through"] == sum(direct.values()), (view, direct)
    listed = {one["partner"]: (one["own"], one["through"]) for one in view["data"]}
    expected = {one: (own[one], through[one]) for one in {*own, *through}}
    nothing = (0, 0)
    for one in listed.keys() | expected.keys():
        assert listed.get(one, nothing) == expected.get(one, nothing), (one, listed, expected)


def _join(business, people, referrals, names, survivors):
    """Give each partner the id of a customer whom another one referred, if there is any; returns who is which."""
    edges = {}
    for person in people:
        if person.get("merged_into") is not None:
            continue
        taken = {customer for customer, _ in edges.values()}
        for customer, row in sorted(referrals.items()):
            by = survivors.get(row["partner_id"], row["partner_id"])
            if customer not in taken and by != person["pk"]:
                answer = business.call("PATCH", f"/v1/partners/{person['pk']}", {"external_id": names[customer]})
                if answer.status == 200:
                    edges[person["pk"]] = (customer, row)
                break
    return edges


def _source(partner, edges, survivors):
    """Return the source of a partner: of a ring, whoever has the edge that was bound last."""
    path = []
    while partner in edges and partner not in path:
        path.append(partner)
        by = edges[partner][1]["partner_id"]
        partner = survivors.get(by, by)
    if partner in path:
        ring = path[path.index(partner) :]
        return max(ring, key=lambda one: (edges[one][1]["bound_at"], edges[one][0], one))
    return partner
