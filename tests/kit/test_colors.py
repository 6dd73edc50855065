"""Colors that can be read, whichever a business has."""

import itertools

from chalicelib.kit.colors import READABLE, contrast, scheme_of, text_on

SOME = [f"#{red:02x}{green:02x}{blue:02x}" for red, green, blue in itertools.product(range(0, 256, 51), repeat=3)]


def test_every_text_in_or_on_a_color_can_be_read_on_light_and_on_dark_pages():
    for color in SOME:
        check_color(color)


def check_color(color):
    scheme = scheme_of(color)

    for palette, backgrounds, ink in (
        (scheme.light, ["#f6f5ef", "#ffffff"], "#17211b"),
        (scheme.dark, ["#101512", "#19201c", "#1b221e"], "#eef2ec"),
    ):
        assert palette.fill == color
        assert contrast(palette.fill, palette.on) >= READABLE
        assert contrast(ink, palette.tint) >= READABLE
        for background in (*backgrounds, palette.tint):
            assert contrast(palette.accent, background) >= READABLE


def test_a_color_that_can_be_read_stays_as_it_is():
    assert scheme_of("#1b6845").light.accent == "#1b6845"


def test_text_is_white_where_white_can_be_read_and_else_black():
    assert [text_on(one) for one in ("#1b6845", "#ffd400", "#000000", "#ffffff")] == [
        "#ffffff",
        "#000000",
        "#ffffff",
        "#000000",
    ]
