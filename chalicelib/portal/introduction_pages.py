"""What the portal shows of introductions: how they go, the form, one with its message, and all of a partner."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, get_args

from chalicelib.emails.introduction_names import INTRODUCED
from chalicelib.emails.introduction_readers import for_holder, is_of_former
from chalicelib.introductions import find as introductions
from chalicelib.introductions import sentences
from chalicelib.introductions.find import IntroductionNotFound
from chalicelib.introductions.person_link import url_in_message
from chalicelib.introductions.shapes import Closeness
from chalicelib.introductions.states import ENDED, MOVES
from chalicelib.introductions.table import Introduction
from chalicelib.kit import cursors, ids
from chalicelib.kit.dynamo import rows
from chalicelib.language import formats
from chalicelib.language.texts import Texts
from chalicelib.outbox.table import Message
from chalicelib.partners.find import PartnerProfile
from chalicelib.portal import introduction_message
from chalicelib.portal.page import PortalPage
from chalicelib.programs import find as programs
from chalicelib.programs.receiving import PartnerQuestion, in_language, receiving_of
from chalicelib.programs.table import Program

PATH = "/portal/introductions"
_SCRIPT = Path(__file__).parent / "static" / "introduction.js"
_PAGE = 20
# Who writes first, in the order of the form.
WAYS = ("partner", "us", "together")


def programs_open(profile: PartnerProfile, *, at: datetime) -> list[Program]:
    """Return the programs to which a partner may introduce people now."""
    taken = [programs.find(one.program_id).program for one in profile.enrollments if one.left_at is None]
    return [program for program in taken if receiving_of(program).open and program.takes_touch(at)]


def find_own(profile: PartnerProfile, identifier: str) -> Introduction:
    """Return a partner's introduction, as they may read it. Refuses another partner's as one that does not exist."""
    introduction = introductions.find(identifier)
    if introduction.partner_id != profile.partner.id:
        raise IntroductionNotFound(f"There is no introduction {identifier!r}.")
    return for_holder(introduction, profile.partner)


def list_page(profile: PartnerProfile, t: Texts, cursor: str | None, *, at: datetime) -> PortalPage:
    """Show a partner's introductions, newest first, each with what comes next, and how to introduce someone."""
    named = f"portal introductions of {profile.partner.id}"
    position = cursors.read(cursor, of=named)
    page, following = introductions.list_of_partner(profile.partner.id, limit=_PAGE, position=position)
    open_programs = programs_open(profile, at=at)
    has_several = len(profile.enrollments) > 1
    values = {
        "open": [{"id": one.id, "name": one.name} for one in open_programs],
        "how": _how(open_programs[0], t) if open_programs else [],
        "introductions": [
            _in_short(for_holder(one, profile.partner), t, names_program=has_several, at=at) for one in page
        ],
        "following": cursors.write(following, of=named),
    }
    return PortalPage("introductions", values)


def _how(program: Program, t: Texts) -> list[str]:
    days = receiving_of(program).respond_within
    return [
        t["intro_how_1"],
        t["intro_how_2"],
        t("intro_how_3", program=program.name, number=days),
        t["intro_how_4"],
    ]


def _in_short(introduction: Introduction, t: Texts, *, names_program: bool, at: datetime) -> dict[str, Any]:
    program = programs.find(introduction.program_id).program
    action = {"offered": "intro_ready", "needs_more": "intro_answer"}.get(introduction.state, "intro_show")
    if introduction.person is None:
        action = "intro_show"
    return {
        "id": introduction.id,
        "person": sentences.name_of(introduction, t),
        "label": sentences.label(introduction.state, t),
        "tone": sentences.tone(introduction.state),
        "sentences": sentences.sentences(introduction, program, t, at=at),
        "date": formats.day(program.calendar.day_of(introduction.created_at), t.locale),
        "program": program.name if names_program else "",
        "action": t[action],
    }


def form_page(program: Program, t: Texts, *, at: datetime, once: str | None = None) -> PortalPage:
    """Show the form that introduces a person; *once* is the token of the form that was refused."""
    receiving = receiving_of(program)
    values = {
        "here": "introductions",
        "program": {"id": program.id, "name": program.name},
        "once": once or ids.ulid(at),
        "earlier": "",
        "promise": t("intro_how_3", program=program.name, number=receiving.respond_within),
        "closeness": get_args(Closeness),
        "questions": [_question(one, t) for one in receiving.questions],
        "ways": [
            (way, t(f"intro_by_{way}", program=program.name), t(f"intro_by_{way}_hint", program=program.name))
            for way in WAYS
        ],
        "consent_for": t("intro_consent_for", program=program.name),
        "consent_words": consent_words(program, t),
    }
    return PortalPage("introduce", values)


