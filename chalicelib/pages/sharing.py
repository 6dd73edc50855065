"""What a partner can send to friends: messages that are ready, and the ways to send them."""

from collections.abc import Mapping, Sequence
from urllib.parse import quote

from chalicelib.kit import config
from chalicelib.language.texts import Texts
from chalicelib.links.table import Link
from chalicelib.partners.find import PartnerProfile
from chalicelib.programs import sentences
from chalicelib.programs.find import ProgramTerms
from chalicelib.programs.share_texts import Button, ShareTexts, fill
from chalicelib.programs.table import Program, TermsVersion
from chalicelib.web.shared_links import shared_url

# In which order people send messages: where it is usual in a country, and elsewhere.
_USUAL: tuple[Button, ...] = ("whatsapp", "sms", "email", "telegram")
_BY_COUNTRY: Mapping[str, tuple[Button, ...]] = {
    **dict.fromkeys(("US", "CA", "AU", "NZ"), ("sms", "email", "whatsapp", "telegram")),
    **dict.fromkeys(("SE", "NO", "DK", "FR"), ("sms", "whatsapp", "email", "telegram")),
    **dict.fromkeys(("JP", "KR", "CN", "TW"), ("email", "sms", "whatsapp", "telegram")),
    **dict.fromkeys(("RU", "UA", "BY", "KZ", "UZ", "IR", "ET"), ("telegram", "whatsapp", "sms", "email")),
}


def messages(
    profile: PartnerProfile, program_terms: ProgramTerms, terms: TermsVersion, link: Link | None, t: Texts
) -> dict[str, str]:
    """Return what is ready to be sent: the program's own words, or ours; the link follows, unless it is in it."""
    program = program_terms.program
    own = program.share_texts.get(t.language, ShareTexts())
    values = {
        "program": program.name,
        "link": shared_url(link.code, program) if link else "",
        "code": link.code.upper() if link else "",
        "name": profile.partner.name,
        "friend_gets": sentences.friend_gets(terms.rules, program.currency, t),
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


def buttons(program: Program, country: str) -> Sequence[Button]:
    """Return the buttons to share by, in their order: a program's own, or as is usual in a reader's country."""
    chosen = program.sharing.buttons if program.sharing else []
    return chosen or _BY_COUNTRY.get(country, _USUAL)


def ways(link: Link, program: Program, texts: Mapping[str, str]) -> dict[str, str]:
    """Return the addresses that open an app with what is ready to be sent, and those of the QR code's pictures."""
    url = shared_url(link.code, program)

    def with_link(channel: str) -> str:
        text = texts[channel]
        return quote(text if url in text else f"{text} {url}", safe="")

    picture = f"{config.public_url()}/v1/qr/{link.code}"
    return {
        "whatsapp": f"https://wa.me/?text={with_link('whatsapp')}",
        "sms": f"sms:?&body={with_link('sms')}",
        "email": f"mailto:?subject={quote(texts['subject'], safe='')}&body={with_link('email')}",
        "telegram": f"https://t.me/share/url?{_for_telegram(url, texts['message'])}",
        "png": f"{picture}.png",
        "svg": f"{picture}.svg",
    }


def _for_telegram(url: str, message: str) -> str:
    """Return what Telegram puts into a chat: `url`, below it `text`. A message with the link in it is `url` alone."""
    if url in message:
        return f"url={quote(message, safe='')}"
    return f"url={quote(url, safe='')}&text={quote(message, safe='')}"
