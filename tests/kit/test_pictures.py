"""Pictures from outside: read strictly, and written anew without metadata."""

import pytest

from chalicelib.kit.pictures import Picture, clean
from tests.pictures import EXIF, chunk, jpeg, png

MOST = 100


def test_a_png_keeps_its_pixels_and_loses_its_metadata():
    picture = clean(png(4, 2, (b"tEXt", b"Author\0Ada"), (b"eXIf", EXIF)) + b"after its end", most_pixels=MOST)

    assert picture == Picture(png(4, 2), "image/png", 4, 2)


def test_a_jpeg_keeps_its_scans_and_loses_its_metadata():
    picture = clean(jpeg(8, 6), most_pixels=MOST)

    assert (picture.media_type, picture.width, picture.height) == ("image/jpeg", 8, 6)
    assert EXIF not in picture.content
    assert b"Ada" not in picture.content
    assert picture.content.count(b"\x12\xff\0\x34\xff\xd0\x56") == 2
    assert picture.content.endswith(b"\xff\xd9")
    assert clean(picture.content, most_pixels=MOST) == picture


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "neither a PNG nor a JPEG"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "neither a PNG nor a JPEG"),
        (b"GIF89a", "neither a PNG nor a JPEG"),
        (png(101, 1), "101 by 1 pixels, and a side may have 100"),
        (jpeg(8, 200), "8 by 200 pixels"),
        (jpeg(frame=0xC3), "browsers do not show"),
    ],
)
def test_what_is_no_picture_for_a_browser_is_refused_with_its_reason(content, reason):
    with pytest.raises(ValueError, match=reason):
        clean(content, most_pixels=MOST)


@pytest.mark.parametrize("whole", [png(), jpeg()])
def test_a_picture_that_ends_early_is_damaged_wherever_it_ends(whole):
    for length in range(12, len(whole) - len(b"after its end")):
        with pytest.raises(ValueError, match="damaged"):
            clean(whole[:length], most_pixels=MOST)


@pytest.mark.parametrize(
    "content",
    [
        png(4, 2, (b"ABCD", b"")),
        png(4, 2, pixels=b"\0" * 5),
        png(4, 2, pixels=bytes(50_000_000)),
        png()[:-20] + b"\0" + png()[-19:],
        png()[:8] + chunk(b"IEND", b""),
    ],
)
def test_a_png_that_is_not_what_it_says_is_damaged(content):
    with pytest.raises(ValueError, match="damaged"):
        clean(content, most_pixels=MOST)
