"""What was refused, said to people in their language: where it is, and what belongs there."""

import importlib
import pkgutil
from datetime import UTC, datetime

import msgspec
import pytest

import chalicelib
from chalicelib.access.rate_limit import TooManyRequests
from chalicelib.kit import bodies, faults
from chalicelib.kit.errors import BodyTooLarge, Busy, InvalidJson, InvalidValue, OriginNotAllowed, Refused
from chalicelib.kit.faults import Fault
from chalicelib.kit.shapes import FORMS
from chalicelib.language.catalogs import languages
from chalicelib.language.texts import texts
from chalicelib.links.create import CodeRefused, CodeTaken
from chalicelib.onboarding.applications import ApplicationDecided
from chalicelib.onboarding.shapes import Refusal, read_invitees
from chalicelib.partners.shapes import NewFeedback, PartnerChange
from chalicelib.programs.shapes import NewTerms
from chalicelib.web.refusals import explain

RULE = {"on": "lead", "to": "referrer", "flat": {"amount": 1, "currency": "USD"}}


def refusal_of(act) -> Refused:
    with pytest.raises(Refused) as refused:
        act()
    return refused.value


def terms(**changes):
    return refusal_of(lambda: bodies.read_body(msgspec.json.encode({"rules": [RULE], **changes}), NewTerms))


def note(text):
    return refusal_of(lambda: bodies.typed({"note": text}, Refusal, strict=True))


# What people send, as the verbs read it: each is refused by msgspec itself, so that other messages of it are noticed.
OF_VALUES = [
    pytest.param(note(""), "Note: this cannot be empty.", "Notiz: das darf nicht leer sein.", id="something is needed"),
    pytest.param(
        note("x" * 501),
        "Note: at most 500 characters.",
        "Notiz: höchstens 500 Zeichen.",
        id="too long",
    ),
    pytest.param(
        terms(rules=[RULE, {**RULE, "when": {"number_from": 0}}]),
        "Rule 2, when, number_from: at least 1.",
        "Regel 2, when, number_from: mindestens 1.",
        id="too small",
    ),
    pytest.param(
        terms(rules=[{**RULE, "rate_bp": "much"}]),
        "Rule 1, rate_bp: must be a whole number or empty, not text.",
        "Regel 1, rate_bp: muss eine ganze Zahl oder leer sein, nicht Text.",
        id="of another type",
    ),
    pytest.param(
        terms(rules=[{**RULE, "to": "partner"}]),
        "Rule 1, to: “partner” is not allowed here; choose referee or referrer.",
        "Regel 1, to: „partner“ geht hier nicht; möglich sind referee oder referrer.",
        id="none of the words",
    ),
    pytest.param(
        terms(rules=[{"to": "referrer"}]),
        "Rule 1, on: this is required.",
        "Regel 1, on: das fehlt.",
        id="missing",
    ),
    pytest.param(
        terms(caps=[{"per": "partner", "amount": 1, "gold": 1}]),
        "Cap 1, gold: there is no such field.",
        "Grenze 1, gold: dieses Feld gibt es nicht.",
        id="unknown",
    ),
    pytest.param(
        refusal_of(lambda: read_invitees(b"email,locale\na@mail.example,en\nb@mail.example,english")),
        "Line 3, language: must be a language, such as en or de-AT.",
        "Zeile 3, Sprache: erwartet wird eine Sprache, etwa en oder de-AT.",
        id="in a line of a file",
    ),
    pytest.param(
        refusal_of(lambda: bodies.read_instant("then", pointer="/from")),
        "From: must be a date and time with a zone, such as 2026-11-21T12:00:00Z.",
        "Von: erwartet wird Datum und Uhrzeit mit Zeitzone, etwa 2026-11-21T12:00:00Z.",
        id="no moment",
    ),
    pytest.param(
        refusal_of(lambda: bodies.read_body('{"rules": [],\n no', NewTerms)),
        "This is not valid JSON; check line 2, column 2.",
        "Das ist kein gültiges JSON; bitte prüfen Sie Zeile 2, Spalte 2.",
        id="no JSON",
    ),
]


@pytest.mark.parametrize(("refusal", "english", "german"), OF_VALUES)
def test_a_fault_of_a_value_names_its_place(refusal, english, german):
    assert [explain(refusal, texts(language)) for language in ("en", "de")] == [english, german]


def test_all_faults_of_a_file_are_reported_line_by_line():
    file = "email;name\nnobody;Bob\nada@mail.example;Ada\n@;Eve\n"
    refusal = refusal_of(lambda: read_invitees(file.encode()))

    assert explain(refusal, texts("en")).count("email address: must be an email address") == 2
    assert "Line 2, " in explain(refusal, texts("en"))
    assert "Line 4, " in explain(refusal, texts("en"))


