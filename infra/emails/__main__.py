"""`make emails`: puts the style of the page into its tags, for mail programs that read no style sheet."""

import re
from pathlib import Path

import css_inline

SOURCE = Path(__file__).parent
PAGE = Path("chalicelib/emails/page.html")
# The design's own color is replaced by the brand's color.
_OF_THE_BRAND = {
    "background:#1f6f4a": "background:{{ brand.light.fill }}",
    "color:#1f6f4a": "color:{{ brand.light.accent }}",
    "color:#ffffff": "color:{{ brand.light.on }}",
    "background:#63c394": "background:{{ brand.dark.fill }}",
    "color:#63c394": "color:{{ brand.dark.accent }}",
    "color:#0c1410": "color:{{ brand.dark.on }}",
}


def inlined() -> str:
    """Return the page with its style in its tags; what asks for a screen or a color scheme stays a style sheet."""
    page = (SOURCE / "page.html").read_text(encoding="utf-8")
    css = (SOURCE / "page.css").read_text(encoding="utf-8")
    style = f"<style>\n{css[css.index('@media') :]}</style>"
    inliner = css_inline.CSSInliner(
        extra_css=css[: css.index("@media")], load_remote_stylesheets=False, keep_style_tags=True
    )
    # The empty sheet of the source holds the place: what inlining leaves behind of the rest is not wanted.
    written = inliner.inline(page).replace("<style></style>", style) + "\n"
    for color, variable in _OF_THE_BRAND.items():
        # The inliner writes a space where the sheet has none.
        name, value = color.split(":")
        replacement = variable.replace(":", r":\1", 1)
        written = re.sub(rf"(?<![-\w]){name}:( ?){value}", replacement, written)
    return written


if __name__ == "__main__":
    PAGE.write_text(inlined(), encoding="utf-8")
    print(f"{PAGE}  {PAGE.stat().st_size / 1e3:.1f} kB")
