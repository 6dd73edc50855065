"""
QR codes of a link, as SVG and PNG.

Pure: no I/O, no clock.
"""

from io import BytesIO
from typing import Any


def draw_svg(url: str) -> str:
    """Return the code as a small SVG that scales: black on white, so that any camera reads it."""
    out = BytesIO()
    _code(url).save(
        out, kind="svg", border=4, scale=1, light="#fff", xmldecl=False, svgns=True, omitsize=True, nl=False
    )
    return out.getvalue().decode()


def draw_png(url: str) -> bytes:
    """Return the code as a PNG of some 300 pixels, for printing and for messengers."""
    out = BytesIO()
    _code(url).save(out, kind="png", border=4, scale=8)
    return out.getvalue()


def _code(url: str) -> Any:
    # Imported late: few calls draw anything.
    import segno

    return segno.make(url, error="m", micro=False)
