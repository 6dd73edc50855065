"""
Pictures: untrusted ones, parsed strictly and written again without anything that is not the picture; and our own.

PNG and JPEG, because every browser and mail program shows them. Pixels are not decoded: the standard library cannot,
and a library for pictures would double what a function loads. An SVG is refused: it can hold scripts.

Pure: no I/O, no clock.
"""

import struct
import zlib
from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct

_PNG = b"\x89PNG\r\n\x1a\n"
_SAMPLES = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
# What a PNG needs to look as it does: its header, colors, transparency and pixels.
_PNG_CHUNKS = frozenset({b"IHDR", b"PLTE", b"tRNS", b"gAMA", b"sRGB", b"IDAT", b"IEND"})
_CRITICAL = frozenset({b"IHDR", b"PLTE", b"IDAT", b"IEND"})
# Segments of a JPEG: those with its size, those that are left out, and Adobe's, which says how colors are written.
_FRAMES = frozenset({0xC0, 0xC1, 0xC2})
_OTHER_FRAMES = frozenset({0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF})
_SCAN, _END, _ADOBE, _COMMENT = 0xDA, 0xD9, 0xEE, 0xFE


class Picture(Struct, frozen=True):
    """A picture in its new form, with its media type and its size in pixels."""

    content: bytes
    media_type: str
    width: int
    height: int


def clean(content: bytes, *, most_pixels: int) -> Picture:
    """
    Return a picture without metadata: no place, camera, author, color profile or comment, and nothing after its end.

    *most_pixels* is the longest side allowed. Raises ValueError, with a clause that says why, for anything else.
    """
    try:
        if content.startswith(_PNG):
            return _clean_png(content, most_pixels)
        if content.startswith(b"\xff\xd8\xff"):
            return _clean_jpeg(content, most_pixels)
    except (struct.error, IndexError, zlib.error) as error:
        raise ValueError("the file is damaged") from error
    raise ValueError("it is neither a PNG nor a JPEG file")


def draw(width: int, lines: Iterable[bytes], colors: Sequence[tuple[int, int, int]]) -> bytes:
    """Return a PNG of lines of *width* pixels from top to bottom, of which each is the number of one of its colors."""
    pixels = [b"\0" + line for line in lines]
    header = struct.pack(">IIBBBBB", width, len(pixels), 8, 3, 0, 0, 0)
    palette = b"".join(bytes(color) for color in colors)
    chunks = ((b"IHDR", header), (b"PLTE", palette), (b"IDAT", zlib.compress(b"".join(pixels), 9)), (b"IEND", b""))
    return _PNG + b"".join(_chunk(kind, data) for kind, data in chunks)


def _clean_png(content: bytes, most_pixels: int) -> Picture:
    chunks = list(_read_chunks(content))
    if not chunks or chunks[0][0] != b"IHDR" or chunks[-1][0] != b"IEND":
        raise ValueError("the file is damaged")
    width, height, depth, color, compression, filtering, interlaced = struct.unpack(">IIBBBBB", chunks[0][1])
    if depth not in _DEPTHS.get(color, ()) or compression or filtering or interlaced > 1:
        raise ValueError("the file is damaged")
    _check_size(width, height, most_pixels)
    # A few bytes can unpack to gigabytes: no more is unpacked than a picture of this size has.
    most = 2 * height * (width * _SAMPLES[color] * depth // 8 + 16)
    unpacking = zlib.decompressobj()
    unpacked = unpacking.decompress(b"".join(data for kind, data in chunks if kind == b"IDAT"), most)
    line = -(-width * _SAMPLES[color] * depth // 8) + 1
    if not unpacking.eof or (not interlaced and len(unpacked) != line * height):
        raise ValueError("the file is damaged")
    cleaned = b"".join(_chunk(kind, data) for kind, data in chunks if kind in _PNG_CHUNKS)
    return Picture(_PNG + cleaned, "image/png", width, height)


def _read_chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield the chunks of a PNG up to its end, whose checksums are right."""
    place = len(_PNG)
    while True:
        length, kind = struct.unpack_from(">I4s", content, place)
        data = content[place + 8 : place + 8 + length]
        (checksum,) = struct.unpack_from(">I", content, place + 8 + length)
        if checksum != zlib.crc32(kind + data) or (kind[:1].isupper() and kind not in _CRITICAL):
            raise ValueError("the file is damaged")
        yield kind, data
        if kind == b"IEND":
            return
        place += 12 + length


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _clean_jpeg(content: bytes, most_pixels: int) -> Picture:
    cleaned, size = bytearray(content[:2]), None
    for marker, start, end in _read_segments(content):
        if marker in _OTHER_FRAMES:
            raise ValueError("it is a kind of JPEG that browsers do not show")
        if marker in _FRAMES:
            height, width = struct.unpack_from(">HH", content, start + 5)
            size = (width, height)
            _check_size(width, height, most_pixels)
        if not _is_metadata(marker):
            cleaned += content[start:end]
    if size is None:
        raise ValueError("the file is damaged")
    cleaned += _read_scans(content, end)
    return Picture(bytes(cleaned), "image/jpeg", *size)


def _read_segments(content: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield the segments of a JPEG up to the header of its first scan: the marker of each, its start and its end."""
    marker, start = 0, 2
    while marker != _SCAN:
        while content[start : start + 2] == b"\xff\xff":
            start += 1
        marker = content[start + 1]
        if content[start] != 0xFF or marker == _END:
            raise ValueError("the file is damaged")
        end = _end_of_segment(content, start)
        yield marker, start, end
        start = end


def _end_of_segment(content: bytes, start: int) -> int:
    (length,) = struct.unpack_from(">H", content, start + 2)
    if length < 2 or start + 2 + length > len(content):
        raise ValueError("the file is damaged")
    return int(start + 2 + length)


def _is_metadata(marker: int) -> bool:
    return marker == _COMMENT or (0xE0 <= marker <= 0xEF and marker != _ADOBE)


def _read_scans(content: bytes, place: int) -> bytes:
    """Return the scans of a JPEG up to its end, without what an application wrote between them."""
    cleaned = bytearray()
    while True:
        marker_at = content.find(b"\xff", place)
        if marker_at < 0:
            raise ValueError("the file is damaged")
        cleaned += content[place:marker_at]
        marker = content[marker_at + 1]
        # A stuffed byte or a restart belongs to the scan.
        if marker == 0 or 0xD0 <= marker <= 0xD7:
            cleaned += content[marker_at : marker_at + 2]
            place = marker_at + 2
        elif marker == 0xFF:
            place = marker_at + 1
        elif marker == _END:
            return bytes(cleaned) + b"\xff\xd9"
        else:
            place = _end_of_segment(content, marker_at)
            if not _is_metadata(marker):
                cleaned += content[marker_at:place]


def _check_size(width: int, height: int, most_pixels: int) -> None:
    if not width or not height:
        raise ValueError("the file is damaged")
    if max(width, height) > most_pixels:
        raise ValueError(f"it has {width} by {height} pixels, and a side may have {most_pixels}")
