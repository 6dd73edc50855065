"""The message by which a partner introduces a person: both sides' words, ready for their own mail program or phone."""

from typing import NamedTuple
from urllib.parse import quote

from chalicelib.introductions.people import read_phone
from chalicelib.introductions.table import Introduction
from chalicelib.language.texts import Texts
from chalicelib.programs.receiving import in_language, receiving_of
from chalicelib.programs.table import Program


class IntroductionMessage(NamedTuple):
    """A message, and the addresses that open it in an app; `sms` is empty without a phone number."""

    subject: str
    text: str
    mailto: str
    sms: str


def compose(
    introduction: Introduction, program: Program, sender: str, t: Texts, *, page_url: str
) -> IntroductionMessage:
    """
    Return the message of a partner called *sender*: why, the business's first words, where to meet, and what they earn.

    *page_url* is where the introduced person sees and deletes what is stored about them.
    """
    person, receiving = introduction.person, receiving_of(program)
    assert person is not None, "an erased person gets no message"
    values = {"person": person.name, "program": program.name}
    first_words = in_language(receiving.first_words, t.locale)
    paragraphs = [
        t("intro_msg_hello", **values),
        t("intro_msg_why", why=introduction.why, **values) if introduction.why else t("intro_msg_plain", **values),
        t("intro_msg_first_words", words=first_words, **values) if first_words else "",
        t("intro_msg_calendar", url=receiving.calendar_url) if receiving.calendar_url else "",
        t("intro_msg_disclosure", **values),
        t("intro_msg_page", url=page_url, **values),
        sender,
    ]
    subject, text = t("intro_subject", **values), "\n\n".join(filter(None, paragraphs))
    phone = read_phone(person.phone or "")
    return IntroductionMessage(
        subject,
        text,
        f"mailto:{quote(person.email or '', safe='@')}?{_query(subject, text)}",
        f"sms:{phone}?&body={quote(text, safe='')}" if phone else "",
    )


def _query(subject: str, text: str) -> str:
    return f"subject={quote(subject, safe='')}&body={quote(text, safe='')}"
