"""
The closed sets of materials.

Pure: no I/O, no clock.
"""

from collections.abc import Mapping
from typing import Literal, get_args

from msgspec import Struct

Kind = Literal["guide", "agreement", "kit", "script", "faq", "training", "template"]
KINDS: tuple[Kind, ...] = get_args(Kind)
State = Literal["draft", "published", "withdrawn"]
# With those of the starter set, which are of no program.
ListedState = Literal["draft", "published", "withdrawn", "starter"]
STATES: tuple[State, ...] = get_args(State)
# Where a template is posted or sent.
Channel = Literal["x", "linkedin", "instagram", "facebook", "whatsapp", "sms", "email"]
CHANNELS: tuple[Channel, ...] = get_args(Channel)
# How many characters each takes; of an SMS, two parts, and of an email, what people read. X counts any link as 23.
LONGEST: Mapping[Channel, int] = {
    "x": 280,
    "linkedin": 3_000,
    "instagram": 2_200,
    "facebook": 5_000,
    "whatsapp": 1_000,
    "sms": 306,
    "email": 5_000,
}


class Audience(Struct, frozen=True, forbid_unknown_fields=True):
    """For whom a material is: partners of any of these categories and of any of these tiers; all, if there are none."""

    categories: tuple[str, ...] = ()
    tiers: tuple[str, ...] = ()
