"""Words of an ask: the rule's own in the customer's language, or ours, with what the program gives for a friend."""

from datetime import datetime

from chalicelib.kit import instants
from chalicelib.language.texts import Texts, texts
from chalicelib.moments.asking import Outcome
from chalicelib.moments.links import token_of, url_of
from chalicelib.moments.shapes import AskView
from chalicelib.moments.table import Moment
from chalicelib.programs import sentences
from chalicelib.programs.find import ProgramTerms
from chalicelib.programs.table import Program


def view_ask(outcome: Outcome, program_terms: ProgramTerms, locale: str, *, at: datetime) -> AskView:
    """Return what the website's server is answered: the same fields, whoever the customer is."""
    moment = outcome.moment
    if moment is None:
        return AskView("ask", ask=False, because=outcome.because, **dict.fromkeys(_ABOUT))
    return AskView(
        "ask",
        ask=True,
        because=None,
        moment=moment.id,
        rule=moment.rule,
        words=words_of(moment, program_terms, texts(locale), at=at),
        join_url=f"{url_of(moment)}?lang={texts(locale).locale}",
        token=token_of(moment),
        until=instants.text(moment.good_until),
    )


_ABOUT = ("moment", "rule", "words", "join_url", "token", "until")


def words_of(moment: Moment, program_terms: ProgramTerms, t: Texts, *, at: datetime) -> str:
    """Return in which words a customer is asked."""
    program = program_terms.program
    own = own_words(moment, program, t)
    if own is not None:
        return own
    rules = program_terms.in_force(at).rules
    offers = (sentences.summary(rules, side, program.currency, t) for side in ("referee", "referrer"))
    return " ".join(filter(None, (t("ask_words", program=program.name), *offers)))


def own_words(moment: Moment, program: Program, t: Texts) -> str | None:
    """Return the rule's own words in a language, if it has some."""
    rule = program.asking.rule(moment.rule) if program.asking is not None else None
    return rule.words.get(t.locale.partition("-")[0]) if rule is not None else None
