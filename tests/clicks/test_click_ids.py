"""Click ids: signed, sufficient, and passed on whole by whoever takes a reference; those of version 1 are read."""

import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.clicks import click_ids
from chalicelib.clicks.click_ids import ClickId
from chalicelib.kit import config, ids, signing

NINE = datetime(2026, 3, 10, 9, 0, 0, 123000, tzinfo=UTC)
CODES = st.from_regex(r"[a-z0-9][a-z0-9-]{1,48}[a-z0-9]", fullmatch=True)
KINDS = st.sampled_from(["human", "bot", "preview", "prefetch", "head"])


def version_1(code, kind="h", sort=None):
    """A click id as version 1 spelled it: without a shard, with dots, signed with the signing secret."""
    content = f"{sort or ids.ulid(NINE)}{kind}{signing.key_id(config.signing_secrets()[0])}.{code}"
    return f"clk_{content}.{signing.sign('click', content)}"


@given(CODES, KINDS, st.integers(0, 32))
def test_an_id_says_all_that_it_was_written_with_in_signs_that_a_reference_takes(code, kind, shard):
    sort = ids.ulid(NINE)

    written = click_ids.write(code, kind, sort, shard=shard)

    assert click_ids.read(written) == ClickId(sort, kind, code, NINE, shard)
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,160}", written)


@given(CODES)
def test_an_id_of_version_1_is_read_with_its_dots_and_without_and_names_no_shard(code):
    written = version_1(code)

    assert click_ids.read(written) == click_ids.read(written.replace(".", "_"))
    assert click_ids.read(written) == ClickId(written[4:30], "human", code, NINE, None)


@pytest.mark.parametrize(
    "write", [lambda: click_ids.write("tea", "bot", ids.ulid(NINE), shard=7), lambda: version_1("tea", "b")]
)
def test_no_sign_of_an_id_can_be_changed(write):
    written = write()
    for place, sign in enumerate(written):
        other = "h" if sign != "h" else "b"
        assert click_ids.read(written[:place] + other + written[place + 1 :]) is None
    assert click_ids.read(written + "A") is None
    assert click_ids.read(f" {written}") is None


def test_the_signature_of_one_version_is_none_for_the_other():
    sort = ids.ulid(NINE)
    new, old = click_ids.write("tea", "human", sort, shard=0), version_1("tea", sort=sort)

    for secret in (config.click_secrets()[0], config.signing_secrets()[0]):
        key_id = signing.key_id(secret)
        assert click_ids.read(f"clk_{sort}h{key_id}.tea.{new[-22:]}") is None
        assert click_ids.read(f"clk_2_{sort}h{key_id}00_tea_{old[-22:]}") is None


def test_an_id_of_before_clicks_had_a_secret_is_read_while_the_signing_secret_is_in_use(monkeypatch):
    with monkeypatch.context() as before:
        before.setattr(config, "click_secrets", config.signing_secrets)
        written = click_ids.write("tea", "human", ids.ulid(NINE), shard=7)

    assert click_ids.read(written) == ClickId(written[6:32], "human", "tea", NINE, 7)
    monkeypatch.setenv("GOODWORD_SECRETS", f"{'n' * 48} {config.signing_secrets()[0]}")
    assert click_ids.read(written) is not None
    monkeypatch.setenv("GOODWORD_SECRETS", "n" * 48)
    assert click_ids.read(written) is None


def test_an_id_is_read_while_the_secret_it_was_signed_with_is_in_use(monkeypatch):
    written = click_ids.write("tea", "human", ids.ulid(NINE), shard=7)

    monkeypatch.setenv("GOODWORD_CLICK_SECRETS", f"{'n' * 48} {config.click_secrets()[0]}")
    assert click_ids.read(written) is not None
    assert click_ids.write("tea", "human", written[6:32], shard=7) != written
    monkeypatch.setenv("GOODWORD_CLICK_SECRETS", "n" * 48)
    assert click_ids.read(written) is None
