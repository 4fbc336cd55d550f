"""Reference data: fetched once, kept on disk if one wants that, fetched anew when asked or too old."""

from __future__ import annotations

import json
import stat
import sys
from datetime import timedelta

import pytest

from kwork_etxt_sdk import CallOptions, ConfigurationError, DryRun, KworkClient
from kwork_etxt_sdk.kwork import City, KworkError
from kwork_etxt_sdk.transport.clock import SECOND as NANOSECONDS
from tests.support.kwork_server import answer

TOKEN = "reference-token-0123456789"
APP = "Basic aW52ZW50ZWQ6bm90LXJlYWw="
COUNTRIES = {"countries": [{"id": 1, "name": "Россия", "code": "RU", "new": 5}, {"id": 2, "name": "Казахстан"}]}
CITIES = {"cities": [{"id": 5, "name": "Москва", "country_id": 1}, {"id": 6, "name": "Алматы", "country_id": 2}]}


@pytest.fixture
def app(server, clock):
    server.on("/countries", answer({"success": True, "response": COUNTRIES["countries"]}))
    server.on("/cities", answer({"success": True, "response": [{"id": "5", "name": "А"}]}))
    with KworkClient(base_url=server.url, app_authorization=APP, clock=clock) as client:
        yield client


class TestForTheLifeOfAClient:
    def test_a_list_is_fetched_once(self, server, client, clock):
        server.on("/countries", answer(COUNTRIES))
        first = client.reference.get_countries()
        assert client.reference.get_countries() == first
        assert client.with_options(retries=0).reference.get_countries() == first
        assert len(server.received) == 1
        assert client.reference.fetched_at("get_countries") == clock.wall()
        assert client.reference.fetched_at("get_cities") is None

    def test_changing_the_list_one_got_changes_nothing(self, server, client):
        server.on("/countries", answer(COUNTRIES))
        client.reference.get_countries().clear()
        assert len(client.reference.get_countries()) == 2

    def test_refresh_fetches_it_anew(self, server, client):
        server.on("/countries", answer(COUNTRIES), answer({"countries": []}))
        assert len(client.reference.get_countries()) == 2
        assert client.reference.get_countries(refresh=True) == []
        assert client.reference.get_countries() == []

    def test_two_clients_know_apart(self, server, client, clock):
        server.on("/countries", answer(COUNTRIES))
        client.reference.get_countries()
        with KworkClient(TOKEN, base_url=server.url, clock=clock) as other:
            other.reference.get_countries()
        assert len(server.received) == 2

    def test_a_list_with_something_left_out_is_not_kept(self, server, client):
        server.on("/countries", answer({"countries": [{"id": 1}, {"id": "x"}]}))
        skip = CallOptions(bad_items="skip")
        assert len(client.reference.get_countries(options=skip)) == 1
        assert len(client.reference.get_countries(options=skip)) == 1
        assert len(server.received) == 2

    def test_a_dry_run_shows_the_request_even_if_the_list_is_known(self, server, client):
        server.on("/countries", answer(COUNTRIES))
        client.reference.get_countries()
        with pytest.raises(DryRun):
            client.with_options(dry_run=True).reference.get_countries()

    def test_a_failure_is_not_kept(self, server, client):
        server.on("/countries", answer({"message": "Нет"}, 409), answer(COUNTRIES))
        with pytest.raises(KworkError):
            client.reference.get_countries()
        assert len(client.reference.get_countries()) == 2


class TestCities:
    def test_on_the_documented_wire_they_come_together_and_are_picked_here(self, server, client):
        server.on("/cities", answer(CITIES))
        assert [city.name for city in client.reference.get_cities()] == ["Москва", "Алматы"]
        assert [city.name for city in client.reference.get_cities(country_id=2)] == ["Алматы"]
        assert server.only("/cities").body == b""

    def test_on_the_app_wire_each_country_is_asked_for_once(self, server, app):
        assert app.reference.get_cities() == [City(id=5, name="А", country_id=1), City(id=5, name="А", country_id=2)]
        assert app.reference.get_cities(country_id=2) == [City(id=5, name="А", country_id=2)]
        assert [request.form for request in server.at("/cities")] == [[("countryId", "1")], [("countryId", "2")]]
        assert len(server.at("/countries")) == 1
        assert app.reference.fetched_at("get_cities") is not None

    def test_refreshing_all_asks_for_the_countries_as_well(self, server, app):
        app.reference.get_cities()
        app.reference.get_cities(refresh=True)
        assert (len(server.at("/countries")), len(server.at("/cities"))) == (2, 4)

    def test_cities_that_do_not_fit_are_reported_with_the_others(self, server, app):
        server.on("/cities", answer({"success": True, "response": [{"id": "x"}, {"id": 7}]}))
        cities = app.reference.get_cities(country_id=1, options=CallOptions(bad_items="keep"))
        assert [city.id for city in cities] == [7]
        assert [bad.raw for bad in cities.bad_items] == [{"id": "x"}]


