"""The picture of a program without a logo: a PNG that is small, and one that can be seen, in any color."""

import pytest

from chalicelib.kit import pictures
from chalicelib.kit.colors import contrast, text_on
from chalicelib.web.card import HEIGHT, WIDTH, find_card, name_of


@pytest.mark.parametrize("color", ["#000000", "#ffffff", "#ffd400", "#777777"])
def test_a_card_is_a_sound_png_of_a_few_kilobytes_and_its_gift_can_be_seen(color):
    card = find_card(name_of(color))

    assert pictures.clean(card.content, most_pixels=WIDTH) == card
    assert (card.width, card.height) == (WIDTH, HEIGHT)
    assert len(card.content) < 5_000
    assert contrast(color, text_on(color)) >= 4.5


def test_without_a_color_it_is_in_ours():
    assert find_card(name_of(None)) == find_card(name_of("#1b6845"))
