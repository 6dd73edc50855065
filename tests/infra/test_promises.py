"""The README's promises: each has tests, and every test named for one exists."""

import re

from tests.running import ROOT

README = (ROOT / "README.md").read_text()
TABLE = (ROOT / "docs/contributing/promises.md").read_text()


def test_every_promise_of_the_readme_has_tests_that_exist():
    promised = re.findall(r"^(\d+)\. \*\*\[", README, re.MULTILINE)
    lines = re.findall(r"^\| (\d+) \| (.+?) \| (.+) \|$", TABLE, re.MULTILINE)
    defined = {
        name
        for file in sorted((ROOT / "tests").rglob("test_*.py"))
        for name in re.findall(r"^def (test_\w+)", file.read_text(), re.MULTILINE)
    }

    assert sorted({int(number) for number, _, _ in lines}) == [int(number) for number in promised]
    assert {name for _, _, tests in lines for name in re.findall(r"`(test_\w+)`", tests)} <= defined
    assert all("`test_" in tests for _, _, tests in lines)
