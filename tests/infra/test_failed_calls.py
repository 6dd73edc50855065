"""A call that is answered 500 is noticed: to Lambda it has not failed, so the log is what an alarm counts."""

import logging

import app as goodword
from infra.local import templates


def test_what_is_answered_500_is_logged_in_the_words_that_the_alarm_counts(shop, monkeypatch, caplog):
    def fail():
        raise RuntimeError("out of order")

    monkeypatch.setattr(goodword.app.routes["/healthz"]["GET"], "view_function", fail)
    monkeypatch.setattr(goodword.app.log, "propagate", True)
    resources = templates.read("app.yaml")["Resources"]
    words = resources["FailedCalls"]["Properties"]["FilterPattern"].strip('"')

    with caplog.at_level(logging.ERROR):
        answer = shop.client.http.get("/healthz")

    assert answer.status_code == 500
    assert {words in record.getMessage() for record in caplog.records if record.levelno == logging.ERROR} == {True}
    alarm = resources["FailedCallsAlarm"]["Properties"]
    assert (alarm["MetricName"], alarm["Threshold"]) == ("FailedCalls", 1)
