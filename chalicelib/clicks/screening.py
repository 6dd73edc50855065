"""
Who came by: a person, a bot, a link preview, a prefetch. Decided from one request, with a reason.

Pure: no I/O, no clock.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

# Services that fetch a link once to draw its preview in a chat or a feed.
_PREVIEW = re.compile(
    r"facebookexternalhit|facebookcatalog|twitterbot|^whatsapp/|slackbot|slack-imgproxy|telegrambot|discordbot"
    r"|linkedinbot|skypeuripreview|^viber|redditbot|mastodon|iframely|embedly|vkshare|kakaotalk-scrap|line-poker"
    r"|snap url preview|bingpreview|microsoftpreview|cardyb|pinterestbot|google-pagerenderer|bitlybot|^tumblr|zoombot"
    r"|google-.*preview|^applebot|chatlyio|flipboardproxy",
    re.IGNORECASE,
)
# Words that machines put into their names and browsers do not; what people's apps share with them is let out.
_BOT = re.compile(
    r"(?<!cu)bot\b|(?<!cu)bot[^a-z ]|bots|crawl|spider|slurp|scrap|fetch|http|www\.|\burl"
    r"|[a-z]\.(?:com|org|net|io|ru|de|eu|fr|jp|cz|info|ai|co)\b|@(?!\d)"
    r"|scan|check|monitor|preview|validat|analy[sz]|archiv|feed|index|search(?!;|craft|app|browser)|agent|verif|headless"
    r"|phantom|lighthouse|google(?!/google| ?app|apps|android|tv)|yahoo(?!mobile| ?app)|bing(?!sapphire|web)|facebook(?!;|app)"
    r"|python|\bjava|ruby|perl\b|curl|wget|go-|libwww|probe|\btest|news(?! ?app)|reader(?! ?app)|\bsite|\bseo|link(?!edin)|audit"
    r"|robot|worm|harvest|proxy|mediapartner|inspect|snap(?!chat)|screen|download|client|cloud(?!_)|datanyze|ptst|dareboost"
    r"|pages?\b|pagespeed|web(?!kit|view|0s|os|apk|app)|compatible; (?!msie)|\bcode/|\btrae/|pingdom|appinsights|zgrab|outbrain|synthetics"
    r"|playwright|selenium|puppeteer|cypress|collapsify|hardenize|manus|silktide|fluid/|sindup|turingos|\bdlc/|foregenix"
    r"|gtmetrix|hotjar|marketgoo|openvas|readable|securityheaders|splash|rigor|\bylt\b|watchtowr|finder|ips-|gpt|claude"
    r"|facebot|daum|ichiro|yandex\.|netcraft|nessus|sqlmap|nikto|wordpress|optimizer|sprinklr|apachebench|okhttp|scope3",
    re.IGNORECASE,
)
_BROWSER = re.compile(r"\"?(?:Mozilla/\d|Opera/\d)")
# In-app browsers of phones whose own names hold a word from above.
_PERSON = re.compile(r"iabmv/|\[fb(?:an|av|_iab)|; ?wv\).*instagram|bingsapphire|ecosia |naver\(inapp", re.IGNORECASE)


class Screening(NamedTuple):
    """The class of a hit, and why."""

    kind: str
    reason: str


HUMAN = Screening("human", "browser")


def screen(method: str, headers: Mapping[str, str]) -> Screening:
    """Return the class of a hit. *headers* have lower-case names. A doubt is resolved for the person."""
    if method == "HEAD":
        return Screening("head", "head_request")
    purpose = " ".join(headers.get(name, "") for name in ("sec-purpose", "purpose", "x-purpose", "x-moz")).lower()
    if "prefetch" in purpose or "prerender" in purpose:
        return Screening("prefetch", "prefetch_header")
    if "preview" in purpose:
        return Screening("preview", "preview_header")
    if headers.get("sec-fetch-dest", "document") not in ("document", "empty", "iframe"):
        return Screening("bot", "embedded_as_" + re.sub(r"[^a-z]", "", headers["sec-fetch-dest"].lower())[:20])
    return _by_user_agent(headers.get("user-agent", "")[:1000])


@lru_cache(maxsize=4096)
def _by_user_agent(user_agent: str) -> Screening:
    if not user_agent.strip():
        return Screening("bot", "no_user_agent")
    if _PREVIEW.search(user_agent):
        return Screening("preview", "preview_user_agent")
    if not _BROWSER.match(user_agent):
        return Screening("bot", "not_a_browser")
    if _PERSON.search(user_agent):
        return HUMAN
    if _BOT.search(user_agent):
        return Screening("bot", "bot_user_agent")
    return HUMAN