class TestOnDisk:
    @pytest.fixture
    def path(self, tmp_path):
        return tmp_path / "reference.json"

    def again(self, server, clock, path, **age):
        client = KworkClient(TOKEN, base_url=server.url, clock=clock)
        client.reference.keep_on_disk(path, **age)
        return client

    def test_the_next_program_needs_no_call(self, server, clock, path):
        server.on("/countries", answer(COUNTRIES))
        first = self.again(server, clock, path).reference.get_countries()
        other = self.again(server, clock, path)
        assert other.reference.get_countries() == first
        assert other.reference.get_countries()[0].extra == {"new": 5}
        assert other.reference.fetched_at("get_countries") == clock.wall()
        assert len(server.received) == 1
        if sys.platform != "win32":
            assert stat.S_IMODE(path.stat().st_mode) == 0o600

    def test_several_lists_share_the_file(self, server, clock, path):
        server.on("/countries", answer(COUNTRIES))
        server.on("/cities", answer(CITIES))
        client = self.again(server, clock, path)
        client.reference.get_countries()
        client.reference.get_cities()
        other = self.again(server, clock, path)
        assert len(other.reference.get_countries()) == len(other.reference.get_cities()) == 2
        assert len(server.received) == 2

    def test_what_is_too_old_is_fetched_anew(self, server, clock, path):
        server.on("/countries", answer(COUNTRIES))
        self.again(server, clock, path).reference.get_countries()
        clock.advance(25 * 3600 * NANOSECONDS)
        self.again(server, clock, path, max_age=timedelta(days=2)).reference.get_countries()
        assert len(server.received) == 1
        self.again(server, clock, path, max_age=timedelta(days=1)).reference.get_countries()
        assert len(server.received) == 2

    def test_refresh_passes_the_file_by_and_renews_it(self, server, clock, path):
        server.on("/countries", answer(COUNTRIES), answer({"countries": []}))
        self.again(server, clock, path).reference.get_countries()
        assert self.again(server, clock, path).reference.get_countries(refresh=True) == []
        assert self.again(server, clock, path).reference.get_countries() == []
        assert len(server.received) == 2

    @pytest.mark.parametrize(
        "spoil",
        [
            lambda _record: "{",
            lambda _record: "[]",
            lambda record: json.dumps({**record, "kind": "x"}),
            lambda record: json.dumps({**record, "source": "app https://elsewhere.invalid"}),
            lambda record: json.dumps({**record, "lists": []}),
            lambda record: json.dumps({**record, "lists": {"reference.get_countries": 5}}),
            lambda record: json.dumps({**record, "lists": {"reference.get_countries": {"items": []}}}),
            lambda record: json.dumps(record).replace('"id": 1', '"id": "x"'),
        ],
    )
    def test_a_file_that_is_damaged_or_another_is_written_anew(self, server, clock, path, spoil):
        server.on("/countries", answer(COUNTRIES))
        self.again(server, clock, path).reference.get_countries()
        path.write_text(spoil(json.loads(path.read_text())))
        assert len(self.again(server, clock, path).reference.get_countries()) == 2
        assert len(server.received) == 2
        assert len(self.again(server, clock, path).reference.get_countries()) == 2
        assert len(server.received) == 2

    def test_the_usual_place(self, server, clock, tmp_path, monkeypatch):
        monkeypatch.setenv("KWORK_ETXT_STATE_DIR", str(tmp_path))
        server.on("/countries", answer(COUNTRIES))
        self.again(server, clock, None).reference.get_countries()
        assert (tmp_path / "kwork-reference.json").exists()

    @pytest.mark.parametrize("age", [timedelta(0), timedelta(-1), 5, None])
    def test_an_age_that_is_none(self, server, clock, path, age):
        with pytest.raises(ConfigurationError, match="max_age must be a positive timedelta"):
            self.again(server, clock, path, max_age=age)
