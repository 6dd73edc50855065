"""Walks: they end in time, and the next run goes on with what is left, once a page has been dealt with."""

from functools import partial

from chalicelib.kit import walk
from chalicelib.kit.walk import Deadline

LETTERS = "abcde"


def read(letters=LETTERS, *, size=2, position):
    begin = position["after"] if position else 0
    end = begin + size
    return list(letters[begin:end]), {"after": end} if end < len(letters) else None


def resumed(*, seconds=60, name="letters", once=None, letters=LETTERS):
    pages = walk.resume("reconciliation", name, partial(read, letters), deadline=Deadline(seconds), once=once)
    return ["".join(page) for page in pages]


def test_all_pages_are_walked_from_the_first_or_from_a_position_on():
    assert list(walk.pages(read)) == [["a", "b"], ["c", "d"], ["e"]]
    assert list(walk.pages(read, position={"after": 3})) == [["d", "e"]]
    assert "".join(walk.each(read)) == LETTERS


def test_no_page_is_read_after_the_deadline():
    assert list(walk.pages(read, deadline=Deadline(60))) == [["a", "b"], ["c", "d"], ["e"]]
    assert list(walk.each(read, deadline=Deadline(0))) == []


class Query:
    """A query of pages, as PynamoDB's: *total_count* are the rows that calls have read so far."""

    def __init__(self, *fetched):
        self.fetched, self.rows, self.total_count = list(fetched), [], 0

    def __next__(self):
        while not self.rows:
            if not self.fetched:
                raise StopIteration
            self.rows = list(self.fetched.pop(0))
            self.total_count += len(self.rows)
        return self.rows.pop(0)


def test_a_query_makes_one_call_at_least_and_yields_all_that_a_call_has_read():
    assert "".join(walk.until(Deadline(60), Query("ab", "", "cd"))) == LETTERS[:4]
    assert "".join(walk.until(Deadline(0), Query("ab", "cd"))) == "ab"
    assert "".join(walk.until(Deadline(0), Query("", "ab", "cd"))) == "ab"
    assert list(walk.until(Deadline(0), Query())) == []


def test_a_run_without_time_does_one_page_and_the_next_goes_on(shop):
    assert [resumed(seconds=0) for _ in range(4)] == [["ab"], ["cd"], ["e"], ["ab"]]
    assert resumed() == ["cd", "e"]


def test_walks_of_other_names_do_not_disturb_each_other(shop):
    assert resumed(seconds=0, name="one") == ["ab"]
    assert resumed(seconds=0, name="two") == ["ab"]
    assert resumed(name="one") == ["cd", "e"]


def test_a_page_that_failed_is_found_again(shop):
    dealt_with = []
    for page in walk.resume("reconciliation", "letters", read, deadline=Deadline(60)):
        if page == ["c", "d"]:
            break
        dealt_with += page

    assert (dealt_with, resumed()) == (["a", "b"], ["cd", "e"])


def test_what_is_walked_through_once_is_over_then_and_the_next_begins_at_the_beginning(shop):
    march = [resumed(seconds=0, once="2026-03") for _ in range(4)]
    unfinished = resumed(seconds=0, once="2026-04")

    assert march == [["ab"], ["cd"], ["e"], []]
    assert (unfinished, resumed(once="2026-05"), resumed(once="2026-05")) == (["ab"], ["ab", "cd", "e"], [])


def test_what_is_empty_is_walked_through_at_once(shop):
    assert resumed(letters="", once="2026-03") == [""]
    assert resumed(letters="", once="2026-03") == []
