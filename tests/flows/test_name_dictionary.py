"""A dictionary of 10,000 names, tried at the limit, learns which names are shared, and nothing else of anyone."""

from datetime import timedelta

import pytest

from chalicelib.kit import clock
from chalicelib.kit.errors import Refused
from chalicelib.partners import friend_names, shared_names
from chalicelib.partners.friend_name_shapes import FriendName
from chalicelib.programs import find as programs
from tests.faults.sampling import sample
from tests.flows.friends import ADMIN, Website

_FIRST = (
    *("Anna", "Bea", "Clara", "Dora", "Emma", "Frieda", "Greta", "Hanna", "Ida", "Jule"),
    *("Karl", "Leo", "Max", "Nils", "Otto", "Paul", "Quinn", "Rolf", "Sven", "Theo"),
)
_ENDS = (
    *("bach", "bauer", "berg", "brandt", "dahl", "eck", "feld", "gard", "haus", "hof", "holm", "hus", "land"),
    *("lund", "mann", "mark", "ner", "roth", "sen", "son", "stein", "strand", "tal", "wald", "winkel"),
)
NAMES = [f"{first} {begin}{end}" for first in _FIRST for begin in _FIRST for end in _ENDS]
SHARED = {"Anna Annaberg": ("first", "second"), "Leo Leodahl": ("third",), "Theo Theostein": ("fourth",)}
# A member who shares no name, although their name is in the dictionary.
SILENT = ("Max Maxlund", "fifth")


class Attacker:
    """Somebody with many addresses, who tries ten names an hour from each, and keeps all answers."""

    def __init__(self, website):
        self.program = programs.find(website.program["id"]).program
        self.line, self.tries, self.refused = website.shop.line, 0, 0
        self.answers, self.sizes, self.calls = {}, set(), set()

    def attempt(self, name, hint=None):
        visitor, begin = f"192.0.2.{self.tries // 10}", len(self.line.calls)
        self.tries += 1
        view = friend_names.look_up(FriendName(name, hint), self.program, visitor=visitor, at=clock.now())
        self.calls.add(len(self.line.calls) - begin)
        self.sizes.add(len(view.answer) + len(view.token))
        self.answers[name, hint] = view
        return view.answer


@pytest.fixture
def attacker(shop, monkeypatch):
    monkeypatch.setattr(friend_names, "MOST_OF_A_PROGRAM", 10**6)
    website = Website(shop)
    for name, addresses in SHARED.items():
        for address in addresses:
            website.member(name, f"{address}.{name.replace(' ', '').lower()}@mail.example")
    shop.partner(website.program, name=SILENT[0], email=f"{SILENT[1]}@mail.example")
    return Attacker(website)


@pytest.mark.sweep
def test_a_dictionary_learns_which_names_are_shared_and_no_address_and_no_other_member(attacker):
    names = dict.fromkeys([*SHARED, SILENT[0], *sample(NAMES, 150)])

    assert len(set(NAMES)) == 10_000
    answers = {name: attacker.attempt(name) for name in names}

    expected = {name: "which" if len(addresses) > 1 else "found" for name, addresses in SHARED.items()}
    assert {name: answer for name, answer in answers.items() if answer != "nobody"} == expected
    assert (len(attacker.sizes), len(attacker.calls)) == (1, 1)
    text = " ".join(f"{view.program} {view.answer} {view.token}" for view in attacker.answers.values())
    assert "@" not in text
    for address in (SILENT[1], *(one for addresses in SHARED.values() for one in addresses)):
        assert address not in text
    assert "ptr_" not in text
    print(f"{len(names)} names, {attacker.tries // 10} hours of one visitor: 0 addresses, {len(expected)} shared names")


@pytest.mark.sweep
def test_all_hints_for_a_known_name_learn_two_letters_of_an_address_at_most(attacker):
    letters = "abcdefghijklmnopqrstuvwxyz0123456789"
    hints = {"fi", "se", *sample([one + other for one in letters for other in letters], 100)}

    fitting = {hint for hint in sorted(hints) if attacker.attempt("Anna Annaberg", hint) == "found"}

    assert fitting == {"fi", "se"}
    assert (len(attacker.sizes), len(attacker.calls)) == (1, 1)


def test_the_eleventh_name_of_an_hour_is_refused_before_anything_is_read(shop, attacker):
    for _ in range(10):
        attacker.attempt("Anna Annaberg")
    attacker.tries, begin = 0, len(shop.line.calls)

    with pytest.raises(Refused) as refused:
        attacker.attempt("Anna Annaberg")

    assert refused.value.STATUS_CODE == 429
    assert len(shop.line.calls) - begin == 1
    shop.wait(seconds=timedelta(hours=1).seconds)
    assert attacker.attempt("Anna Annaberg") == "which"


def test_in_the_portal_a_partner_learns_only_of_their_own_pair(shop, attacker):
    website = Website(shop)
    website.program = {"id": attacker.program.id}
    spy = shop.partner(website.program, name="Spy", email="zz.spy@mail.example")

    outcomes = set()
    for name in (*SHARED, SILENT[0], "Nobody Atall"):
        try:
            shared_names.share(
                spy["id"], website.program["id"], name, words_hash="w", language="en", actor=ADMIN, at=clock.now()
            )
            outcomes.add("shared")
        except Refused as refusal:
            outcomes.add(refusal.code)

    assert outcomes == {"shared"}
