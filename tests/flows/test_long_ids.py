"""An id in a path that is longer than any id: nothing has it, and nothing fails of it."""

from urllib.parse import quote

import pytest

import app as goodword
from chalicelib.web.addresses import MOST_BYTES

PAGES = sorted(
    (method, path)
    for path, methods in goodword.app.routes.items()
    for method in methods
    if "{" in path and not path.startswith("/v1/") and path != "/{id}" and method != "HEAD"
)


@pytest.mark.parametrize("character", ["a", "\N{TEACUP WITHOUT HANDLE}"])
def test_every_page_answers_that_there_is_none_with_an_id_longer_than_any(shop, admin, character):
    assert len(PAGES) > 100
    # DynamoDB takes 2,048 bytes of a partition key, and 1,024 of a sort key.
    identifier = quote(character * (2100 // len(character.encode())))
    for method, path in PAGES:
        address = path.replace("{id}", identifier).replace("{proxy+}", identifier)
        answer = admin.get(address) if method == "GET" else admin.send(address)
        assert answer.status == 404, (method, path, answer.status)


def test_an_id_just_within_the_bound_fails_no_page(shop, admin):
    for method, path in PAGES:
        address = path.replace("{id}", "a" * MOST_BYTES).replace("{proxy+}", "a" * MOST_BYTES)
        answer = admin.get(address) if method == "GET" else admin.send(address)
        assert answer.status < 500, (method, path, answer.status)


@pytest.mark.parametrize("prefix", ["cos_", "act_", "rwd_"])
def test_an_id_in_a_form_that_no_row_can_have_is_of_nothing_that_is_there(shop, admin, prefix):
    program = shop.program()
    long = prefix + "x" * 2100
    assert admin.send("/admin/sign-in", key=shop.key).status == 303
    costs = f"/admin/programs/{program['id']}/costs/reverse"

    answers = [
        admin.get(f"{costs}?cost={long}"),
        admin.send(costs, cost=long, note="x", once="a-form"),
        admin.send("/admin/actions/selected", action="done", pick_0=long, pick_1=long + "y"),
        admin.send("/admin/rewards/selected", action="release", pick_0=long),
    ]

    assert {one.status for one in answers} <= {404, 422}
