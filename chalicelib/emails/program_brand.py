"""The color and the logo of the program that an email is about."""

from chalicelib.emails.brand import OURS, EmailBrand
from chalicelib.kit.colors import Scheme, scheme_of
from chalicelib.programs.table import Program

# In pixels, as a logo is shown at most.
_LOGO_WIDTH, _LOGO_HEIGHT = 220, 48


def brand_of(program: Program | None) -> EmailBrand:
    """Return the brand of the program that an email is about; ours if it is about several, or none."""
    if program is None:
        return OURS
    color = program.look.color if program.look else None
    scheme = scheme_of(color) if color else Scheme(OURS.light, OURS.dark)
    if program.logo is None:
        return EmailBrand(scheme.light, scheme.dark)
    logo = program.logo
    smaller = min(1.0, _LOGO_WIDTH / logo.width, _LOGO_HEIGHT / logo.height)
    width, height = max(1, round(logo.width * smaller)), max(1, round(logo.height * smaller))
    return EmailBrand(scheme.light, scheme.dark, logo.url, width, height)
