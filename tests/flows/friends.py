"""A website that asks who sent a visitor, and partners who share their names: for the tests of both."""

from chalicelib.audit.actor import Actor
from chalicelib.kit import clock
from chalicelib.partners import friend_names, shared_names

SITE = "https://shop.example"
WORDS = {"words_hash": "words", "language": "en"}
ADMIN = Actor("operator", "test")


class Website:
    """A program with a website and a publishable key, and partners who share names."""

    def __init__(self, shop):
        self.shop, self.program = shop, shop.program(origins=[SITE])
        self.key = shop.post(f"/v1/programs/{self.program['id']}/keys", {"name": "website"}).json["secret"]

    def member(self, name, email, *, shared=None):
        partner = self.shop.partner(self.program, name=name, email=email)
        self.share(partner, shared or name)
        return partner

    def share(self, partner, name):
        return shared_names.share(partner["id"], self.program["id"], name, **WORDS, actor=ADMIN, at=clock.now())

    def withdraw(self, partner):
        shared_names.withdraw(partner["id"], self.program["id"], actor=ADMIN, at=clock.now())

    def ask(self, name, hint=None, *, origin=SITE, key=None):
        body = {"name": name} | ({"hint": hint} if hint else {})
        path = f"/v1/programs/{self.program['id']}/friend-name"
        return self.shop.post(path, body, key=key or self.key, headers={"Origin": origin})

    def token(self, name, hint=None):
        return self.ask(name, hint).json["token"]

    def answer(self, name, hint=None):
        return self.ask(name, hint).json["answer"]

    def sale(self, token, external_id="order-1", customer="customer-1", **more):
        touches = [{"friend_name": token}]
        return self.shop.sale(self.program, external_id, customer, touches=touches, **more).json


def let_ask_often(monkeypatch):
    """Let one visitor ask more often than one may: one test is about the limit."""
    monkeypatch.setattr(friend_names, "MOST_OF_A_VISITOR", 1000)


def with_annas(shop):
    """Return a website with two partners called Anna, whose addresses begin otherwise, and Jörg, the only one."""
    website = Website(shop)
    website.anna = website.member("Anna", "anna@mail.example")
    website.other = website.member("Anna", "bee@mail.example")
    website.joerg = website.member("Jörg Müller", "jm@mail.example")
    return website
