"""The graph after what changes it: refunds, rings, merges, erasures, tests, and walks that are cut short."""

import csv
import io

import pytest

from chalicelib.graph import bought, trace
from chalicelib.graph.edges import edge_of, read_people
from chalicelib.graph.shapes import EdgeView
from chalicelib.graph.table import BOUGHT, WALK, Bought, BoughtWalk, bought_key, find_graph, put
from chalicelib.kit.dynamo import rows
from chalicelib.kit.instants import midnight
from chalicelib.kit.walk import Deadline
from chalicelib.partners import find as partners
from chalicelib.programs import find as programs
from chalicelib.referrals import find as customers
from tests.faults.world import built_once
from tests.flows.test_graph import Tea, get, walk
from tests.forms import Browser


@pytest.fixture
@built_once
def family(shop):
    """Ada brought Bob, who brought Cy; nothing is walked yet."""
    tea = Tea(shop)
    tea.join("Ada")
    tea.buy("Bob", 1000, by="Ada")
    tea.join("Bob")
    tea.buy("Cy", 2000, by="Bob")
    tea.join("Cy")
    return tea


def foots(tea):
    """Check that what flows through all sources is what the program's report says was attributed."""
    report = get(tea.shop, f"/v1/programs/{tea.program['id']}/report?metrics=net_revenue&by=partner").json
    attributed = sum(row["metrics"]["net_revenue"] for row in report["rows"] if row["by"]["partner"] is not None)
    view = tea.sources()
    assert sum(one["through"] for one in view["data"]) == view["totals"]["through"] == attributed
    return attributed


def test_refunds_amendments_and_voids_are_taken_off_what_flows_and_what_was_bought(family, shop):
    tea = family
    whole, part, voided = (tea.buy("Dan", 5000, by="Cy") for _ in range(3))
    own = tea.buy("Ada", 900)
    shop.refund(whole, 5000)
    shop.amend(part, 4000)
    shop.refund(part, 1500, refund_id="part")
    shop.refund(own, 200, refund_id="own")
    assert shop.post(f"/v1/conversions/{voided['id']}/void", {"reason": "test", "note": "Seen"}).status == 200
    shop.settle()
    walk(shop)

    assert tea.rows() == {"Ada": (700, 1000, 5500, 2, 3)}
    assert foots(tea) == 5500
    restored = shop.restore(whole)
    assert restored.status == 201, restored.body
    shop.settle()
    walk(shop)
    assert tea.rows()["Ada"][2] == foots(tea) == 10_500


def test_a_ring_ends_where_it_was_closed_and_is_named(family, shop):
    tea = family
    tea.buy("Ada", 3000, by="Cy")
    tea.buy("Eve", 100, by="Ada")
    shop.settle()
    walk(shop)

    view = tea.sources()
    assert [tea.name_of(one["partner"]) for one in view["data"]] == ["Ada"]
    assert foots(tea) == 6100
    [cycle] = view["cycles"]
    assert (tea.name_of(cycle["partner"]), tea.name_of(cycle["edge"]["partner"])) == ("Ada", "Cy")
    assert {tea.name_of(one) for one in cycle["partners"]} == {"Ada", "Bob", "Cy"}
    path = tea.path("Ada")
    assert [tea.name_of(edge["partner"]) for edge in path["edges"]] == ["Cy", "Bob", "Ada"]
    assert (tea.name_of(path["source"]), path["ended"]) == ("Ada", "cycle")
    assert path["cycle"] == cycle
    assert tea.tree("Ada")["data"][0]["cut"]


def test_who_was_brought_since_the_walk_has_a_path_at_once(family, shop):
    assert [family.name_of(edge["partner"]) for edge in family.path("Cy")["edges"]] == ["Bob", "Ada"]
    walk(shop)
    family.join("Dan")
    family.buy("Eve", 100, by="Dan")
    family.buy("Dan", 100, by="Cy")
    path = family.path("Eve")
    assert [family.name_of(edge["partner"]) for edge in path["edges"]] == ["Dan", "Cy", "Bob", "Ada"]
    assert (family.name_of(path["source"]), path["ended"]) == ("Ada", "source")


