"""What `make prove` says at its end is said of all that its parts count."""

import json

from tests.faults import report


def test_numbers_by_their_names_are_said_like_single_ones(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(report, "OUT", tmp_path / "build" / "prove.json")
    part = {"count": 12_345, "violations": 1, "runs": 3, "runs_wanted": 4}
    several = {"posts": [10_000, 10_000], "a second": [726, None], "other answers": [{"503": 2}, None]}

    report.report({"parallel": several, "refusals": part}, ["a fault"], ["refusals"], seed=7, seconds=61)

    output = capsys.readouterr().out
    for line in ("10,000   of 10,000", "2 503", "12,345   1 violations", "after 3 of 4 runs", "1 min 1 s, seed 7"):
        assert line in output
    assert json.loads(report.OUT.read_text())["violations"] == ["a fault"]
