"""A laboratory goes on answering after hostile requests, in the same memory."""

from __future__ import annotations

from benchmarks import hostile

GROWTH = 40  # MB; keeping the bodies of the huge ones alone would take more


def test_hostile_requests_are_answered_and_memory_stays(monkeypatch):
    monkeypatch.setattr(hostile, "REQUESTS", 800)
    monkeypatch.setattr(hostile, "WARM_UP", 200)
    monkeypatch.setattr(hostile, "generated", lambda target, seed: [])
    figures = hostile.run(1, lambda *words: None).figures
    codes = {name.rpartition(": ")[2] for name in figures["answers"]}
    assert figures["own_page_afterwards"] == "200"
    assert not [code for code in codes if code.startswith(("3", "5"))]
    assert figures["answers"]["streams: 200"] == 32
    assert figures["answers"]["streams: 429"] == 68
    before, after = figures["megabytes"]
    assert not after - before > GROWTH  # nan where there is no /proc