def test_merged_partners_are_one_and_guests_are_their_account(family, shop):
    tea = family
    tea.join("Adele")
    tea.buy("Dan", 400, by="Adele")
    tea.buy("guest-1", 600, by="Cy")
    tea.join("Fay")
    tea.buy("Fay", 50)
    tea.buy("Gil", 70, by="Fay")
    into = {"into": tea.partners["Ada"]["id"]}
    assert shop.post(f"/v1/partners/{tea.partners['Adele']['id']}/merge", into).status == 200
    assert shop.post("/v1/customers/ext_guest-1/merge", {"into": "ext_Fay"}).status == 200
    shop.settle()
    walk(shop)

    # Fay bought 50, and 600 as a guest: by that, Cy brought her, and the 50 were credited late.
    assert tea.rows() == {"Ada": (0, 1400, 4120, 3, 5)}
    assert [tea.name_of(edge["partner"]) for edge in tea.path("Gil")["edges"]] == ["Fay", "Cy", "Bob", "Ada"]
    assert tea.tree("Fay")["data"][0]["own"] == 650
    assert tea.tree("Adele")["partner"] == tea.partners["Ada"]["id"]
    assert foots(tea) == 4120


def test_erased_people_stay_where_they_are_as_nodes_without_a_name(family, shop):
    tea = family
    shop.settle()
    walk(shop)
    before = [(one["partner"], one["depth"], one["through"]) for one in tea.tree("Ada")["data"]]
    for path in (f"partners/{tea.partners['Bob']['id']}", "customers/ext_Cy"):
        assert shop.post(f"/v1/{path}/erase", {"gives_up": True}).status == 200
    for _ in range(2):
        walk(shop)

    assert [(one["partner"], one["depth"], one["through"]) for one in tea.tree("Ada")["data"]] == before
    assert foots(tea) == 3000
    admin = Browser(shop)
    assert admin.send("/admin/sign-in", key=shop.key).status == 303
    page = admin.get(f"/admin/partners/{tea.partners['Ada']['id']}/tree").body
    assert tea.partners["Bob"]["id"] in page
    assert ">Bob<" not in page


def test_a_partner_is_the_customer_whom_they_were_linked_to(family):
    tea = family
    tea.partners["Linked"] = tea.shop.partner(tea.program, name="Linked", email="linked@mail.example")
    row = partners.find(tea.partners["Linked"]["id"]).partner
    row.customer_id = customers.find("ext_Cy").customer.customer_id

    [person] = read_people([row], tea.program["id"])

    assert person.customers == [row.customer_id]
    assert person.edge.by == tea.partners["Bob"]["id"]


def test_an_edge_says_whether_a_link_an_introduction_or_an_admin_made_it(family):
    referral = customers.find("ext_Cy").referral(family.program["id"])
    touches = []
    for code_key, introduction in (("tea-bob", None), (None, "itr_1"), (None, None)):
        referral.code_key, referral.introduction_id = code_key, introduction
        view = EdgeView.of(edge_of(referral))
        touches.append((view.touch, view.code, view.introduction))
    assert touches == [("link", "tea-bob", None), ("introduction", None, "itr_1"), ("admin", None, None)]


def test_a_test_program_has_a_graph_of_its_own(family, shop):
    trial = Tea(shop, name="Trial", mode="test", external_id="trial")
    trial.join("Zed")
    trial.buy("Bob", 40, by="Zed")
    shop.settle()
    walk(shop)

    assert trial.rows() == {"Zed": (0, 40, 40, 0, 1)}
    assert family.rows() == {"Ada": (0, 1000, 3000, 2, 2)}


@pytest.mark.parametrize("together", [1, 2, 400])
def test_what_was_bought_is_counted_once_in_parts_of_any_size_by_however_many_runs(family, shop, monkeypatch, together):
    monkeypatch.setattr(bought, "_A_PAGE", together)
    for number in range(5):
        family.buy("Cy", 10 * (number + 1))
    family.buy("Dan", 7)
    shop.wait(days=1, hours=2)
    shop.settle()
    as_of, places = midnight(shop.at.date()), []
    while not bought.count_bought(as_of, deadline=Deadline(0)):
        places.append(rows.find(BoughtWalk, BOUGHT, WALK))
    counted = _amounts_of(family)

    # Another run that was slower goes on from each of the places, up to wherever it ends.
    for place in places:
        put(place)
        bought.count_bought(as_of, deadline=Deadline(0))
        assert _amounts_of(family) == counted
        assert bought.count_bought(as_of, deadline=Deadline(60))

    assert _amounts_of(family) == counted
    total = {"Bob": 1000, "Cy": 2150, "Dan": 7}
    assert sum(amount for _, amount in counted) == sum(total.values())
    assert together < 400 or sorted(amount for _, amount in counted) == sorted(total.values())
    assert len(places) >= 3 or together == 400


