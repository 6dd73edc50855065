"""The admin pages give benefits with codes: one on its page, many at once after a preview, each with its own result."""

import pytest

from tests.flows.test_benefit_codes import CODE, HOW, gifts_in
from tests.reading import read

pytestmark = pytest.mark.engine


@pytest.fixture
def rewards(shop):
    return gifts_in(shop)[2]


def form(rewards, **codes):
    """Return the form as it is filled in: the code of a side, or an empty one."""
    fields = {"action": "give", "once": "01HZZZZZZZZZZZZZZZZZZZZZZZ"}
    for number, (side, code) in enumerate(codes.items()):
        fields |= {f"pick_{number}": rewards[side], f"code_{number}": code}
    return fields


def states(shop, rewards):
    return {side: shop.get(f"/v1/rewards/{one}").json for side, one in rewards.items()}


def test_a_benefit_is_given_on_its_page_with_a_code_and_another_one_replaces_it(shop, admin, rewards):
    path = f"/admin/rewards/{rewards['referee']}"
    bad = admin.send(path, action="give", code="http://shop.example", instructions=HOW)
    assert bad.status == 422
    assert 'value="http://shop.example"' in bad.body
    assert 'aria-invalid="true"' in bad.body
    assert HOW in bad.body

    assert admin.send(path, action="give", code=CODE, instructions=HOW, reference="r-1").status == 303

    page = read(admin.get(path).body)
    assert page.tile("Code") == "ends in …QUX"
    assert CODE not in admin.get(path).body
    assert admin.send(path, action="code").status == 422
    shop.wait(seconds=1)
    for _ in range(2):
        assert admin.send(path, action="code", code="SECOND-9876").status == 303
    assert read(admin.get(path).body).tile("Code") == "ends in …76"
    actions = [one["action"] for one in shop.get(f"/v1/audit?subject={rewards['referee']}").json["data"]]
    assert sorted(actions) == ["reward.code_replaced", "reward.fulfilled"]


def test_many_are_given_at_once_each_with_its_code_after_a_page_that_says_what_happens(shop, admin, rewards):
    question = admin.send("/admin/benefits/selected", **form(rewards, referee="", referrer=""))
    assert "Mark 2 benefits as given" in read(question.body).text
    assert "Only they see it: friends by email, partners in the portal." in read(question.body).text
    assert 'name="code_0"' in question.body
    assert 'name="code_1"' in question.body
    assert {one["state"] for one in states(shop, rewards).values()} == {"due"}

    filled = form(rewards, referee=CODE, referrer="") | {"instructions": HOW, "step": "do"}
    for _ in range(2):
        done = admin.submit("/admin/benefits/selected", **filled)
        assert {one["Result"] for one in read(done.body).table("Results")} == {"Done"}
        assert CODE not in done.body

    after = states(shop, rewards)
    assert {side: (one["state"], one["has_code"]) for side, one in after.items()} == {
        "referee": ("fulfilled", True),
        "referrer": ("fulfilled", False),
    }
    assert CODE not in str(shop.rows("idempotency"))


def test_one_that_is_refused_stops_no_other_and_says_why(shop, admin, rewards):
    shop.post(f"/v1/rewards/{rewards['referrer']}/fulfill", {"code": "FIRST-1"})
    done = admin.submit("/admin/benefits/selected", **form(rewards, referrer="TEA-1", referee=CODE), step="do")
    results = [one["Result"] for one in read(done.body).table("Results")]
    assert sorted(results) == ["Done", "Refused"]
    assert states(shop, rewards)["referee"]["has_code"] is True


def test_a_code_that_is_wrong_is_marked_in_its_row_and_what_was_typed_stays(shop, admin, rewards):
    filled = form(rewards, referee="http://x.example", referrer="GOOD-1") | {"instructions": HOW}
    page = admin.send("/admin/benefits/selected", step="do", **filled)
    assert page.status == 422
    assert page.body.count('aria-invalid="true"') == 1
    assert "visible characters, or a link that begins with https://" in page.body
    for typed in ("http://x.example", "GOOD-1", HOW):
        assert f'value="{typed}"' in page.body
    assert {one["state"] for one in states(shop, rewards).values()} == {"due"}
