"""The pages that hand an account over: what goes over is said first, and what was typed stays until it is confirmed."""

import pytest

from tests.reading import read

pytestmark = pytest.mark.engine

GRACE = {"name": "Grace Hopper", "email": "grace@mail.example", "reason": "sale", "note": "by contract"}


@pytest.fixture
def ada(shop):
    rules = [{"on": "sale", "to": "referrer", "flat": {"amount": 500, "currency": "USD"}}]
    tea = shop.program(name="Tea", rules=rules)
    ada = shop.partner(tea, external_id="ada", metadata={"shirt": "M"})
    assert shop.patch(f"/v1/partners/{ada['id']}", {"friend_name": "Ada"}).status == 200
    shop.sale(tea, code=shop.link(tea, ada)["code"])
    shop.settle()
    return ada["id"]


def fields(ada, **changes):
    return GRACE | {"locale": "en", "external_id": "ada", "friend_name": ""} | changes


def follow(admin, answer):
    assert answer.status == 303, answer.body
    return read(admin.get(answer.headers["Location"].removeprefix("https://goodword.example")).body)


def test_a_hand_over_says_first_what_goes_over_and_is_done_once(shop, admin, ada):
    path = f"/admin/partners/{ada}/hand-over"
    assert f'{path}"' in admin.get(f"/admin/partners/{ada}").body
    form = admin.get(path).body
    assert "the balance of $5.00" in read(form).text
    assert 'name="external_id" maxlength="100" autocomplete="off" value="ada"' in form

    preview = admin.send(path, step="preview", **fields(ada))

    assert preview.status == 200
    text = read(preview.body).text
    for sentence in (
        "Ada (ada@mail.example) hands over to Grace Hopper (grace@mail.example).",
        "Reason: The shop or business was sold.",
        "What goes over: the balance of $5.00, 1 link with its code, the customers they brought",
        "They take part in Tea as before.",
        "email preferences, payout details, your own fields, and the name and address of Ada",
        "Friends see the name Grace Hopper.",
        "Payouts wait until Grace Hopper has confirmed who is paid.",
        "ada@mail.example gets one email about it.",
    ):
        assert sentence in text, sentence
    assert shop.get(f"/v1/partners/{ada}").json["name"] == "Ada"
    changing = admin.send(path, step="change", **fields(ada)).body
    assert 'value="grace@mail.example"' in changing
    for _ in range(2):
        page = follow(admin, admin.send(path, step="confirm", **fields(ada)))
        assert "The account is handed over to Grace Hopper" in page.text
    assert "by Ada. The shop or business was sold. by contract" in page.text
    assert "Payouts wait until they have confirmed who is paid." in page.text
    actions = [one["action"] for one in shop.get(f"/v1/audit?subject={ada}").json["data"]]
    assert actions.count("partner.handed_over") == 1
    shop.settle()
    shop.wait(minutes=2)
    assert "The account was handed over to Grace Hopper." in read(admin.get(f"/admin/events?subject={ada}").body).text


def test_who_died_gets_no_email_and_the_page_says_so(admin, ada):
    preview = admin.send(f"/admin/partners/{ada}/hand-over", step="preview", **fields(ada, reason="inheritance"))
    assert "Ada gets no email about it." in read(preview.body).text


def test_what_is_wrong_is_marked_and_what_was_typed_stays(shop, admin, ada):
    path = f"/admin/partners/{ada}/hand-over"
    for name, wrong in (("email", "no address"), ("reason", ""), ("name", ""), ("locale", "x"), ("note", "x" * 501)):
        for step in ("preview", "confirm"):
            answer = admin.send(path, step=step, **fields(ada, **{name: wrong}))
            assert answer.status == 422, (name, step)
            assert f'name="{name}"' in answer.body
            assert 'aria-invalid="true"' in answer.body
            assert ("Grace Hopper" if name != "name" else "grace@mail.example") in answer.body
    same = admin.send(path, step="confirm", **fields(ada, name="Ada", email="ada@mail.example"))
    assert same.status == 422
    assert "already" in same.body
    shop.post(f"/v1/partners/{ada}/suspend", {"reason": "under_review"})
    for answer in (admin.get(path), admin.send(path, step="preview", **fields(ada))):
        assert answer.status == 422
        assert "reactivate them before you hand their account over" in answer.body
    assert admin.get("/admin/partners/ptr_nobody/hand-over").status == 404
    assert admin.send("/admin/partners/ptr_nobody/hand-over", step="confirm", **fields(ada)).status == 404


def test_the_former_holder_is_erased_from_a_page_that_says_what_stays(shop, admin, ada):
    path = f"/admin/partners/{ada}/hand-over?former=1"
    assert "never handed over" in admin.get(path).body
    assert admin.send(f"/admin/partners/{ada}/hand-over", step="erase_former").status == 422
    admin.send(f"/admin/partners/{ada}/hand-over", step="confirm", **fields(ada))
    assert f'{path}"' in admin.get(f"/admin/partners/{ada}").body
    text = read(admin.get(path).body).text
    assert "feedback of Ada are deleted" in text
    assert "The account of Grace Hopper stays as it is" in text
    for _ in range(2):
        page = follow(admin, admin.send(f"/admin/partners/{ada}/hand-over", step="erase_former"))
        assert "Who had the account before was erased." in page.text
    assert "Handed over on" in page.text
    assert "by Ada" not in page.text
    assert f'{path}"' not in admin.get(f"/admin/partners/{ada}").body
    assert "Who had this account before was erased." in admin.get(path).body
