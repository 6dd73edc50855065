"""Shows the form for a program's look: as stored, as typed and refused, or with previews of what was typed."""

from datetime import datetime
from typing import Any
from urllib.parse import quote

from chalicelib.admin.page import AdminPage
from chalicelib.admin.revised_forms import Fields, form_values
from chalicelib.kit import colors
from chalicelib.kit.errors import Refused
from chalicelib.programs import find as programs
from chalicelib.programs.logo import MOST_BYTES, MOST_PIXELS
from chalicelib.programs.shapes import ProgramSummary
from chalicelib.programs.share_texts import BUTTONS, Sharing
from chalicelib.programs.table import Logo, Look, Program
from chalicelib.stats.earned import LEAST_PARTNERS
from chalicelib.web import look_draft
from chalicelib.web.card import OURS
from chalicelib.web.look_draft import LookDraft

# The fields for the order of the share buttons.
ORDER = tuple(f"button_{number}" for number in range(1, len(BUTTONS) + 1))
TEXTS = ("name", "postal_address", "imprint_url", "privacy_url")
SWITCHES = ("own_color", "remove_logo", "friend_page", "show_earned")
_BUTTON_NAMES = {"whatsapp": "WhatsApp", "telegram": "Telegram", "email": "Email", "sms": "SMS"}
_PREVIEWS = (("join", "Join page"), ("share", "Share page"), ("friend", "Friend page"), ("email", "Email"))


def look(
    reference: str,
    *,
    done: str = "",
    typed: Fields | None = None,
    logo: Logo | None = None,
    refusal: Refused | None = None,
    draft: LookDraft | None = None,
    at: datetime,
) -> AdminPage:
    """Show the form; *typed* is one that was refused, or is previewed (*draft*), with the *logo* uploaded for it."""
    program = programs.read(programs.find(reference).program.id).program
    form = form_values(program, fields_of(program), typed, refusal)
    values = {
        **form,
        "program": ProgramSummary.of(program),
        "done": done,
        "logo": logo,
        "contrast": _contrast(draft) if draft is not None else [],
        "order": ORDER,
        "buttons": [(name, _BUTTON_NAMES[name]) for name in BUTTONS],
        "least_partners": LEAST_PARTNERS,
        "most_kb": MOST_BYTES // 1000,
        "most_pixels": MOST_PIXELS,
        "previews": _previews(draft, at=at) if draft is not None else [],
    }
    return AdminPage("look", "programs", f"Look of {program.name}", values, frames=draft is not None)


def fields_of(program: Program) -> dict[str, str]:
    """Return a program's look as its form has it."""
    color, sharing = program.look.color if program.look else None, program.sharing or Sharing()
    order = dict(zip(ORDER, sharing.buttons, strict=False))
    return {
        **{name: getattr(program, name) or "" for name in TEXTS},
        "own_color": "on" if color else "",
        "color": color or OURS,
        "logo": program.logo.name if program.logo else "",
        "remove_logo": "",
        "friend_page": "on" if sharing.friend_page else "",
        "show_earned": "on" if sharing.show_earned else "",
        **{name: order.get(name, "") for name in ORDER},
    }


def _contrast(draft: LookDraft) -> list[str]:
    chosen = draft.change.look
    return describe_color(chosen.color) if isinstance(chosen, Look) and chosen.color else []


def describe_color(color: str) -> list[str]:
    """Return in words how readable a color is, and how it is changed where it is not."""
    fill = "White" if colors.text_on(color) == colors.WHITE else "Black"
    ratio = colors.contrast(color, colors.text_on(color))
    sentences = [f"Buttons have this color. {fill} text on it has a contrast of {ratio:.1f}:1; 4.5:1 is readable."]
    scheme = colors.scheme_of(color)
    for where, palette, change in (
        ("On white paper", scheme.light, "darker"),
        ("In dark mode", scheme.dark, "lighter"),
    ):
        if palette.accent == color:
            sentences.append(f"{where}, links and lines have it too.")
        else:
            sentences.append(f"{where}, it is hard to read as text, so links and lines are {change}: {palette.accent}.")
    return sentences


def _previews(draft: LookDraft, *, at: datetime) -> list[dict[str, Any]]:
    signed = quote(look_draft.sign(draft, at=at), safe="")
    sharing = draft.change.sharing
    has_friend_page = isinstance(sharing, Sharing) and sharing.friend_page
    return [
        {"title": title, "path": f"/preview?page={page}&look={signed}"}
        for page, title in _PREVIEWS
        if page != "friend" or has_friend_page
    ]
