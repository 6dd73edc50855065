"""Asks on a page of the website: its server asks whether, and the page itself, with a token, in which words."""

from datetime import datetime

from chalicelib.audit.actor import Actor
from chalicelib.language.texts import texts
from chalicelib.moments.asking import ask_on_page, find_person
from chalicelib.moments.links import AskLinkRefused, find_by_token, url_of
from chalicelib.moments.shapes import AskQuery, AskView, AskWords
from chalicelib.moments.view import view_ask, words_of
from chalicelib.programs import find as programs


def ask(reference: str, query: AskQuery, *, actor: Actor, at: datetime) -> AskView:
    """Return whether a customer is asked now, in their language or the one that is named."""
    program_terms = programs.find(query.program)
    outcome = ask_on_page(reference, program_terms.program, actor=actor, at=at)
    person = find_person(reference, program_terms.program) if outcome.moment is not None else None
    locale = query.language or (person.customer.locale if person is not None else None) or "en"
    return view_ask(outcome, program_terms, locale, at=at)


def words_for(token: str, language: str, *, at: datetime) -> AskWords:
    """Return what a page shows for a token that the server made. Any other text is refused alike."""
    moment = find_by_token(token, at=at)
    program_terms, t = programs.find(moment.program_id), texts(language)
    return AskWords(
        "ask_words",
        words=words_of(moment, program_terms, t, at=at),
        join=t["ask_join"],
        decline=t["ask_decline"],
        join_url=f"{url_of(moment)}?lang={t.locale}",
        language=t.locale,
    )


def program_of(token: str, *, at: datetime) -> str | None:
    """Return the program whose pages may use a token."""
    try:
        return find_by_token(token, at=at).program_id
    except AskLinkRefused:
        return None
