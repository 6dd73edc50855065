"""Pictures for tests, written by hand: the service has no library for them either."""

import struct
import zlib

EXIF = b"Exif\0\0 taken at 52.5 N 13.4 E"


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width=4, height=2, *more, pixels=None):
    """Return a gray PNG, with *more* chunks before its pixels, or other bytes for these."""
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    lines = (b"\0" + b"\x7f" * width) * height if pixels is None else pixels
    parts = [chunk(b"IHDR", header), *(chunk(*one) for one in more), chunk(b"IDAT", zlib.compress(lines))]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts) + chunk(b"IEND", b"")


def jpeg(width=8, height=8, *, frame=0xC0):
    """Return what has the form of a JPEG with metadata: two scans, with an application's segment between them."""

    def segment(marker, data):
        return bytes([0xFF, marker]) + struct.pack(">H", len(data) + 2) + data

    sizes = struct.pack(">BHHB", 8, height, width, 1) + b"\x01\x11\0"
    head = segment(0xE1, EXIF) + segment(0xFE, b"by Ada") + segment(0xDB, bytes(65)) + segment(frame, sizes)
    scan = segment(0xDA, b"\x01\x01\0\0\x3f\0") + b"\x12\xff\0\x34\xff\xd0\x56"
    return b"\xff\xd8" + head + scan + segment(0xE2, EXIF) + scan + b"\xff\xd9" + b"after its end"
