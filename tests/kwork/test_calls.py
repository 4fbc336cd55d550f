"""Calls on the documented wire: what is sent, and what the answers become."""

from __future__ import annotations

import pickle
from datetime import datetime, timezone
from decimal import Decimal

import pytest
import requests

from kwork_etxt_sdk import (
    CallOptions,
    ConfigurationError,
    DryRun,
    Effect,
    EffectNotAllowedError,
    KworkClient,
    Pager,
    Timeouts,
    UnexpectedResponseError,
    ValidationError,
)
from kwork_etxt_sdk.kwork import CatalogResponse, Kwork, KworkUser, KworkValidationError, PaginationInfo, Project
from kwork_etxt_sdk.kwork.documented import DocumentedMarket, addresses
from kwork_etxt_sdk.kwork.market import Credentials
from kwork_etxt_sdk.mapping import Records
from kwork_etxt_sdk.redaction import Secret
from kwork_etxt_sdk.transport import endpoint as base
from tests.kwork.conftest import TOKEN
from tests.support.kwork_server import HTML, answer

CATALOGUE, FEED = "/catalogMainv2", "/projects"
KWORK = {
    "id": 11,
    "title": "Логотип",
    "description": "Три варианта",
    "price": 500,
    "currency": "RUB",
    "category_id": 41,
    "seller": {"id": 7, "username": "anna", "avatar_url": "https://a.invalid/1.png", "is_online": True, "rating": 4.9},
    "images": ["https://a.invalid/2.png"],
    "rating": 4.5,
    "reviews_count": 12,
    "created_at": "2030-01-02T03:04:05Z",
    "updated_at": 1893553445,
    "brand_new": "field",
}
PROJECT = {
    "id": 21,
    "title": "Нужен бот",
    "description": "Для заказов",
    "budget": "3000.00",
    "budget_type": "fixed",
    "category_id": 41,
    "customer": {"id": 8, "username": "boris"},
    "status": "open",
    "created_at": "2030-01-02 03:04:05",
    "updated_at": None,
    "bids_count": 3,
    "skills": ["python"],
}


def pagination(page, pages, total, size):
    return {
        "current_page": page,
        "total_pages": pages,
        "total_items": total,
        "items_per_page": size,
        "has_next": page < pages,
        "has_prev": page > 1,
    }


def catalogue(*items, **paging):
    return answer({"kworks": list(items), "pagination": pagination(**paging) if paging else None})


