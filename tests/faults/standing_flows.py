"""What happens to partners and customers themselves: stopped and active again, and two who are one person, merged."""

from chalicelib.kit import memory
from tests.faults.invariants import table


def stop_a_while(business):
    """Suspend a partner; what is received from a minute later on earns nothing until they are active again."""
    partner = business.partners[0]
    business.stop(partner, "suspend")
    business.convert("sale", "anna", 1999)
    business.shop.wait(minutes=2)
    business.convert("sale", "anna", 500)
    business.reactivate(partner)
    business.shop.wait(minutes=2)
    business.convert("sale", "anna", 700)


def ban_with_earnings(business):
    """Ban a partner and hold what they earned; a payout leaves it out, and includes it once they are active again."""
    partner = business.partners[0]
    business.stop(partner, "suspend", "keep")
    business.stop(partner, "ban", "hold")
    business.shop.wait(days=15)
    business.schedule("mature")
    business.prepare()
    paid = {row["owner_id"] for row in table(business.shop, "payouts") if row["kind"] == "item"}
    assert partner["id"] not in paid, paid
    business.reactivate(partner)
    business.prepare()


def merge_partners(business):
    """Merge the partner who has sold into the other one; what their customer buys then is the other's."""
    duplicate, partner = business.partners
    business.merge(duplicate, partner)
    business.click(0)
    business.convert("sale", "anna", 1999)
    business.convert("sale", "bert", 33, business.clicks[-1])
    business.refund(next(sale for sale in business.sales.values() if sale.type == "sale"), 500)
    business.adjust(duplicate, "bonus", 100)


def guest(business):
    """Have a partner send a guest who buys; and an account buy something that no partner is credited with."""
    business.click(0)
    business.convert("sale", "guest", 1999, business.clicks[0])
    business.shop.wait(hours=1)
    business.convert("sale", "account", 500)
    business.deliveries.drain()


def merge_guest(business):
    """Merge the guest into the account, and have the account buy again."""
    answer = business.call("POST", "/v1/customers/ext_guest/merge", {"into": "ext_account"})
    assert answer.status == 200, answer.body
    memory.forget_everything()
    answer = business.call("POST", "/v1/conversions", _sale(business, "order-9"), once=False)
    assert (answer.status, answer.json["partner"]) == (201, business.partners[0]["id"]), answer.body


def check_guest(business):
    """All three sales are the partner's, each rewarded once and each with its place; and the customer is one."""
    shop = business.shop
    sales = shop.get(f"/v1/conversions?partner={business.partners[0]['id']}").json["data"]
    rate = business.versions[0].rate_bp
    assert sorted(one["amount"]["amount"] for one in sales) == [500, 700, 1999]
    earned = sum(-(-amount * rate // 10_000) for amount in (500, 700, 1999))
    balance = shop.balance(business.partners[0])
    assert balance["held"] + balance["due"] == earned, (balance, earned)
    account = shop.get("/v1/customers/ext_guest").json
    assert (account["external_id"], account["other_ids"]) == ("account", ["guest"])
    assert [one["sales"] for one in account["referrals"]] == [3]


def _sale(business, name):
    return {
        "program": business.program["id"],
        "type": "sale",
        "external_id": name,
        "customer": {"external_id": "account"},
        "amount": {"amount": 700, "currency": "USD"},
    }
