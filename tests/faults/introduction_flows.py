"""What happens to introductions: a line of several, sales that win them, and all that may become of these."""

import contextlib

from chalicelib.introductions.claims import claim, make_token
from chalicelib.kit.dynamo import wire
from tests.faults.business import TRIES
from tests.faults.line import Crash


def accepted(business):
    """Have a partner introduce somebody, whom the business accepts, and another partner click."""
    introduced = business.introduce(0, "anna")
    assert business.move(introduced, "accept").status == 200
    business.shop.wait(hours=1)
    business.click(1)
    business.deliveries.drain()


def in_line(business):
    """Have a second partner introduce the same person."""
    accepted(business)
    business.introduce(1, "anna")
    business.deliveries.drain()


def take(business):
    """Take introductions of one person: the first one is first, and whoever comes later moves up as it ends."""
    first, second = business.introduce(0, "anna"), business.introduce(1, "anna")
    business.introduce(0, "bert")
    business.move(first, "decline", reason="no_fit")
    business.move(second, "accept")
    business.move(second, "move", state="meeting")
    business.move(second, "lost", reason="later")


def sell_named(business):
    """Sell to whoever was introduced, by the introduction that the website names."""
    business.convert("sale", "anna", 1999, business.introduced[0])


def sell_by_address(business):
    """Sell to whoever was introduced, by their address alone, and again."""
    business.convert("sale", "anna", 1999)
    business.convert("sale", "anna", 500)


def sell_by_click(business):
    """Sell to whoever was introduced, and came by a link of another partner last."""
    business.convert("sale", "anna", 1999, business.clicks[0])


def sell_to_who_was_guessed(business):
    """Sell to who came by a link before another partner guessed their address, and to who bought before that."""
    business.click(1)
    business.convert("sale", "bert", 700)
    business.shop.wait(hours=1)
    business.introduce(0, "anna")
    business.introduce(0, "bert+shop")
    business.shop.wait(hours=1)
    business.convert("sale", "anna", 1999, business.clicks[0])
    business.convert("sale", "bert", 500)


def say_won(business):
    """Say of an introduction that it was won; and of one that another partner's customer cannot win."""
    business.win(business.introduced[0], 1999)
    other = business.introduce(0, "bert")
    business.convert("lead", "bert", touch=business.clicks[0])
    business.win(other, 500)


def sold(business):
    accepted(business)
    sell_named(business)
    business.deliveries.drain()


def refund_and_restore(business):
    """Refund a sale in full, sell again, refund that, and take both refunds back."""
    [sale] = business.sales.values()
    business.refund(sale, 333)
    business.refund(sale, sale.left)
    other = business.convert("sale", "anna", 700)
    business.refund(other, other.left)
    business.restore(other, other.refunds[0])
    business.restore(sale, sale.refunds[1])


def move_and_void(business):
    """Credit a sale to another partner, to its own, to nobody, and to its own again; then void it."""
    [sale], (one, other) = business.sales.values(), business.partners
    for partner in (other, one, None, one):
        business.credit(sale, partner)
    business.amend(sale, 0)
    business.amend(sale, 900)
    business.void(sale)


def credit_late(business):
    """Have what was bought directly be credited by a sign-up that names the introduction, which is lost meanwhile."""
    # The address that the website has of the customer is another one.
    introduced = business.introduce(0, "anna-at-work")
    business.convert("sale", "anna", 1999)
    business.convert("lead", "anna", touch=introduced)
    business.move(introduced, "lost", reason="no_budget")


def sell_after_the_persons_word(business):
    """Have the introduced person say that the second one is theirs, and buy."""
    first, second = business.introduced
    for _ in range(TRIES):
        # Whoever sees a page that failed says it again.
        with contextlib.suppress(Crash, wire.Declined, wire.Unreachable):
            claim(make_token(first.id), second.id, at=business.shop.at)
            break
    else:
        raise AssertionError("the person's word was never taken")
    sell_by_address(business)