class TestCatalogue:
    def test_the_body_is_json_with_all_parameters(self, server, client):
        server.on(CATALOGUE, catalogue())
        client.catalog.get_list()
        client.catalog.get_list(2, 41, "price_asc")
        client.catalog.get_list(page=3, category_id=5, sort="price_desc")
        first, second, third = server.at(CATALOGUE)
        assert first.json == {"page": 1, "category_id": None, "sort": "recommend"}
        assert second.json == {"page": 2, "category_id": 41, "sort": "price_asc"}
        assert third.json == {"page": 3, "category_id": 5, "sort": "price_desc"}
        assert {request.verb for request in server.received} == {"POST"}
        assert first.header("Content-Type") == "application/json"
        assert first.header("User-Agent").startswith("kwork-etxt-sdk/")
        assert first.header("Referer") is None
        assert first.target == CATALOGUE

    def test_the_answer_becomes_a_typed_page(self, server, client):
        filters = {"price": {"from": 500}}
        body = {
            "kworks": [KWORK],
            "pagination": pagination(1, 2, 3, 2),
            "filters": filters,
            "sort_options": ["recommend"],
        }
        server.on(CATALOGUE, answer(body))
        page = client.catalog.get_list()
        assert isinstance(page, CatalogResponse)
        assert isinstance(page.kworks, Records)
        assert page.kworks == [
            Kwork(
                id=11,
                title="Логотип",
                description="Три варианта",
                price=Decimal(500),
                currency="RUB",
                category_id=41,
                seller=KworkUser(
                    id=7, username="anna", avatar_url="https://a.invalid/1.png", is_online=True, rating=4.9
                ),
                images=["https://a.invalid/2.png"],
                rating=4.5,
                reviews_count=12,
                created_at=datetime(2030, 1, 2, 3, 4, 5, tzinfo=timezone.utc),
                updated_at=datetime(2030, 1, 2, 3, 4, 5, tzinfo=timezone.utc),
                extra={"brand_new": "field"},
            )
        ]
        assert page.pagination == PaginationInfo(
            current_page=1, total_pages=2, total_items=3, items_per_page=2, has_next=True, has_prev=False
        )
        assert (page.filters, page.sort_options) == (filters, ["recommend"])

    def test_what_is_not_sent_is_none(self, server, client):
        server.on(CATALOGUE, answer({"kworks": [{"id": 1}]}))
        page = client.catalog.get_list()
        (kwork,) = page.kworks
        assert {getattr(kwork, name) for name in kwork.field_names() if name != "id"} == {None}
        assert (page.pagination, page.filters, page.sort_options) == (None, None, None)

    def test_a_list_with_gaps_is_a_list(self, server, client):
        server.on(CATALOGUE, answer({"kworks": {"0": {"id": 1}, "2": {"id": 2}}}))
        page = client.catalog.get_list()
        assert [kwork.id for kwork in page.kworks] == [1, 2]
        assert isinstance(page.kworks, Records)

    @pytest.mark.parametrize(
        ("call", "field", "words"),
        [
            (lambda client: client.catalog.get_list(0), "page", "must be at least 1, not 0"),
            (lambda client: client.catalog.get_list("1"), "page", "must be a whole number, not '1'"),
            (lambda client: client.catalog.get_list(None), "page", "is required"),
            (lambda client: client.catalog.get_list(category_id=0), "category_id", "must be at least 1, not 0"),
            (lambda client: client.catalog.get_list(sort=""), "sort", "must have 1 to 40 characters, this has 0"),
            (lambda client: client.catalog.get_list(sort=None), "sort", "is required"),
            (lambda client: client.catalog.iter_list(sort=5), "sort", "must be text, not int"),
            (lambda client: client.projects.get_list(-1), "page", "must be at least 1, not -1"),
            (lambda client: client.projects.iter_list(page=0), "page", "must be at least 1, not 0"),
        ],
    )
    def test_bad_arguments_are_told_before_anything_is_sent(self, server, client, call, field, words):
        with pytest.raises(KworkValidationError) as caught:
            call(client)
        assert caught.value.fields == {field: [words]}
        assert (caught.value.sent, caught.value.status_code) == (False, None)
        assert f"{field} {words}. Nothing was sent." in str(caught.value)
        assert isinstance(caught.value, ValidationError)
        assert server.received == []

    def test_all_that_is_wrong_is_told_at_once(self, client):
        with pytest.raises(KworkValidationError) as caught:
            client.catalog.get_list(0, 0, "")
        assert set(caught.value.fields) == {"page", "category_id", "sort"}


class TestProjects:
    def test_the_body_is_json_with_all_parameters(self, server, client):
        server.on(FEED, answer({"projects": []}))
        client.projects.get_list()
        client.projects.get_list(2, 41)
        assert [request.json for request in server.at(FEED)] == [
            {"page": 1, "category_id": None},
            {"page": 2, "category_id": 41},
        ]

    def test_the_answer_becomes_a_typed_page(self, server, client):
        server.on(FEED, answer({"projects": [PROJECT], "pagination": pagination(1, 1, 1, 10)}))
        (project,) = client.projects.get_list().projects
        assert isinstance(project, Project)
        assert (project.id, project.title, project.budget) == (21, "Нужен бот", Decimal("3000.00"))
        assert (project.status, project.budget_type, project.skills) == ("open", "fixed", ["python"])
        assert project.customer == KworkUser(id=8, username="boris")
        assert project.created_at.isoformat() == "2030-01-02T03:04:05+03:00"
        assert project.updated_at is None
        assert project.bids_count == 3
        assert project.extra == {}


