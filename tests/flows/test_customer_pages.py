"""The page of a customer: who they are, changes, and a merge that says first what will happen."""

import pytest

from tests.reading import read

pytestmark = pytest.mark.engine


@pytest.fixture
def guest(shop):
    """A guest whom Ada sent, and an account nobody had sent; their ids."""
    program = shop.program(external_id="tea")
    ada = shop.partner(program, name="Ada")
    sale = shop.sale(program, "order-1", "cart-7", code=shop.link(program, ada)["code"]).json
    shop.lead(program, "sign-up", "user-1")
    shop.settle()
    return sale["customer"], shop.get("/v1/customers/ext_user-1").json["id"]


def follow(admin, answer):
    assert answer.status == 303, answer.body
    return read(admin.get(answer.headers["Location"].removeprefix("https://goodword.example")).body)


def etag(page):
    return page.partition('name="etag" value="')[2].partition('"')[0].replace("&#34;", '"')


def test_a_customer_is_corrected_on_their_page_and_a_reload_repeats_nothing(shop, admin, guest):
    path = f"/admin/customers/{guest[0]}"
    before = admin.get(path)

    done = admin.send(path, name="Grace Hopper", email="", external_id="cart-8", etag=etag(before.body))

    assert "Saved." in follow(admin, done).text
    now = shop.get(f"/v1/customers/{guest[0]}").json
    assert (now["name"], now["email"], now["external_id"]) == ("Grace Hopper", None, "cart-8")
    late = admin.send(path, name="Other", email="", external_id="cart-8", etag=etag(before.body))
    assert (late.status, "Someone else saved this page" in late.body, 'value="Other"' in late.body) == (422, True, True)
    bad = admin.send(path, name="Grace", email="nowhere", external_id="cart-8", etag="*")
    assert (bad.status, 'value="nowhere" aria-invalid="true"' in bad.body) == (422, True)


def test_merging_says_first_what_will_happen_and_is_done_once(shop, admin, guest):
    cart, user = guest
    admin.get(f"/admin/customers/{cart}")

    before = read(admin.get(f"/admin/customers/{cart}/merge?into=ext_user-1").body)

    assert "become one customer" in before.text
    assert "In Tea Shop, they count as referred by Ada from now on." in before.text
    assert shop.get(f"/v1/customers/{cart}").json["merged_into"] is None
    page = follow(admin, admin.send(f"/admin/customers/{cart}/merge", into="ext_user-1"))
    assert "They are one customer now" in page.text
    assert page.table("Referrals")[0]["Sales"] == "1"
    follow(admin, admin.send(f"/admin/customers/{cart}/merge", into=user))
    assert len(shop.get(f"/v1/audit?subject={user}").json["data"]) == 1
    merged = admin.get(f"/admin/customers/{cart}").body
    assert "Merged into" in merged
    assert "Save</button>" not in merged


def test_a_merge_with_nobody_keeps_what_was_typed_and_says_why(shop, admin, guest):
    for into in ("ext_nobody", guest[0], "<script>"):
        for answer in (
            admin.get(f"/admin/customers/{guest[0]}/merge?into={into}"),
            admin.send(f"/admin/customers/{guest[0]}/merge", into=into),
        ):
            assert answer.status == 422, into
            assert 'aria-invalid="true"' in answer.body
            assert "<script>" not in answer.body
    assert shop.get(f"/v1/customers/{guest[0]}").json["merged_into"] is None


def test_pages_of_customers_take_at_most_thirty_calls(shop, admin, guest):
    cart, user = guest
    for path in (f"/admin/customers/{cart}", f"/admin/customers/{cart}/merge?into={user}"):
        before = len(shop.line.calls)
        assert admin.get(path).status == 200
        assert len(shop.line.calls) - before <= 30, path
