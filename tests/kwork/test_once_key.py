"""A ``once_key`` on the app wire: what the journal keeps of an answer reads like the answer."""

from __future__ import annotations

from kwork_etxt_sdk import CallOptions, Effect, Journal, KworkClient
from tests.support.kwork_server import answer

APP = "Basic aW52ZW50ZWQ6bm90LXJlYWw="


def test_a_call_done_before_gives_the_same_result_and_sends_nothing(server, clock, tmp_path):
    server.on("/offline", answer({"success": True, "response": {"id": 7}, "note": "да"}))
    once = CallOptions(once_key="tonight")
    journal = Journal(tmp_path / "calls.journal")

    def run():
        with KworkClient("t" * 8, base_url=server.url, app_authorization=APP, clock=clock, journal=journal) as client:
            return client.call("offline", effect=Effect.ONCE, options=once)

    assert run() == run() == {"id": 7}
    assert len(server.at("/offline")) == 1
    journal.close()
