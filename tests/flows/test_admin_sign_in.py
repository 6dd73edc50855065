"""Signing in to the admin pages: where one is led, and what becomes of a form that came too late."""

from tests.forms import Browser
from tests.reading import read


def test_whoever_signs_in_is_led_to_the_page_they_asked_for_and_nowhere_else(shop, business):
    _, ada, _ = business
    for path in (f"/admin/partners/{ada['id']}", "/admin/messages?status=skipped"):
        browser = Browser(shop)
        opened = browser.get(path)
        wrong = browser.send("/admin/sign-in", key="rk_wrong", to=read(opened.body).hidden("to"))

        entered = browser.send("/admin/sign-in", key=shop.key, to=read(wrong.body).hidden("to"))

        assert (opened.status, wrong.status, entered.status) == (401, 401, 303)
        assert entered.headers["Location"] == path
        assert browser.get(path).status == 200
    for elsewhere in (
        "https://evil.example",
        "//evil.example",
        "/admin@evil.example",
        "/administrator",
        "/portal",
        "/admin/\r\nX: y",
    ):
        assert Browser(shop).send("/admin/sign-in", key=shop.key, to=elsewhere).headers["Location"] == "/admin"


def test_a_form_that_is_sent_when_the_session_is_over_is_kept_by_the_browser_and_done_when_it_is_sent_again(
    shop, admin, business
):
    _, ada, sale = business
    path = f"/admin/rewards/{shop.reward(sale)['id']}"
    shop.wait(hours=13)

    late = admin.send(path, action="hold", note="a long thought")

    assert (late.status, "Nothing was saved" in late.body) == (401, True)
    assert "reload this page and confirm to send the form again" in read(late.body).text
    assert shop.balance(ada)["due"] == 300
    admin.send("/admin/sign-in", key=shop.key)
    # What reloading does.
    assert admin.send(path, action="hold", note="a long thought").status == 303
    assert shop.balance(ada)["held"] == 300
