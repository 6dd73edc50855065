"""Who brought whom, to the source of influence, and what flows through each."""

import json
import re
from itertools import count

import pytest

from chalicelib.kit import memory
from tests.faults.world import built_once
from tests.running import ROOT


def get(shop, path, status=200):
    memory.forget_everything()
    answer = shop.get(path)
    assert answer.status == status, answer.body
    return answer


def walk(shop):
    """Let a night pass: the day is closed, and then the graph is walked."""
    shop.wait(days=1, hours=2)
    shop.settle()
    memory.forget_everything()
    shop.run_schedule("trace_sources")


class Tea:
    """A program in which customers become partners, by the website's id of them."""

    def __init__(self, shop, **program):
        self.shop = shop
        self.program = shop.program(**{"external_id": "tea", **program})
        self.numbers = count(1)
        self.partners, self.links = {}, {}

    def join(self, name):
        """Have a person become a partner under the id that the website knows them by."""
        self.partners[name] = self.shop.partner(
            self.program, name=name, email=f"{name}@mail.example".lower(), external_id=name
        )
        self.links[name] = self.shop.link(self.program, self.partners[name], code=f"tea-{name.lower()}")

    def buy(self, customer, amount, *, by=None):
        """Report a sale, by the code of a partner."""
        touch = {"code": self.links[by]["code"]} if by is not None else {}
        answer = self.shop.sale(self.program, f"order-{next(self.numbers)}", customer, amount=amount, **touch)
        assert answer.status == 201, answer.body
        self.shop.wait(minutes=1)
        return answer.json

    def name_of(self, partner):
        return next(name for name, one in self.partners.items() if one["id"] == partner)

    def sources(self, **query):
        parameters = "&".join(f"{name}={value}" for name, value in query.items())
        return get(self.shop, f"/v1/programs/{self.program['id']}/sources?{parameters}").json

    def rows(self):
        """Return own, direct, through, partners and customers of each source, by name."""
        names = ("own", "direct", "through", "partners", "customers")
        return {self.name_of(one["partner"]): tuple(one[name] for name in names) for one in self.sources()["data"]}

    def tree(self, name, **query):
        parameters = "".join(f"&{key}={value}" for key, value in query.items())
        path = f"/v1/partners/{self.partners[name]['id']}/tree?program={self.program['id']}{parameters}"
        return get(self.shop, path).json

    def path(self, customer):
        [path] = get(self.shop, f"/v1/customers/ext_{customer}/source?program={self.program['id']}").json["data"]
        return path


@pytest.fixture
@built_once
def tea(shop):
    """Ada brought Bob, who brought Cy, who brought a customer; Di brought one, too."""
    tea = Tea(shop)
    tea.join("Ada")
    tea.join("Di")
    tea.buy("Ada", 700)
    tea.buy("Bob", 1000, by="Ada")
    tea.join("Bob")
    tea.buy("Cy", 2000, by="Bob")
    tea.join("Cy")
    tea.buy("Eve", 4000, by="Cy")
    tea.buy("Eve", 500)
    tea.buy("Fay", 300, by="Di")
    tea.buy("Gil", 9900)
    shop.settle()
    walk(shop)
    return tea


def test_sources_are_ranked_by_what_flows_through_them(tea):
    assert tea.rows() == {"Ada": (700, 1000, 7500, 2, 3), "Di": (0, 300, 300, 0, 1)}
    view = tea.sources()
    assert [one["rank"] for one in view["data"]] == [1, 2]
    assert (view["complete"], view["partners"], view["sources"], view["cycle_count"]) == (True, 4, 2, 0)
    assert view["totals"] == {"own": 3700, "through": 7800}
    assert view["as_of"] == "2026-03-11T00:00:00.000Z"


def test_the_example_of_the_guide_is_right(tea):
    [example] = re.findall(r"```json\n(.*?)```", (ROOT / "docs" / "guides" / "graph.md").read_text(), re.DOTALL)
    answer = tea.sources(limit=50)
    answer["program"] = "prg_..."
    for row in answer["data"]:
        row["partner"] = "ptr_..."
    assert answer == json.loads(example)


def test_the_path_of_a_customer_leads_to_the_source_with_conversion_touch_and_date_of_each_edge(tea):
    path = tea.path("Eve")
    assert [tea.name_of(edge["partner"]) for edge in path["edges"]] == ["Cy", "Bob", "Ada"]
    assert (tea.name_of(path["source"]), path["ended"], path["cycle"]) == ("Ada", "source", None)
    assert [edge["code"] for edge in path["edges"]] == ["tea-cy", "tea-bob", "tea-ada"]
    assert all(edge["conversion"].startswith("cnv_") and edge["touch"] == "link" for edge in path["edges"])
    assert [edge["bound_at"] for edge in path["edges"]] == sorted(
        (edge["bound_at"] for edge in path["edges"]), reverse=True
    )


def test_the_tree_of_a_partner_lists_whom_they_brought_to_a_depth_and_says_what_is_hidden(tea):
    view = tea.tree("Ada")
    assert [(tea.name_of(one["partner"]), one["depth"], one["through"], one["below"]) for one in view["data"]] == [
        ("Ada", 0, 7500, 2),
        ("Bob", 1, 6500, 1),
        ("Cy", 2, 4500, 0),
    ]
    flat = tea.tree("Ada", depth=1)
    assert [tea.name_of(one["partner"]) for one in flat["data"]] == ["Ada", "Bob"]
    assert (flat["hidden"], flat["has_more"]) == (1, False)
    inner = tea.tree("Bob", limit=1)
    assert (inner["data"][0]["depth"], inner["data"][0]["parent"], inner["has_more"]) == (
        0,
        tea.partners["Ada"]["id"],
        True,
    )


def test_pages_draw_a_programs_sources_a_partners_tree_and_a_customers_path_beside_a_table(tea, admin):
    program, ada = tea.program["id"], tea.partners["Ada"]["id"]

    for path in (f"programs/{program}/sources", f"partners/{ada}/tree", "customers/ext_Eve/source"):
        page = admin.get(f"/admin/{path}").body
        assert "<svg" in page
        assert "<script" not in page
        for name in ("Ada", "Bob", "Cy"):
            assert page.count(f">{name}</text>") == 1, (path, name)
            assert f"<bdi>{name}</bdi>" in page, (path, name)
