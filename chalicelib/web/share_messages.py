"""The messages that partners send to friends: the program's own words, or ours, filled in."""

from collections.abc import Sequence

from chalicelib.language.texts import Texts
from chalicelib.programs import sentences
from chalicelib.programs.share_texts import ShareTexts, fill
from chalicelib.programs.table import Program
from chalicelib.programs.terms import Rule
from chalicelib.web.shared_links import shared_url


def messages(program: Program, rules: Sequence[Rule], t: Texts, *, name: str, code: str | None) -> dict[str, str]:
    """
    Return the message for each channel, and the subject of an email, as a partner of that *name* sends it.

    *code* is that of the partner's link, if they have one. The link follows the message, unless it is in it.
    """
    own = program.share_texts.get(t.language, ShareTexts())
    values = {
        "program": program.name,
        "link": shared_url(code, program) if code else "",
        "code": code.upper() if code else "",
        "name": name,
        "friend_gets": sentences.friend_gets(rules, program.currency, t),
    }
    ready = f"{t('ready', program=program.name)} {values['friend_gets']}".strip()
    message = fill(own.message, values) if own.message else ready
    return {
        "message": message,
        "whatsapp": fill(own.whatsapp, values) if own.whatsapp else message,
        "sms": fill(own.sms, values) if own.sms else message,
        "email": fill(own.email, values) if own.email else message,
        "subject": fill(own.email_subject, values) if own.email_subject else t("subject", program=program.name),
    }


def with_link(text: str, url: str) -> str:
    """Return a message with the link, which follows it unless it is in it."""
    return text if url in text else f"{text} {url}"
