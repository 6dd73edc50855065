"""The mark-up of materials: what is read of a text, and that nothing else ever is."""

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.materials.markup import NAMES, Block, Piece, as_text, fill_in, fill_title, find_objection, parse

PARTS = st.sampled_from(
    [
        "## ",
        "- ",
        "1. ",
        "**",
        "[x](https://a.example/b)",
        "[x](javascript:alert(1))",
        "<b>",
        "\n",
        "\n\n",
        "&",
        "word ",
    ]
)
TEXTS = st.lists(PARTS | st.text(max_size=4), max_size=20).map("".join)
VALUES = {**dict.fromkeys(NAMES, ""), "program": "Tea {{code}}", "code": "ADA"}


def test_paragraphs_headings_lists_steps_and_links_are_read_and_nothing_else():
    text = "A **strong** word.\nSecond line.\n\n## Title\n- one\n- [two](https://a.example/x)\n1. first\n<b>no</b>"

    assert parse(text) == [
        Block("paragraph", [[Piece("A "), Piece("strong", strong=True), Piece(" word.")], [Piece("Second line.")]]),
        Block("heading", [[Piece("Title")]]),
        Block("list", [[Piece("one")], [Piece("two", url="https://a.example/x")]]),
        Block("steps", [[Piece("first")]]),
        Block("paragraph", [[Piece("<b>no</b>")]]),
    ]


def test_an_address_among_words_leads_where_it_says_without_the_full_stop():
    [block] = parse("See https://a.example/x?y=1. Or (http://b.example).")

    assert [one.url for one in block.lines[0] if one.url] == ["https://a.example/x?y=1", "http://b.example"]
    assert "".join(one.words for one in block.lines[0]) == "See https://a.example/x?y=1. Or (http://b.example)."


def test_a_value_is_never_read_for_names_and_a_line_of_empty_ones_is_left_out():
    assert fill_in("{{program}} and {{link}}{{code}}\n{{link}}\nend {{ link }}", VALUES) == "Tea {{code}} and ADA"
    assert fill_title("Week with {{program}}", "Tea {{code}}") == "Week with Tea {{code}}"


def test_unknown_and_broken_names_are_objected_to():
    assert find_objection("{{program}} {{ code }}") is None
    assert "'nobody'" in str(find_objection("{{nobody}}"))
    assert find_objection("{{ two words }}") is not None
    assert "'code'" in str(find_objection("{{code}}", names={"program"}))


def test_the_text_says_where_links_lead():
    assert as_text("Title", parse("## Part\n\n- [two](https://a.example/x)\n\nhttps://b.example/y")) == (
        "Title\n=====\n\nPart\n----\n\n- two (https://a.example/x)\n\nhttps://b.example/y\n"
    )


@given(TEXTS)
def test_whatever_is_written_no_link_leads_to_anything_but_a_web_page(text):
    for block in parse(text):
        for piece in (piece for line in block.lines for piece in line):
            assert piece.url == "" or piece.url.startswith(("https://", "http://"))
            assert not set(piece.url) & set(" \n<>\"'")


@given(TEXTS.filter(lambda text: "{{" not in text))
def test_no_word_is_lost(text):
    blocks = parse(fill_in(text, VALUES))
    words = "".join(one.words + one.url for block in blocks for line in block.lines for one in line)

    assert words.count("word") == text.count("word")
