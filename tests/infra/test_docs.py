"""The documentation: links lead somewhere, pages are found, words are the glossary's, and the README is short."""

import json
import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

import msgspec

from chalicelib.conversions.sale_state import SaleState
from chalicelib.programs.objections import find_objections
from chalicelib.programs.terms import Rule, TermsBody
from chalicelib.rewards.amounts import earned, taken_back
from tests.running import ROOT

DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])
GLOSSARY = DOCS / "glossary.md"
# Written by commands from the code, and tested where that is; a page may name them before they were written.
GENERATED = {DOCS / "reference" / f"{name}.md" for name in ("api", "errors", "exports", "settings", "functions", "cli")}
# Longer than a page should be: tables that were measured.
LONG = {DOCS / "explanation" / "performance.md"}
MOST_LINES = 300


class Word(NamedTuple):
    """A word that is not said, the one that is, and the phrases in which it may stand."""

    wrong: str
    right: str
    allowed: tuple[str, ...]


def named(file: Path) -> str:
    return str(file.relative_to(ROOT))


def hand_written() -> list[Path]:
    return [file for file in PAGES if file not in GENERATED]


@cache
def words() -> list[Word]:
    """Return the glossary's table of what is not said; the code's own words may be held to it, too."""
    table = GLOSSARY.read_text().partition("## Say and do not say")[2]
    rows = [
        [cell.strip() for cell in row.strip("|").split("|")] for row in re.findall(r"^\|.*\|$", table, re.MULTILINE)[2:]
    ]
    return [
        Word(word.strip(), say, tuple(phrase.strip() for phrase in allowed.split(";") if phrase.strip()))
        for say, words, allowed in rows
        for word in words.split(",")
    ]


def misused(text: str) -> list[str]:
    """Return the words of a text that the glossary has others for."""
    objections = []
    lower = text.lower()
    for word in words():
        if word.wrong.lower() not in lower:
            continue
        left = text
        for phrase in word.allowed:
            left = re.sub(rf"\b{re.escape(phrase)}\b", "", left, flags=re.IGNORECASE)
        if re.search(rf"(?<![\w-]){re.escape(word.wrong)}(?![\w-])", left, re.IGNORECASE):
            objections.append(f"{word.wrong!r}: say {word.right!r}")
    return objections


def prose(text: str) -> str:
    """Return a page without code, addresses, tags, and what a command printed."""
    for pattern in (
        r"<!-- make bench -->.*?<!-- end of make bench -->",
        r"^```.*?^```",
        r"`[^`\n]*`",
        r"\]\([^)]*\)",
        r"<[^>]*>",
        r"https?://\S+",
    ):
        text = re.sub(pattern, " ", text, flags=re.DOTALL | re.MULTILINE)
    return re.sub(r"\s+", " ", text)


