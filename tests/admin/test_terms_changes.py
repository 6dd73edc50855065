"""What new terms change: in sentences, English and German, whatever they change."""

import re
from datetime import UTC, datetime

import msgspec
import pytest

from chalicelib.admin.terms.terms_sentences import changes_in_languages
from chalicelib.programs.shapes import NewTerms
from chalicelib.programs.table import new_version
from chalicelib.programs.terms import TermsBody

AT = datetime(2026, 3, 10, tzinfo=UTC)
RULE = {"on": "sale", "to": "referrer", "rate_bp": 1_500}
CAP = {"per": "partner", "amount": 10_000, "period": "month"}
# Of each field: what it was, what it is now, and words of the sentences that say so.
CHANGED = {
    "rules": ([RULE], [RULE | {"rate_bp": 2_000}], "20%", "20 %"),
    "window_days": (30, 20, "20 days", "20 Tage"),
    "touch": ("last", "first", "first", "erste"),
    "hold_days": (0, 30, "30 days", "30 Tage"),
    "base_without": ([], ["tax"], "tax", "Steuer"),
    "caps": ([], [CAP], "$100.00", "100,00 $"),
    "minimum_payout": (0, 5_000, "$50.00", "50,00 $"),
    "minimum_payout_referee": (None, 5_000, "$50.00", "50,00 $"),
    "tiers": ([], [{"name": "gold_plus", "minimum_sales": 5}], "Gold plus", "Gold plus"),
    "introductions": (None, "first_received", "introduc", "vorgestellt"),
    "words": (None, "Be fair.", "own words", "eigenen Worten"),
}


def version(**terms):
    body = msgspec.convert({"rules": [RULE]} | terms, NewTerms, strict=False)
    return new_version("prg_1", body, version=1, effective_from=AT, at=AT)


def changes(before, after):
    """Return what begins and what ends, by language."""
    return {
        one["tag"]: [sentence.replace("\xa0", " ") for sentence in one["begins"] + one["ends"]]
        for one in changes_in_languages(before, after, "USD")
    }


def test_every_field_of_terms_is_here():
    assert CHANGED.keys() == set(TermsBody.__struct_fields__)


@pytest.mark.parametrize("field", CHANGED)
def test_a_change_of_any_field_and_its_way_back_is_a_sentence_in_english_and_german(field):
    was, now, english, german = CHANGED[field]
    for before, after in ((was, now), (now, was)):
        listed = changes(version(**{field: before}), version(**{field: after}))
        assert any(english in one for one in listed["en"]), listed
        assert any(german in one for one in listed["de"]), listed
        for sentence in listed["en"] + listed["de"]:
            # No names or values of JSON.
            assert not re.search(r"\w_\w|null|true|false|[{}\[\]\"]", sentence), sentence
            assert sentence[:1].isupper() or sentence[:1].isdigit()
            assert sentence.endswith(".")


def test_what_no_sentence_says_is_a_sentence_too():
    cap = version(caps=[CAP]), version(caps=[CAP | {"freed_by_refunds": True}])
    assert changes(*cap) == {
        "en": ["Something changed that these sentences do not mention."],
        "de": ["Es hat sich etwas geändert, das in diesen Sätzen nicht vorkommt."],
    }
