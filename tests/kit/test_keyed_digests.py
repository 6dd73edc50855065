import hashlib

from chalicelib.kit.digests import digest
from chalicelib.kit.keyed_digests import address_digests, fingerprints

PLAIN = hashlib.sha256(b"bea@mail.example").hexdigest()


def test_a_digest_of_an_address_is_keyed_and_the_unkeyed_one_of_the_first_rows_is_the_last_form():
    keyed, *others = address_digests("Bea <Bea@Mail.example>")

    assert others == [PLAIN]
    assert keyed != PLAIN
    assert len(keyed) == 64


def test_rotating_the_signing_secret_changes_no_digest(monkeypatch):
    before = address_digests("bea@mail.example"), fingerprints({"name": "Bea"})

    monkeypatch.setenv("GOODWORD_SECRETS", "n" * 48)

    assert (address_digests("bea@mail.example"), fingerprints({"name": "Bea"})) == before


def test_a_new_lasting_secret_makes_the_form_of_new_rows_and_the_forms_of_before_are_kept(monkeypatch):
    before = fingerprints({"name": "Bea"})

    monkeypatch.setenv("GOODWORD_LASTING_SECRETS", f"{'n' * 48} a-lasting-secret-that-is-long-enough-for-tests")
    new, *others = fingerprints({"name": "Bea"})

    assert others == before
    assert new not in before


def test_an_address_and_a_body_of_the_same_bytes_have_different_digests():
    assert address_digests('["bea"]')[0] != fingerprints("bea")[0]


def test_fields_that_are_empty_change_no_fingerprint():
    assert fingerprints({"b": 1, "a": None, "c": []}) == fingerprints({"b": 1})
    assert digest({"b": 1, "a": None}) == fingerprints({"b": 1})[-1]