class TestPages:
    def test_they_are_fetched_one_by_one_as_one_iterates(self, server, client):
        for_pages = [
            catalogue({"id": 1}, {"id": 2}, page=1, pages=3, total=5, size=2),
            catalogue({"id": 2}, {"id": 3}, page=2, pages=3, total=5, size=2),
            catalogue({"id": 4}, page=3, pages=3, total=5, size=2),
        ]
        server.on(CATALOGUE, *for_pages)
        pager = client.catalog.iter_list(category_id=41, sort="price_asc")
        assert isinstance(pager, Pager)
        assert server.received == []
        iterator = iter(pager)
        assert next(iterator).id == 1
        assert len(server.received) == 1
        assert [kwork.id for kwork in iterator] == [2, 3, 4]
        assert [request.json for request in server.received] == [
            {"page": page, "category_id": 41, "sort": "price_asc"} for page in (1, 2, 3)
        ]
        assert pager.expected_calls == 3

    def test_one_may_begin_further_on_and_stop_earlier(self, server, client):
        server.on(
            FEED,
            *(answer({"projects": [{"id": page}], "pagination": pagination(page, 9, 9, 1)}) for page in (4, 5, 6)),
        )
        assert [project.id for project in client.projects.iter_list(page=4).limit(2)] == [4, 5]
        assert [request.json["page"] for request in server.received] == [4, 5]

    def test_a_single_page_may_be_asked_for(self, server, client):
        server.on(FEED, answer({"projects": [{"id": 7}], "pagination": pagination(3, 9, 17, 2)}))
        page = client.projects.iter_list().page(3)
        assert ([item.id for item in page], page.number, page.pages, page.total, page.size) == ([7], 3, 9, 17, 2)
        assert server.only(FEED).json["page"] == 3

    def test_without_pagination_an_empty_page_ends_the_list(self, server, client):
        server.on(FEED, answer({"projects": [{"id": 1}]}), answer({"projects": []}))
        assert [project.id for project in client.projects.iter_list()] == [1]
        assert len(server.received) == 2

    def test_bad_items_are_skipped_or_kept_on_request(self, server, client):
        server.on(
            FEED,
            answer({"projects": [{"id": 1}, {"id": "x"}], "pagination": pagination(1, 2, 4, 2)}),
            answer({"projects": [{"title": "no id"}, {"id": 4}], "pagination": pagination(2, 2, 4, 2)}),
        )
        found = client.projects.iter_list(options=CallOptions(bad_items="keep")).to_list()
        assert [project.id for project in found] == [1, 4]
        assert [bad.raw for bad in found.bad_items] == [{"id": "x"}, {"title": "no id"}]
        assert [bad.path for bad in found.bad_items] == ["$.projects[1]", "$.projects[0]"]

    def test_a_bad_item_fails_the_page_unless_asked_otherwise(self, server, client):
        server.on(FEED, answer({"projects": {"0": {"id": 1}, "5": {"id": "x"}}}))
        with pytest.raises(UnexpectedResponseError) as caught:
            client.projects.get_list()
        assert caught.value.problems == ("expected int, got 'x' (str) @ $.projects['5'].id",)
        page = client.with_options(bad_items="skip").projects.get_list()
        assert [project.id for project in page.projects] == [1]
        assert page.projects.bad_items[0].raw is None


class TestOptions:
    def test_a_dry_run_shows_the_request_without_credentials(self, server, client):
        with pytest.raises(DryRun) as caught:
            client.catalog.get_list(options=CallOptions(dry_run=True))
        assert caught.value.request == {
            "method": "POST",
            "url": f"{server.url}{CATALOGUE}",
            "headers": {"Cookie": "***"},
            "body": {"page": 1, "category_id": None, "sort": "recommend"},
            "effect": "READ",
        }
        assert TOKEN not in f"{caught.value} {vars(caught.value)} {pickle.dumps(caught.value)}"
        assert server.received == []

    def test_reads_are_allowed_where_only_reads_are(self, server, client):
        server.on(FEED, answer({"projects": []}))
        careful = client.with_options(allow=Effect.READ)
        careful.projects.get_list()
        assert careful.token == TOKEN
        assert len(server.received) == 1

    def test_graver_calls_are_not(self, server, client):
        record = base.Endpoint("offers.create", effect=Effect.ONCE, result=object)
        with pytest.raises(EffectNotAllowedError, match=r"kwork offers\.create has the effect ONCE"):
            client._make(record, {}, CallOptions(allow=Effect.REPEATABLE))

    def test_another_marketplaces_record_is_refused(self, client):
        record = base.Endpoint("tasks.get", effect=Effect.READ, result=object)
        with pytest.raises(ConfigurationError, match=r"tasks\.get is no Kwork method"):
            client._make(record, {}, CallOptions())

    def test_closed_is_closed(self, server):
        with KworkClient(token=TOKEN, base_url=server.url) as client:
            pass
        with pytest.raises(ConfigurationError, match="closed"):
            client.projects.get_list()

    @pytest.mark.parametrize(
        ("given", "expected"),
        [
            (30.0, Timeouts()),
            (30, Timeouts()),
            (7, Timeouts(connect=7, read=7, unsafe_read=7)),
            (Timeouts(total=5), Timeouts(total=5)),
        ],
    )
    def test_the_documented_timeout_stands_for_the_sdks_own(self, server, given, expected):
        with KworkClient(token=TOKEN, base_url=server.url, timeout=given) as client:
            assert client._session.timeouts == expected

    def test_a_session_of_ones_own_brings_its_headers_but_not_its_cookies(self, server):
        with requests.Session() as own:
            own.headers["X-Mine"] = "1"
            own.cookies.set("tracker", "1")
            server.on(FEED, answer({"projects": []}))
            with KworkClient(token=TOKEN, base_url=server.url, session=own) as client:
                client.projects.get_list()
        assert server.only(FEED).header("X-Mine") == "1"
        assert server.only(FEED).cookies == {"web_auth_token": TOKEN}


