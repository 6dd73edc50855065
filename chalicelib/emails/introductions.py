"""Emails about an introduction: who gets them, what they say of it, and why one is skipped."""

from collections.abc import Mapping
from datetime import datetime

from chalicelib.emails.introduction_names import INTRODUCED, PROTECTION_ENDS, TO_ANSWER
from chalicelib.emails.introduction_readers import find_reader, for_holder, is_of_former
from chalicelib.emails.introduction_triggers import LAPSED, MOVED, NOTHING_NEW, RECEIVED
from chalicelib.emails.recipients import Recipient, without_addresses, without_digits
from chalicelib.introductions import sentences
from chalicelib.introductions.find import find_all, list_steps
from chalicelib.introductions.person_link import url_in_email
from chalicelib.introductions.states import ENDED, PROTECTED
from chalicelib.introductions.table import Introduction, Step
from chalicelib.kit import config
from chalicelib.language import formats
from chalicelib.language.texts import Texts, texts
from chalicelib.outbox.table import Message
from chalicelib.partners import find as partners
from chalicelib.programs import find as programs
from chalicelib.programs.receiving import in_language, receiving_of
from chalicelib.programs.table import Program

_TO_WHO_ANSWERS = (TO_ANSWER, PROTECTION_ENDS)
_OF_PROTECTION = ("protection_ends", "protection_extended")
_LATER_STATES = ("received", "second_in_line")


def find_recipient(message: Message) -> Recipient | None:
    """Return who answers an introduction, as a user of the admin pages; or the introduced person."""
    introduction = _introduction(message)
    if introduction is None:
        return None
    return _who_answers(introduction) if message.template in _TO_WHO_ANSWERS else _introduced(introduction)


def _who_answers(introduction: Introduction) -> Recipient | None:
    receiving = receiving_of(programs.find(introduction.program_id).program)
    owner = find_reader(receiving.owner or introduction.owner, introduction.program_id)
    user = owner or find_reader(receiving.deputy, introduction.program_id)
    if user is None:
        return None
    url = f"{config.public_url()}/admin/introductions/{introduction.id}"
    return Recipient(user.id, user.name, user.email, user.locale, url)


def _introduced(introduction: Introduction) -> Recipient | None:
    person = introduction.person
    if person is None:
        return None
    partner = partners.find_rows([introduction.partner_id]).get(introduction.partner_id)
    locale = person.locale or (partner.locale if partner is not None else "en")
    # A partner wrote it, and it goes to a stranger: what contains a number to call is no greeting.
    name = without_digits(person.name)
    return Recipient(introduction.id, name, person.email, locale, url_in_email(introduction.id))


def reply_address(message: Message) -> str | None:
    """Return the partner's address, if the introduced person's answer is to reach them, too."""
    introduction = _introduction(message) if message.template == INTRODUCED else None
    if introduction is None or introduction.sent_by != "together":
        return None
    partner = partners.find_rows([introduction.partner_id]).get(introduction.partner_id)
    return partner.email if partner is not None and not is_of_former(introduction, partner) else None


def values_of(message: Message, _recipient: object, locale: str) -> Mapping[str, str]:
    """Return what an email says of an introduction, as it is now, and of the step that the email is about."""
    introduction = _introduction(message)
    assert introduction is not None, "without an introduction, an email is skipped"
    program, t = programs.find(introduction.program_id).program, texts(locale)
    partner = partners.find_rows([introduction.partner_id]).get(introduction.partner_id)
    is_to_partner = message.template not in (*_TO_WHO_ANSWERS, INTRODUCED)
    is_hidden = is_to_partner and is_of_former(introduction, partner)
    if is_hidden:
        introduction = for_holder(introduction, partner)
    person = introduction.person
    without_name = t["intro_no_name" if message.template == LAPSED else "intro_the_person"]
    name = without_addresses(person.name if person is not None else "") or without_name
    values = {
        "person": name,
        "partner": without_addresses(partner.name) or "…" if partner is not None else "…",
        "company": (person.company or "") if person is not None else "",
        "why": introduction.why or "",
    }
    if message.template == INTRODUCED:
        receiving = receiving_of(program)
        return values | {
            # It goes to somebody who did not ask for it: nothing in it that a mail program makes a link of.
            "partner": " ".join(filter(without_digits, values["partner"].split())) or "…",
            "why": without_addresses(introduction.why or ""),
            "words": in_language(receiving.first_words, locale) or "",
            "calendar_url": receiving.calendar_url or "",
            "together": t("intro_answers_reach", **values) if introduction.sent_by == "together" else "",
        }
    is_word = message.template in (MOVED, NOTHING_NEW) or introduction.state != "received"
    until = introduction.next_word_by if is_word else introduction.respond_by
    dates = {
        "introduction_accepted": introduction.protected_until,
        "introduction_second_in_line": introduction.first_until,
        PROTECTION_ENDS: introduction.protected_until,
    }
    date = dates.get(message.template, until)
    step = _step(message)
    values |= {
        "date": sentences.last_day(date, program, t) if date is not None else "",
        "words": (step.words or "") if step is not None and step.by != "partner" and not is_hidden else "",
        "reason": sentences.reason_sentence(introduction, program, t, step.reason) if step and step.reason else "",
        "state": _state(introduction, step, program, t, at=message.created_at),
        "place": formats.number(introduction.place_in_line or 0, t.locale),
    }
    if message.template == LAPSED and person is not None and introduction.reason != "asked_to_be_deleted":
        values["words"] = t("intro_again", person=name, program=program.name)
    if not is_to_partner:
        return values
    return values | {"url": f"{config.public_url()}/portal/introductions/{introduction.id}"}


def _state(introduction: Introduction, step: Step | None, program: Program, t: Texts, *, at: datetime) -> str:
    """Return an introduction's state in sentences; and what happened to its protection, if the step is about that."""
    still_second = sentences.still_second_sentence(step, program, t) if step is not None else ""
    lines = [still_second or sentences.state_sentence(introduction, program, t, at=at)]
    if step is not None and step.reason in _OF_PROTECTION:
        lines.append(sentences.reason_sentence(introduction, program, t, step.reason))
        lines += sentences.protection_sentences(introduction, program, t)
    return " ".join(lines)


def skip_reason(message: Message, _recipient: Recipient, _at: datetime) -> str | None:
    """Skip what a later step made untrue; and the email to the person, unless their consent was given for it."""
    introduction = _introduction(message)
    if introduction is None or (introduction.person is None and message.template in (TO_ANSWER, INTRODUCED)):
        return "erased"
    if message.template == INTRODUCED:
        if introduction.sent_by == "partner" or introduction.consent is None:
            return "partner_sends"
        return "decided" if introduction.state in ENDED else None
    if message.template == PROTECTION_ENDS:
        return None if introduction.state in PROTECTED else "decided"
    if message.template == NOTHING_NEW:
        # Another word came since.
        return "decided" if introduction.steps > int(message.subject_id.partition("#")[2]) else None
    if message.template in (TO_ANSWER, RECEIVED):
        return None if introduction.state in _LATER_STATES else "decided"
    return None


def _introduction(message: Message) -> Introduction | None:
    identifier = message.subject_id.partition("#")[0]
    return find_all([identifier]).get(identifier)


def _step(message: Message) -> Step | None:
    number = int(message.subject_id.partition("#")[2])
    return next((one for one in list_steps(message.subject_id.partition("#")[0]) if one.number == number), None)