def consent_words(program: Program, t: Texts) -> str:
    """Return what a partner confirms before the business writes to a person; its digest is stored."""
    return t("intro_consent", program=program.name)


def _question(question: PartnerQuestion, t: Texts) -> dict[str, Any]:
    options = [(one, one) for one in question.options]
    if question.kind == "yes_no":
        options = [("yes", t["intro_yes"]), ("no", t["intro_no"])]
    return {
        "words": in_language(question.words, t.locale),
        "kind": question.kind,
        "options": options,
        "required": question.required,
    }


def page_of(introduction: Introduction, profile: PartnerProfile, t: Texts, *, at: datetime) -> PortalPage:
    """Show an introduction: what comes next, the message that is ready to send, its course, and what was written."""
    program = programs.find(introduction.program_id).program
    is_own = not is_of_former(introduction, profile.partner)
    values = {
        "here": "introductions",
        "one": _in_short(introduction, t, names_program=False, at=at),
        "asks": is_own and introduction.state == "needs_more",
        "written": _written_on(introduction, program, t) if is_own else "",
        "won": introduction.state == "won",
        "can_withdraw": is_own and "lapsed" in MOVES[introduction.state],  # type: ignore[index]
        "earlier": "",
        "message": "",
        "course": _course(introduction, program, t, with_words=is_own),
        "details": details_of(introduction, program, t) if is_own else [],
        **_ready(introduction, program, profile, t),
    }
    path = f"{PATH}/{introduction.id}"
    return PortalPage("introduction", values, path, "introductions", _SCRIPT if values["message"] else None)


def _written_on(introduction: Introduction, program: Program, t: Texts) -> str:
    """Return when the business's email went out to the person; empty if it did not, or is no longer kept."""
    person = introduction.person
    if introduction.sent_by == "partner" or person is None:
        return ""
    message = rows.find(Message, f"{INTRODUCED}#{introduction.id}#{introduction.id}", "message")
    if message is None or message.sent_at is None:
        return ""
    date = formats.day(program.calendar.day_of(message.sent_at), t.locale)
    return t("intro_written", program=program.name, person=person.name, date=date)


def _ready(introduction: Introduction, program: Program, profile: PartnerProfile, t: Texts) -> Mapping[str, Any]:
    """Return the message that is ready to send, while it makes sense to send it; nothing if we write."""
    if introduction.sent_by != "partner" or introduction.person is None or introduction.state in ENDED:
        return {}
    url = url_in_message(introduction.id)
    message = introduction_message.compose(introduction, program, profile.partner.name, t, page_url=url)
    return {
        "message": message.text,
        "subject": message.subject,
        "mailto": message.mailto,
        "sms": message.sms,
        "ready_hint": t("intro_ready_hint", person=introduction.person.name),
        "unsent": introduction.state == "offered",
        "sent_hint": t("intro_sent_hint", program=program.name),
    }


def _course(introduction: Introduction, program: Program, t: Texts, *, with_words: bool) -> list[dict[str, str]]:
    return [
        {
            "what": sentences.step_sentence(step, introduction, program, t),
            "date": formats.day(program.calendar.day_of(step.at), t.locale),
            "words": (step.words or "") if with_words else "",
            "from": t["intro_words_yours"] if step.by == "partner" else t("intro_words_from", program=program.name),
        }
        for step in introductions.list_steps(introduction.id)
    ]


def details_of(introduction: Introduction, program: Program, t: Texts) -> Sequence[tuple[str, str]]:
    """Return what a partner wrote of a person, each part with its name; what is empty is left out."""
    person = introduction.person
    questions = {one.key: in_language(one.words, t.locale) or one.key for one in receiving_of(program).questions}
    of_person = (
        [
            (t["intro_email"], person.email),
            (t["intro_phone"], person.phone),
            (t["intro_company"], person.company),
            (t["intro_role"], person.role),
        ]
        if person is not None
        else []
    )
    parts = [
        *of_person,
        (t["intro_why"], introduction.why),
        (t["intro_closeness"], t[f"intro_close_{introduction.closeness}"]),
        *((questions.get(key, key), answer) for key, answer in (introduction.answers or {}).items()),
    ]
    return [(name, value) for name, value in parts if value]
