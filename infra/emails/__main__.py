"""`make emails`: puts the style of the page into its tags, for mail programs that read no style sheet."""

from pathlib import Path

import css_inline

SOURCE = Path(__file__).parent
PAGE = Path("chalicelib/emails/page.html")


def inlined() -> str:
    """Return the page with its style in its tags; what asks for a screen or a color scheme stays a style sheet."""
    page = (SOURCE / "page.html").read_text(encoding="utf-8")
    css = (SOURCE / "page.css").read_text(encoding="utf-8")
    style = f"<style>\n{css[css.index('@media') :]}</style>"
    inliner = css_inline.CSSInliner(
        extra_css=css[: css.index("@media")], load_remote_stylesheets=False, keep_style_tags=True
    )
    # The empty sheet of the source holds the place: what inlining leaves behind of the rest is not wanted.
    return inliner.inline(page).replace("<style></style>", style) + "\n"


if __name__ == "__main__":
    PAGE.write_text(inlined(), encoding="utf-8")
    print(f"{PAGE}  {PAGE.stat().st_size / 1e3:.1f} kB")
