"""A tree as it is drawn: a line each, under who brought it."""

from chalicelib.graph.drawing import Line, draw


def test_each_line_hangs_from_the_next_one_above_that_is_less_deep():
    drawing = draw([Line(0, "A"), Line(1, "B"), Line(2, "C"), Line(1, "D")])

    x, y = zip(*((mark.x, mark.y) for mark in drawing.marks), strict=True)
    assert list(y) == sorted(y)
    assert x[1] == x[3] > x[0]
    assert x[2] > x[1]
    assert drawing.marks[0].above == ""
    for child, parent in ((1, 0), (2, 1), (3, 0)):
        assert drawing.marks[child].above.startswith(f"M{x[parent]} {y[parent]}V{y[child]}H")
    assert drawing.height > max(y)
    assert drawing.width > max(x)


def test_a_line_without_its_parent_hangs_from_the_top_and_nothing_is_drawn_of_nobody():
    assert draw([Line(3, "A")]).marks[0].above.split("V")[0].endswith(" 0")
    assert (draw([]).height, draw([]).marks) == (0, [])


def test_a_dot_is_larger_with_more_and_a_long_name_is_cut():
    least, most, below_zero = draw(
        [Line(0, "A", weight=1), Line(0, "B" * 99, weight=100), Line(0, "C", weight=-5)]
    ).marks

    assert below_zero.radius < least.radius < most.radius
    assert len(most.name) < 30
    assert most.name.endswith("…")
