"""Which names may be shared, and which spellings are one name."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.partners.name_rules import find_objection, fold_name, hint_of, tidy


@pytest.mark.parametrize(
    "spellings",
    [
        ("Jörg Müller", "joerg mueller", "JORG-MULLER", "Jo\u0308rg Mu\u0308ller", "jörgmüller", " Jörg  Müller "),
        ("Zoë O’Neill", "Zoe O'Neill", "zo oneill"),
        ("Anna", "\u0410nna", "ANN\u0391", "A\u200bnna", "\u202eAnna", "Ánna"),
        ("Søren Weiß", "soren weiss", "SOREN WEISS"),
        ("Łukasz", "lukasz"),
        ("Anna 2", "anna2", "Anna ２"),
        ("Анна", "АННА"),
    ],
)
def test_one_name_in_several_spellings_is_one_name(spellings):
    assert len({fold_name(one) for one in spellings}) == 1


def test_different_names_stay_different():
    names = ["Anna", "Anne", "Hannah", "Anna Berg", "Jörg", "Jürgen", "Анна", "王芳", "李芳", "Ann"]

    assert len({fold_name(one) for one in names}) == len(names)


@given(st.text(max_size=60))
def test_folding_is_stable_in_every_normal_form(name):
    folded = {fold_name(unicodedata.normalize(form, name)) for form in ("NFC", "NFD", "NFKC", "NFKD")}

    assert len(folded) == 1
    assert all(one.isalnum() for one in folded.pop())


@given(st.text(max_size=60))
def test_a_name_that_may_be_shared_can_be_typed(name):
    if find_objection(tidy(name), brand="Tea") is None:
        assert len(fold_name(name)) >= 2


@pytest.mark.parametrize(
    ("name", "objection"),
    [
        ("Jo", "length"),
        ("x" * 51, "length"),
        ("Anna\u202e", "characters"),
        ("An\u200bna", "characters"),
        ("Anna 🙂", "characters"),
        ("🙂🙂🙂", "characters"),
        ("<b>Anna", "characters"),
        ("anna@mail.example", "characters"),
        ("A 11", "short"),
        ("...", "short"),
        ("an\u0316\u0317\u0318", "short"),
        ("Gооgle", "refused"),
        ("Freund", "refused"),
        ("Instagram Werbung", "refused"),
        ("Tea & Kettle".replace("&", "and"), "refused"),
        ("Anna at Tea and Kettle", "refused"),
        ("Fück You", "refused"),
        ("nobody", "refused"),
    ],
)
def test_what_is_no_persons_name_is_refused_with_a_reason(name, objection):
    assert find_objection(tidy(name), brand="Tea and Kettle") == objection


@pytest.mark.parametrize(
    "name", ["Julia Freund", "Hugo Boss", "Dr. Anna-Lena O’Neill", "Cassandra", "王小芳", "Ñuñez", "Teresa", "Ali 2"]
)
def test_names_that_people_have_may_be_shared(name):
    assert find_objection(tidy(name), brand="Tea") is None


@pytest.mark.parametrize(
    ("address", "hint"),
    [("Anna@mail.example", "an"), ("a.b@mail.example", "ab"), ("a@x.example", "ax"), ("7up@x.example", "7u")],
)
def test_a_hint_is_the_first_two_letters_or_digits_of_an_address(address, hint):
    assert hint_of(address) == hint
