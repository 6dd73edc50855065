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


def modules_of(url: str) -> list[bytes]:
    """Return the code's lines from top to bottom, of a byte a module: 1 where it is dark."""
    return [bytes(one & 1 for one in row) for row in _code(url).matrix]


def _code(url: str) -> Any:
    # Imported late: few calls draw anything.
    import segno

    return segno.make(url, error="m", micro=False)