class TestAddresses:
    def test_documented_addresses_stand_as_class_attributes(self):
        assert KworkClient.BASE_URL == "https://api.kwork.ru"
        assert KworkClient.LOGIN_URL == "https://kwork.ru/signIn"
        assert KworkClient.TOKEN_URL == "https://kwork.ru/getWebAuthToken"
        with KworkClient(token=TOKEN) as client:
            assert client.base_url == KworkClient.BASE_URL
            assert not client._market.is_local
            assert client._session.limits.groups["sign_in"].period == 60

    def test_a_base_url_moves_all_three(self, server):
        server.on("/kwork/signIn", answer({}, Set_Cookie=["userId=5"]))
        server.on("/kwork/getWebAuthToken", answer({"web_auth_token": TOKEN}))
        server.on("/kwork/projects", answer({"projects": []}))
        with KworkClient.login("a", "b", base_url=f" {server.url}/kwork/ ") as client:
            client.projects.get_list()
            assert client.base_url == f"{server.url}/kwork"
            assert client._market.is_local
        assert [request.path for request in server.received] == [
            "/kwork/signIn",
            "/kwork/getWebAuthToken",
            "/kwork/projects",
        ]

    def test_a_subclass_may_have_other_addresses(self, server):
        class Mirror(KworkClient):
            BASE_URL = f"{server.url}/api"
            LOGIN_URL = f"{server.url}/in"
            TOKEN_URL = f"{server.url}/token"

        server.on("/in", answer({}, Set_Cookie=["userId=5"]))
        server.on("/token", answer({"web_auth_token": TOKEN}))
        server.on("/api/projects", answer({"projects": []}))
        with Mirror.login("a", "b") as client:
            assert isinstance(client, Mirror)
            client.projects.get_list()
        assert [request.path for request in server.received] == ["/in", "/token", "/api/projects"]

    @pytest.mark.parametrize(
        "url",
        [
            "http://api.kwork.ru",
            "http://10.0.0.1",
            "api.kwork.ru",
            "",
            " ",
            "https://",
            "https://u:p@api.kwork.ru",
            "ftp://x",
            "http://[::1",
        ],
    )
    def test_credentials_go_nowhere_in_the_open(self, url):
        for make in (KworkClient, lambda **given: KworkClient.login("a", "b", **given)):
            with pytest.raises(ConfigurationError, match="base_url"):
                make(base_url=url)

    @pytest.mark.parametrize(
        "url", ["http://127.0.0.1:1", "http://localhost:1/", "http://[::1]:1", "https://mirror.invalid/x/"]
    )
    def test_this_machine_and_https_are_fine(self, url):
        with KworkClient(base_url=url) as client:
            assert client.base_url == url.rstrip("/")

    @pytest.mark.parametrize("name", ["LOGIN_URL", "TOKEN_URL"])
    def test_the_other_addresses_are_checked_by_name(self, name):
        class Mirror(KworkClient):
            pass

        setattr(Mirror, name, "http://kwork.invalid/x")
        with pytest.raises(ConfigurationError, match=name):
            Mirror()

    def test_cookies_do_not_follow_a_redirect_to_another_host(self, server, client):
        server.on(FEED, answer(b"", 307, HTML, Location="http://localhost:1/projects"))
        with pytest.raises(UnexpectedResponseError, match="redirects are not followed"):
            client.projects.get_list()
        assert len(server.received) == 1

    def test_accounts_and_hosts_are_limited_apart(self):
        def scope(token, api):
            secret = Secret(token) if token else None
            return DocumentedMarket(Credentials(token=secret), addresses(api, api, api)).scope

        scopes = [
            scope(token, api) for token in ("", "one", "two") for api in ("https://a.invalid", "https://b.invalid")
        ]
        assert len(set(scopes)) == 6
        assert scope("one", "https://a.invalid") == scopes[2]
