"""A partner shares a name with friends, changes it and withdraws it: it is theirs alone, and gone when they say so."""

import json

import pytest

from chalicelib.kit import memory
from chalicelib.partners import friend_names, shared_names
from chalicelib.partners.shared_name_table import NameHolder
from chalicelib.partners.table import PartnerRow
from tests.faults.world import built_once
from tests.flows.friends import SITE, Website, let_ask_often, with_annas
from tests.reading import read


@pytest.fixture(autouse=True)
def patient(monkeypatch):
    let_ask_often(monkeypatch)


@pytest.fixture
@built_once
def website(shop):
    return Website(shop)


@pytest.fixture
@built_once
def annas(shop):
    return with_annas(shop)


def test_a_former_name_counts_for_400_days_and_three_former_names_at_most(shop, website):
    partner = website.member("Anna Berg", "anna@mail.example")
    website.share(partner, "Anna Thal")
    assert website.answer("Anna Berg") == website.answer("Anna Thal") == "found"
    shop.wait(days=400)
    assert (website.answer("Anna Berg"), website.answer("Anna Thal")) == ("nobody", "found")

    for number in "12345":
        shop.wait(minutes=1)
        website.share(partner, f"Anna {number}")

    names = ("Anna Thal", "Anna 1", "Anna 2", "Anna 3", "Anna 4", "Anna 5")
    assert [website.answer(one) for one in names] == ["nobody", "nobody", "found", "found", "found", "found"]
    assert len(list(NameHolder.scan(NameHolder.sort == partner["id"]))) == 4


def test_a_name_is_withdrawn_at_once_with_all_former_ones(website):
    partner = website.member("Anna Berg", "anna@mail.example")
    website.share(partner, "Anna Thal")

    website.withdraw(partner)
    website.withdraw(partner)

    assert [website.answer(one) for one in ("Anna Berg", "Anna Thal")] == ["nobody", "nobody"]
    assert not list(NameHolder.scan(NameHolder.sort == partner["id"]))


def test_friends_can_tell_those_of_one_name_apart_by_two_letters(website):
    website.member("Anna", "anna@mail.example")
    alike = website.shop.partner(website.program, name="Änna", email="AN.berg@mail.example")

    with pytest.raises(shared_names.NameTaken):
        website.share(alike, "ÄNNA")
    assert website.share(alike, "Anna Berg").name == "Anna Berg"


def test_two_who_match_after_a_change_of_address_are_never_chosen_between(shop, annas):
    shop.patch(f"/v1/partners/{annas.other['id']}", {"email": "ann@mail.example"})

    assert annas.answer("Anna", "an") == "which"
    assert annas.sale(annas.token("Anna", "an"))["attribution"] == "unclaimed"


def test_of_more_than_are_read_nobody_is_chosen(annas, monkeypatch):
    monkeypatch.setattr(shared_names, "READ_HOLDERS", 2)
    monkeypatch.setattr(friend_names, "READ_HOLDERS", 2)

    assert annas.answer("Anna", "be") == "which"


@pytest.mark.parametrize(
    "name", ["A", "Google", "Program", "🙂🙂🙂", "\u202eannA", "Support", "F4", "Anna <b>", "x" * 51]
)
def test_names_that_are_no_persons_cannot_be_shared(website, name):
    partner = website.shop.partner(website.program, email="anna@mail.example")
    brand = website.program["name"] if name == "Program" else name

    with pytest.raises(shared_names.SharedNameRefused):
        website.share(partner, brand)
    assert not list(NameHolder.scan(NameHolder.sort == partner["id"]))


def test_a_duplicates_names_lead_to_the_partner_who_stays_and_so_do_tokens(shop, annas):
    before = annas.token("Jörg Müller")
    merged = shop.post(f"/v1/partners/{annas.joerg['id']}/merge", {"into": annas.anna["id"]})
    memory.forget_everything()

    assert merged.status == 200, merged.body
    assert annas.sale(before, "order-1", "c-1")["partner"] == annas.anna["id"]
    assert annas.sale(annas.token("Jörg Müller"), "order-2", "c-2")["partner"] == annas.anna["id"]
    # By either address of the one person.
    assert annas.answer("Anna", "jm") == annas.answer("Anna", "an") == "found"
    annas.withdraw(annas.anna)
    assert annas.answer("Jörg Müller") == "nobody"


def test_the_name_of_a_duplicate_alone_becomes_the_partners_own(shop, website):
    one = website.member("Anna Berg", "anna@mail.example")
    other = shop.partner(website.program, name="A", email="a2@mail.example")
    merged = shop.post(f"/v1/partners/{one['id']}/merge", {"into": other["id"]})

    assert merged.status == 200, merged.body
    assert website.sale(website.token("Anna Berg"))["partner"] == other["id"]


def test_a_name_goes_neither_to_who_takes_an_account_over_nor_stays_after_an_erasure(shop, annas):
    body = {"name": "Heir", "email": "heir@mail.example", "reason": "sale"}
    answer = shop.post(f"/v1/partners/{annas.joerg['id']}/hand-over", body)
    erased = shop.post(f"/v1/partners/{annas.anna['id']}/erase", {"gives_up": True})

    assert (answer.status, erased.status) == (200, 200), answer.body
    assert (annas.answer("Jörg Müller"), annas.answer("Anna", "an")) == ("nobody", "nobody")
    stored = [json.dumps(row.serialize()) for row in PartnerRow.scan()]
    assert not [row for row in stored if "Jörg Müller" in row and "shared_name" in row]
    assert {row.sort for row in NameHolder.scan()} == {annas.other["id"]}


def test_a_copy_of_the_data_has_the_shared_name_and_when_it_was_agreed_to(shop, annas):
    records = shop.get(f"/v1/partners/{annas.joerg['id']}/data").json["data"]

    [record] = [one["fields"] for one in records if one["kind"] == "shared_name"]
    assert record["name"] == "Jörg Müller"
    assert record["consented_at"]


def test_the_trail_says_that_a_name_was_shared_and_withdrawn(shop, annas):
    annas.withdraw(annas.joerg)
    entries = shop.get(f"/v1/audit?subject={annas.joerg['id']}").json["data"]

    assert {"partner.name_shared", "partner.name_withdrawn"} <= {one["action"] for one in entries}


def test_a_deleted_test_program_leaves_no_shared_name_behind(shop):
    program = shop.program(mode="test", origins=[SITE])
    website = Website(shop)
    website.program = program
    website.share(shop.partner(program, email="anna@mail.example"), "Anna Berg")
    before = len(list(NameHolder.scan()))

    assert shop.call("DELETE", f"/v1/programs/{program['id']}").status == 200
    shop.wait(minutes=11)
    for _ in range(3):
        shop.run_schedule("delete_tests")

    assert (before, list(NameHolder.scan())) == (1, [])
    assert not [row for row in PartnerRow.scan() if "Anna Berg" in str(row.serialize())]


def test_an_admin_sees_under_which_name_a_partner_can_be_named(shop, admin, annas):
    page = read(admin.get(f"/admin/partners/{annas.joerg['id']}").body).text

    assert "friends name them Jörg Müller" in page
