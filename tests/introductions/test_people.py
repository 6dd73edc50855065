"""Keys of a person: the same for all spellings of one, another for everybody else, and no name in any of them."""

import pytest

from chalicelib.introductions.people import (
    Person,
    domain_of,
    is_disposable,
    is_free,
    is_role,
    keys_of,
    keys_of_contact,
    read_phone,
)
from chalicelib.kit import config


def kinds(person):
    return [form.partition("#")[0] for form, *_ in keys_of(person)]


@pytest.mark.parametrize(
    ("person", "expected"),
    [
        (Person("Ada", email="ada@acme.example"), ["email"]),
        (Person("Ada", email="ada@acme.example", company="Acme"), ["email", "domain"]),
        (Person("Ada", email="ada@gmail.com", company="Acme"), ["email"]),
        (Person("Ada", email="info@acme.example", company="Acme"), ["domain"]),
        (Person("Ada", email="info@gmail.com", company="Acme"), ["company"]),
        (Person("Ada", phone="+49 30 1234567", company="Acme"), ["phone"]),
        (Person("Ada", company="Acme"), ["company"]),
    ],
)
def test_a_person_has_the_keys_by_which_they_are_known(person, expected):
    assert kinds(person) == expected


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (Person("A", email="Ada@Acme.example"), Person("B", email="ada+tea@acme.example")),
        (Person("A", email="a.d.a@gmail.com"), Person("B", email="ada@googlemail.com")),
        (Person("A", phone="+49 (30) 123-45.67"), Person("B", phone="0049301234567")),
        (Person("A", company="  Acmé  Ltd"), Person("B", company="acme ltd")),
    ],
)
def test_spellings_of_one_person_are_one(one, other):
    assert keys_of(one) == keys_of(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (Person("A", company="Acme", country="DE"), Person("A", company="Acme", country="AT")),
        (Person("A", email="ada@acme.example"), Person("A", email="ada@acme.test")),
        (Person("A", phone="+49301234567"), Person("A", phone="+49301234568")),
    ],
)
def test_others_are_others(one, other):
    assert not {form for forms in keys_of(one) for form in forms} & {form for forms in keys_of(other) for form in forms}


def test_keys_are_keyed_and_found_under_earlier_secrets(monkeypatch):
    before = keys_of(Person("A", email="ada@acme.example"))
    monkeypatch.setattr(config, "lasting_secrets", lambda: ("a new one of at least thirty-two characters", *SECRETS))
    after = keys_of_contact("ADA@acme.example")

    assert len(before[0]) == 1
    assert after[0][1:] == before[0]
    assert after[0][0] != before[0][0]
    assert "acme" not in str(before)


SECRETS = config.lasting_secrets()


@pytest.mark.parametrize(
    "typed", ["", "030 1234567", "+49", "+0123456789", "call me", "+4912345678901234567", "٣٤٥٦٧٨٩"]
)
def test_a_number_without_its_country_is_none(typed):
    assert read_phone(typed) is None


def test_services_and_functions_are_told_apart():
    assert is_free("ada@Gmail.com")
    assert not is_free("ada@acme.example")
    assert is_disposable("x@mailinator.com")
    assert is_disposable("x@eu.mailinator.com")
    assert is_role("Vertrieb+1@acme.example")
    assert not is_role("info.meyer@acme.example")
    assert domain_of("a@b.acme.co.uk") == "acme.co.uk"