OF_CODES = [
    pytest.param(
        BodyTooLarge("The form has 65537 bytes; at most 65536 are allowed."),
        "This is too long to send.",
        "Das ist zu lang zum Senden.",
        id="too large",
    ),
    pytest.param(
        Busy("x"),
        "Someone else changed this just now. Please send it again.",
        "Jemand anderes hat das gerade geändert. Bitte senden Sie es noch einmal.",
        id="busy",
    ),
    pytest.param(
        OriginNotAllowed("x"),
        "This form was sent from another site. Please open the page again, and send it from there.",
        "Dieses Formular kam von einer anderen Website. Bitte öffnen Sie die Seite neu und senden Sie es von dort.",
        id="from elsewhere",
    ),
    pytest.param(
        CodeTaken("x", pointer="/code"),
        "This ending belongs to another link. Please choose another one.",
        "Dieser Wunschname gehört schon zu einem anderen Link. Bitte wählen Sie einen anderen.",
        id="taken",
    ),
]


@pytest.mark.parametrize(("refusal", "english", "german"), OF_CODES)
def test_a_refusal_with_a_sentence_is_translated_by_its_code(refusal, english, german):
    assert [explain(refusal, texts(language)) for language in ("en", "de")] == [english, german]


OF_FIELDS = [
    (
        refusal_of(lambda: bodies.typed({"locale": "en", "payout_email": "a@bank"}, PartnerChange, strict=True)),
        "payout_email",
    ),
    (refusal_of(lambda: bodies.typed({"score": "11"}, NewFeedback, strict=False)), "score"),
    (CodeRefused("x", pointer="/code"), "code"),
]  # fmt: skip


@pytest.mark.parametrize(("refusal", "field"), OF_FIELDS, ids=[field for _, field in OF_FIELDS])
@pytest.mark.parametrize("language", languages())
def test_a_field_uses_its_own_sentence_where_the_form_has_one(refusal, field, language):
    t = texts(language)

    assert explain(refusal, t, fields=[field]) == t[f"bad_{field}"]
    assert explain(refusal, t) != t[f"bad_{field}"]


@pytest.mark.parametrize(
    ("refusal", "english"),
    [
        (InvalidValue("EUR is not paid `here`.", pointer="/currency"), "Currency: EUR is not paid here."),
        (InvalidValue("The cap `a` is there twice.", pointer="/caps/1/id"), "Cap 2, id: the cap a is there twice."),
        (InvalidValue("A file names 1 to 500 people.", pointer="/"), "A file names 1 to 500 people."),
    ],
)
def test_other_refusals_use_their_own_words_or_a_general_sentence(refusal, english):
    assert explain(refusal, texts("en")) == english
    assert explain(refusal, texts("de")) == texts("de")["bad"]


@pytest.mark.parametrize("language", languages())
def test_too_many_requests_are_refused_with_when_to_come_again_in_every_language(language):
    t = texts(language)
    refusal = TooManyRequests(at=datetime(2026, 3, 10, 12, 20, tzinfo=UTC))

    assert explain(refusal, t) == t("later_hint", number=40)
    assert "40" in explain(refusal, t)


def kinds_of(refusal):
    for kind in refusal.__subclasses__():
        yield kind
        yield from kinds_of(kind)


def test_what_is_gone_or_changed_is_told_from_a_wrong_field_in_german_whatever_it_is():
    t = texts("de")
    for module in pkgutil.walk_packages(chalicelib.__path__, "chalicelib."):
        importlib.import_module(module.name)
    kinds = [kind for kind in kinds_of(Refused) if kind.STATUS_CODE in (403, 404, 409, 410)]
    assert len(kinds) > 100
    for kind in kinds:
        refusal = kind.__new__(kind)
        Refused.__init__(refusal, "Not so.")
        assert explain(refusal, t) not in ("Not so.", t["bad"]), kind
    assert explain(ApplicationDecided("It is refused already."), texts("en")) == "It is refused already."
    assert explain(ApplicationDecided("It is refused already."), t) == t["refused_changed"]


@pytest.mark.parametrize("language", languages())
def test_every_form_every_bound_and_every_type_has_words(language):
    t = texts(language)
    forms = [Fault("form", {"form": form.name}) for form in [*FORMS.values(), faults.OTHER_FORM]]
    bounds = [
        Fault(code, {"number": 2, "of": of}) for code in ("least", "most") for of in ("value", "characters", "entries")
    ]
    kinds = [
        Fault("type", {"expected": [kind], "got": kind})
        for kind in ("int", "float", "str", "bool", "array", "object", "null")
    ]
    others = [Fault("missing"), Fault("unknown"), Fault("other"), Fault("json", {"line": 1, "column": 1})]

    for fault in [*forms, *bounds, *kinds, *others]:
        sentence = explain(InvalidValue("`x`", pointer="/x", fault=fault), t)
        assert sentence.startswith("X: ")
        assert "`" not in sentence
        assert not any(one in sentence for one in ("form_", "type_", "fault_", "{"))


def test_an_unreadable_form_is_refused_in_every_language():
    refusal = InvalidJson("The form cannot be read.")

    assert explain(refusal, texts("en")) == "The form cannot be read."
    assert explain(refusal, texts("de")) == texts("de")["bad"]
