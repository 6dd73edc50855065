"""`make verify` and `make reconcile`: nothing is said to be right that was not looked at."""

import argparse

import pytest

from infra import books


@pytest.fixture
def command(shop, monkeypatch, capsys):
    """Run a command against the shop; returns how it ends, and the last line it prints."""

    def call(_options, method, path, values):
        query = "&".join(f"{name}={value}" for name, value in values.items())
        answer = shop.get(f"{path}?{query}") if method == "GET" else shop.post(path, values)
        if answer.status != 200:
            raise SystemExit(f"{answer.status} {answer.body}")
        return answer.json

    def run(what, **options):
        defaults = {"day": None, "to": None, "grace": 10, "repair": False, "key": "rk_x", "url": ""}
        options = argparse.Namespace(what=what, **defaults | options)
        monkeypatch.setattr(books, "_call", call)
        monkeypatch.setattr(books, "_options", lambda: options)
        with pytest.raises(SystemExit) as ended:
            books.main()
        return ended.value.code, capsys.readouterr().out.strip().rpartition("\n")[2]

    return run


def sell(shop):
    program = shop.program()
    shop.sale(program, code=shop.link(program, shop.partner(program))["code"])


def test_what_was_never_decided_is_found_whatever_day_this_machine_says_it_is(shop, command):
    sell(shop)
    shop.wait(hours=1)

    code, line = command("reconcile")
    assert code == 1
    assert line.startswith("2026-03-09 to 2026-03-10, up to 2026-03-10T12:50")
    assert "differences are left" in line


def test_days_of_which_nothing_can_be_said_are_refused(shop, command):
    sell(shop)
    shop.settle()

    code, _ = command("reconcile", day="2026-03-11", to="2026-03-10")
    assert "Nothing was compared" in code
    code, _ = command("reconcile", day="2026-03-11", to="2026-03-12")
    assert "422" in code
    assert "This day has not begun: today is 2026-03-10 (UTC)." in code


def test_nothing_differs_is_said_of_what_was_compared_and_of_quiet_days_that_they_are(shop, command):
    assert command("reconcile")[1].endswith(": there was nothing to compare.")
    assert command("verify") == (0, "The ledger has no entries: there was nothing to verify.")
    sell(shop)
    shop.settle()
    shop.wait(hours=1)

    code, line = command("reconcile", day="2026-03-01")
    assert (code, line) == (0, "2026-03-01 to 2026-03-10, up to 2026-03-10T12:50:00.000Z: nothing differs.")
    assert command("verify")[1].startswith("Every entry follows")