def _amounts_of(tea):
    """Return what is stored of each customer, a part of a day each."""
    stored = Bought.query(bought_key(tea.program["id"]), consistent_read=True)
    return sorted(item for row in stored for item in row.amounts.items())


def test_a_walk_goes_on_where_the_last_one_had_no_time_and_gives_the_same(family, shop, monkeypatch):
    monkeypatch.setattr(trace, "_TOGETHER", 1)
    shop.wait(days=1, hours=2)
    shop.settle()
    program = programs.find(family.program["id"]).program
    as_of = midnight(shop.at.date())
    assert trace.count_bought(as_of, deadline=Deadline(60))
    runs = 0
    while not trace.trace(program, as_of=as_of, bought=True, deadline=Deadline(0 if runs < 3 else 60), at=shop.at):
        runs += 1
        assert (find_graph(program.id) is None) == (runs < 9)

    assert runs >= 3
    assert family.rows() == {"Ada": (0, 1000, 3000, 2, 2)}
    assert trace.trace(program, as_of=as_of, bought=True, deadline=Deadline(0), at=shop.at)


def test_a_program_of_more_partners_than_a_walk_takes_says_that_it_is_not_complete_and_still_foots(
    family, shop, monkeypatch
):
    monkeypatch.setattr(trace, "_TOGETHER", 1)
    shop.wait(days=1, hours=2)
    shop.settle()
    program = programs.find(family.program["id"]).program
    as_of = midnight(shop.at.date())
    options = {"as_of": as_of, "bought": True, "at": shop.at, "most_partners": 2}
    assert trace.trace(program, deadline=Deadline(60), **options)

    view = family.sources()
    assert (view["complete"], view["partners"]) == (False, 2)
    assert foots(family) == 3000


def test_sources_are_listed_by_page_and_the_csv_adds_up(family, shop, monkeypatch):
    for number in range(5):
        family.join(f"P{number}")
        family.buy(f"friend-{number}", 100 * (number + 1), by=f"P{number}")
    shop.settle()
    walk(shop)

    names, cursor = [], ""
    while cursor is not None:
        page = family.sources(limit=2, **({"cursor": cursor} if cursor else {}))
        names += [family.name_of(one["partner"]) for one in page["data"]]
        cursor = page["next_cursor"]
    assert names == ["Ada", "P4", "P3", "P2", "P1", "P0"]
    path = f"/v1/programs/{family.program['id']}/sources"
    for most in (10_000, 4):
        monkeypatch.setattr("chalicelib.graph.sources.MOST_IN_FILE", most)
        lines = list(csv.DictReader(io.StringIO(get(shop, f"{path}?format=csv").body)))
        assert sum(int(line["through"]) for line in lines) == 4500
        assert len(lines) == min(6, most + 1)
    assert lines[-1]["partner"] == "(2 others)"


def test_what_cannot_be_read_is_refused(family, shop):
    other = shop.program(external_id="other")
    partner = shop.partner(family.program, name="Two", email="two@mail.example", programs=[
        family.program["id"], other["id"]
    ])  # fmt: skip
    assert get(shop, f"/v1/partners/{partner['id']}/tree", 422).json["errors"][0]["pointer"] == "/program"
    assert get(shop, f"/v1/partners/{partner['id']}/tree?depth=7", 422)
    assert get(shop, "/v1/partners/ptr_unknown/tree", 404)
    assert get(shop, "/v1/programs/ext_unknown/sources", 404)
    assert get(shop, "/v1/customers/ext_unknown/source", 404)
    assert get(shop, "/v1/programs/ext_tea/sources?cursor=x", 422)
    empty = get(shop, "/v1/programs/ext_other/sources").json
    assert (empty["as_of"], empty["complete"], empty["data"]) == (None, False, [])
    alone = get(shop, f"/v1/partners/{partner['id']}/tree?program=ext_other").json
    assert [one["partner"] for one in alone["data"]] == [partner["id"]]


def test_a_day_that_is_not_closed_yet_is_counted_from_its_ranges(family, shop):
    """Also where older code stored clicks without their partner, who is read by the link."""
    for names in (("Ada", "Bob"), ("Ada",)):
        for name in names:
            shop.click(family.links[name])
        shop.wait(days=1)
    shop.streams.run()
    for row in shop.rows("stats"):
        if row["row"]["S"] == "clicks":
            shop.put_row("stats", {name: value for name, value in row.items() if name != "partner"})
    shop.wait(hours=2)
    shop.run_schedule("trace_sources")

    assert family.rows() == {"Ada": (0, 1000, 3000, 2, 2)}
    assert foots(family) == 3000
