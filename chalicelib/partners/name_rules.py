"""
Which names a partner may share, and which spellings are the same name.

Pure: no I/O, no clock. What folds alike is asked about, never paid on a guess, so folding may go far.
"""

import re
import unicodedata
from typing import Literal

from chalicelib.partners.friend_name_shapes import HINT

# Characters of a shared name.
SHORTEST, LONGEST = 3, 50
# A brand of so many characters is refused inside a longer name, too.
_LONG = 5
Objection = Literal["length", "characters", "short", "refused"]

# Characters of Cyrillic and Greek, in lower case, that look like Latin ones, some as capitals only; and Latin ones that
# are not made of a plain one and a mark.
_LOOK_ALIKE = str.maketrans(
    {
        **dict(zip("авекмнорстухіѕјԁһԛԝ", "abekmhopctyxisjdhqw", strict=True)),
        **dict(zip("αβεηικμνορτυχω", "abehikmnoptyxw", strict=True)),
        "0": "o",
        "1": "l",
        "ı": "i",
        "ø": "o",
        "đ": "d",
        "ð": "d",
        "ł": "l",
        "æ": "a",
        "œ": "o",
        "þ": "th",
    }
)
# "Mueller", "Müller" and "Muller" are one spelling, and so are all other names with these pairs.
_UMLAUTS = re.compile("[aou]e")
_ALLOWED = {"Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Nd"}
_BETWEEN = set(" '.-\u2019")
# Where people hear of things, and who speaks for a business: a partner of such a name would take their credit.
_OF_NOBODY = (
    "admin administrator anonymous anonym anzeige arbeit bekannte bekannter bing boss chef customer "
    "customercare customerservice email facebook familie family freund freunde freundin friend friends goodword google "
    "hilfe help influencer instagram internet iemand jemand keiner kunde kundendienst kundenservice linkedin magazin "
    "magazine mail messe mitarbeiter moderator newsletter niemand nobody none noone office official offiziell online "
    "partner podcast print radio reddit referral root service shop snapchat somebody staff store suche support system "
    "team television test threads tiktok tv twitter unbekannt undefined unknown user website werbung whatsapp xing "
    "youtube zeitung"
)
_RUDE_WORDS = (
    "arsch arschloch asshole bastard bitch cunt dildo faggot fick ficken fotze fuck fucker fucking hitler "
    "hure hurensohn kanake kike kkk missgeburt motherfucker nazi neger nigga nigger nutte penis piss porn porno pussy "
    "rape rapist retard scheisse schlampe schwanz schwuchtel sex shit slut spast tits twat vagina vergewaltiger wank "
    "wanker whore wichser wixer"
)


def tidy(name: str) -> str:
    """Return a name with single blanks, in the form in which a character and its marks are one."""
    return " ".join(unicodedata.normalize("NFC", name).split())


def fold_name(name: str) -> str:
    """
    Return what all spellings of a name have in common; empty, without letters and digits.

    >>> fold_name("Anna-Lena Müller") == fold_name("ANNALENA MUELLER") == fold_name("Аnna Lena Muller")
    True
    """
    plain = unicodedata.normalize("NFKD", name).casefold().translate(_LOOK_ALIKE)
    plain = unicodedata.normalize("NFKD", plain).casefold()
    return _UMLAUTS.sub(lambda pair: pair[0][0], "".join(one for one in plain if one.isalnum()))


def find_objection(name: str, *, brand: str) -> Objection | None:
    """Return why a tidy name may not be shared in a program, whose own name is the *brand*; None if it may."""
    if not SHORTEST <= len(name) <= LONGEST:
        return "length"
    kinds = [unicodedata.category(one) for one in name]
    if any(kind not in _ALLOWED and one not in _BETWEEN for one, kind in zip(name, kinds, strict=True)):
        return "characters"
    plain, marks = sum(kind[0] == "L" for kind in kinds), kinds.count("Mn")
    if plain < HINT or marks > plain:
        return "short"
    words = [folded for word in re.split(r"[ .-]", name) if (folded := fold_name(word))]
    return "refused" if _is_refused(words, fold_name(name), fold_name(brand)) else None


def _is_refused(words: list[str], name: str, brand: str) -> bool:
    """Return whether a name is rude, or no person's: "Freund" and "Boss" may be a part of one, but not all of it."""
    # Inside a longer word, a short brand may well be part of a person's name.
    is_brand = brand in (name, *words) or (len(brand) >= _LONG and brand in name)
    return is_brand or name in _NOBODY or not _RUDE.isdisjoint((name, *words)) or _NOBODY.issuperset(words)


def hint_of(address: str) -> str:
    """Return the first two letters or digits of an email address; what a friend types of it is read alike."""
    return "".join(one for one in address.casefold() if one.isalnum())[:HINT]


_NOBODY = frozenset(fold_name(word) for word in _OF_NOBODY.split())
_RUDE = frozenset(fold_name(word) for word in _RUDE_WORDS.split())