@cache
def anchors(file: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    text = re.sub(r"^```.*?^```", "", file.read_text(), flags=re.DOTALL | re.MULTILINE)
    slugs: set[str] = set()
    for heading in re.findall(r"^#+ (.*)$", text, re.MULTILINE):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()
        slug = re.sub(r"[^\w\- ]", "", plain).strip().replace(" ", "-")
        slugs.add(slug if slug not in slugs else f"{slug}-1")
    return slugs


def check_links(file):
    text = re.sub(r"^```.*?^```", "", file.read_text(), flags=re.DOTALL | re.MULTILINE)
    text = re.sub(r"`[^`\n]*`", "", text)
    targets = [*re.findall(r"\]\(([^)\s]+)\)", text), *re.findall(r'(?:src|href)="([^"]+)"', text)]
    for target in targets:
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        to = (file.parent / path).resolve() if path else file
        if to in GENERATED and not to.exists():
            continue
        assert to.exists(), f"{named(file)} -> {target}"
        if anchor and to.suffix == ".md":
            assert anchor in anchors(to), f"{named(file)} -> {target}"


def test_every_link_and_anchor_leads_somewhere():
    for file in PAGES:
        check_links(file)


def test_every_page_says_its_title_first_and_ends_before_it_is_long():
    for file in hand_written():
        lines = file.read_text().splitlines()

        assert lines[0].startswith("# "), named(file)
        assert len(lines) <= MOST_LINES or file in LONG, named(file)


def test_every_page_uses_the_words_of_the_glossary():
    texts = {named(file): file.read_text() for file in hand_written()}
    texts[named(GLOSSARY)] = texts[named(GLOSSARY)].partition("## Say and do not say")[0]

    assert {name: wrong for name, text in texts.items() if (wrong := misused(prose(text)))} == {}


def test_words_that_are_not_said_are_found():
    assert misused("Six letters went out for the programme.") == [
        "'letters': say 'email'",
        "'programme': say 'program'",
    ]
    assert misused("A dead letter is an email nobody wrote; see lettering.") == []


def test_every_page_is_about_the_project_alone():
    elsewhere = re.compile(r"(?<![\w.])/(?:work|tmp|home|root)/\S*")

    assert [(named(file), match[0]) for file in hand_written() if (match := elsewhere.search(file.read_text()))] == []


def test_the_terms_of_the_guide_can_be_promised():
    guide = (DOCS / "guides" / "terms-and-rewards.md").read_text()
    blocks = [json.loads(block) for block in re.findall(r"```json\n(.*?)```", guide, re.DOTALL)]
    terms = [msgspec.convert(block, TermsBody) for block in blocks if "rules" in block]

    assert len(terms) == 2
    assert [find_objections(promises, currency="USD") for promises in terms] == [[], []]


def test_what_the_guide_works_out_is_what_rules_give():
    ten, fifteen = (Rule(on="sale", to="referrer", rate_bp=rate) for rate in (1000, 1500))
    parts = [(1999, 1333), (1333, 667), (667, 0)]
    capped = [(35000, 25000), (25000, 15000)]

    def taken(rule, total, pairs, granted):
        states = [[SaleState(total, refunded=total - left) for left in pair] for pair in pairs]
        return [taken_back(rule, before, after, base_without=[], granted=granted) for before, after in states]

    def net(sale):
        return earned(ten, sale, base_without=["tax"])

    sale = SaleState(11900, {"tax": 1900})
    assert earned(ten, SaleState(1999), base_without=[]) == 200
    assert [net(sale), net(sale.refund(5000))] == [1000, 580]
    assert taken(fifteen, 1999, parts, 300) == [100, 99, 101]
    assert taken(ten, 35000, capped, 2000) == [0, 500]
    # Parts of a refund, and one that did not stand.
    itemized = [sale.refund(1900, {"tax": 1900})]
    itemized += [itemized[0].refund(5000, {"net": 5000}), itemized[0].refund(10000, {"net": 10000})]
    assert [net(one) for one in itemized] == [1000, 500, 0]
    assert earned(fifteen, SaleState(1999, refunded=1333), base_without=[]) == 100


def test_the_readme_is_short_and_begins_with_what_to_run():
    text = (ROOT / "README.md").read_text()

    assert len(text.splitlines()) <= 150
    assert text.index("make demo") < text.index("make test") < text.index("make run") < text.index("<img")


def test_every_page_is_in_the_index():
    reached: set[Path] = set()
    for index in (DOCS / "index.md", *DOCS.glob("*/index.md")):
        reached |= {(index.parent / path).resolve() for path in re.findall(r"\]\(([^)#\s]+\.md)", index.read_text())}

    assert {named(file) for file in DOCS.rglob("*.md")} - {named(file) for file in reached if file.exists()} <= {
        "docs/index.md"
    }


def test_decisions_have_one_form_and_are_all_in_their_index():
    index = (DOCS / "decisions" / "index.md").read_text()
    for file in DOCS.glob("decisions/[0-9]*.md"):
        lines = file.read_text().splitlines()
        title = re.fullmatch(r"# (\d+)\. (.+)", lines[0])
        date = re.fullmatch(r"(\d{4}-\d{2}-\d{2}) · (?:accepted|replaced by .+)", lines[2])
        sections = [line[3:] for line in lines if line.startswith("## ")]

        assert title is not None, file.name
        assert date is not None, file.name
        assert int(title[1]) == int(file.name[:4])
        assert sections[:2] == ["Context", "Decision"], file.name
        assert set(sections) <= {"Context", "Decision", "How", "Consequences", "Tried"}, file.name
        assert f"| {title[1]} | [{title[2]}]({file.name}) | {date[1]} |" in index, file.name


def test_every_target_that_is_named_is_in_the_makefile():
    targets = set(re.findall(r"^([a-z0-9-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named_targets = {name for file in PAGES for name in re.findall(r"`make ([a-z0-9-]+)", file.read_text())}

    assert named_targets <= targets
