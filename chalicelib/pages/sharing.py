"""The ways in which a partner can send a message to friends."""

from collections.abc import Mapping, Sequence
from urllib.parse import quote

from chalicelib.kit import config
from chalicelib.links.table import Link
from chalicelib.programs.share_texts import Button
from chalicelib.programs.table import Program
from chalicelib.web.share_messages import with_link
from chalicelib.web.shared_links import shared_url

# In which order people send messages: where it is usual in a country, and elsewhere.
_USUAL: tuple[Button, ...] = ("whatsapp", "sms", "email", "telegram")
_BY_COUNTRY: Mapping[str, tuple[Button, ...]] = {
    **dict.fromkeys(("US", "CA", "AU", "NZ"), ("sms", "email", "whatsapp", "telegram")),
    **dict.fromkeys(("SE", "NO", "DK", "FR"), ("sms", "whatsapp", "email", "telegram")),
    **dict.fromkeys(("JP", "KR", "CN", "TW"), ("email", "sms", "whatsapp", "telegram")),
    **dict.fromkeys(("RU", "UA", "BY", "KZ", "UZ", "IR", "ET"), ("telegram", "whatsapp", "sms", "email")),
}


def buttons(program: Program, country: str) -> Sequence[Button]:
    """Return the buttons to share by, in their order: a program's own, or as is usual in a reader's country."""
    chosen = program.sharing.buttons if program.sharing else []
    return chosen or _BY_COUNTRY.get(country, _USUAL)


def ways(link: Link, program: Program, texts: Mapping[str, str]) -> dict[str, str]:
    """Return the addresses that open an app with what is ready to be sent, and those of the QR code's pictures."""
    url = shared_url(link.code, program)

    def ready(channel: str) -> str:
        return quote(with_link(texts[channel], url), safe="")

    picture = f"{config.public_url()}/v1/qr/{link.code}"
    return {
        "whatsapp": f"https://wa.me/?text={ready('whatsapp')}",
        "sms": f"sms:?&body={ready('sms')}",
        "email": f"mailto:?subject={quote(texts['subject'], safe='')}&body={ready('email')}",
        "telegram": f"https://t.me/share/url?{_for_telegram(url, texts['message'])}",
        "png": f"{picture}.png",
        "svg": f"{picture}.svg",
    }


def _for_telegram(url: str, message: str) -> str:
    """Return what Telegram puts into a chat: `url`, below it `text`. A message with the link in it is `url` alone."""
    if url in message:
        return f"url={quote(message, safe='')}"
    return f"url={quote(url, safe='')}&text={quote(message, safe='')}"
