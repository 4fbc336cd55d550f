"""The client against the embedded sandbox, which shares no code with it."""

from __future__ import annotations

import itertools
import threading

import pytest

from kwork_etxt_sdk import AuthError, KworkClient, NotFoundError, ValidationError
from kwork_etxt_sdk.kwork import KworkAuthError
from kwork_etxt_sdk.kwork.endpoint import Endpoint
from kwork_etxt_sdk.options import DEFAULT
from kwork_etxt_sdk.transport.endpoint import Effect


@pytest.fixture(scope="module")
def signed_in(box):
    with KworkClient.login(box.kwork_login, box.kwork_password, base_url=box.kwork_base_url) as client:
        yield client


def test_signing_in_takes_two_requests(box):
    box.clear_calls()
    with KworkClient.login(box.kwork_login, box.kwork_password, base_url=box.kwork_base_url) as client:
        assert [call.method for call in box.calls] == ["signIn", "getWebAuthToken"]
        assert set(client.cookies) == {"userId", "RORSSQIHEK", "web_auth_token"}
    first, second = box.calls
    assert first.credentials == ()
    assert second.credentials == ("Cookie",)


def test_a_wrong_password_is_refused_in_the_services_words(box):
    with pytest.raises(KworkAuthError, match="Неверный логин или пароль") as caught:
        KworkClient.login(box.kwork_login, "wrong-password", base_url=box.kwork_base_url)
    assert (caught.value.code, caught.value.status_code) == ("INVALID_CREDENTIALS", 401)


def test_the_catalogue_is_complete_and_sorted(box, signed_in):
    page = signed_in.catalog.get_list()
    assert len(page.kworks) == page.pagination.items_per_page
    found = signed_in.catalog.iter_list(sort="price_asc").to_list()
    assert len(found) == len({kwork.id for kwork in found}) == page.pagination.total_items
    prices = [kwork.price for kwork in found]
    assert prices == sorted(prices)
    assert found.bad_items == []


def test_a_category_has_its_own_kworks_and_projects(signed_in):
    category = signed_in.catalog.get_list().kworks[0].category_id
    assert {kwork.category_id for kwork in signed_in.catalog.iter_list(category_id=category)} == {category}
    category = signed_in.projects.get_list().projects[0].category_id
    assert {project.category_id for project in signed_in.projects.iter_list(category_id=category)} == {category}


def test_the_feed_is_newest_first_and_lazy(box, signed_in):
    box.clear_calls()
    feed = signed_in.projects.iter_list()
    first = list(itertools.islice(feed, 5))
    assert [call.method for call in box.calls] == ["projects"]
    assert box.calls[0].params == {"page": 1, "category_id": None}
    times = [project.created_at for project in first]
    assert times == sorted(times, reverse=True)
    assert all(project.budget > 0 for project in first)


def test_credentials_open_the_door_again(box, signed_in):
    with KworkClient(**signed_in.credentials, base_url=box.kwork_base_url) as client:
        assert client.projects.get_list().projects
    with KworkClient(token=signed_in.token, base_url=box.kwork_base_url) as client:
        assert client.projects.get_list().projects


def test_no_and_wrong_tokens_do_not(box):
    with KworkClient(base_url=box.kwork_base_url) as client, pytest.raises(AuthError, match="Требуется авторизация"):
        client.projects.get_list()
    with KworkClient(token="f" * 40, base_url=box.kwork_base_url) as client, pytest.raises(AuthError):
        client.catalog.get_list()


def test_what_only_the_service_can_know_it_says_itself(signed_in):
    with pytest.raises(ValidationError, match="Неизвестная сортировка") as caught:
        signed_in.catalog.get_list(sort="by_colour")
    assert caught.value.fields == {"sort": ["Неизвестная сортировка"]}
    assert caught.value.sent


def test_a_method_that_does_not_exist(signed_in):
    record = Endpoint("nothing.here", path="/nothingHere", effect=Effect.READ, result=object)
    with pytest.raises(NotFoundError, match="nothingHere не найден"):
        signed_in._make(record, {}, DEFAULT)


def test_threads_share_a_client(signed_in):
    found = []
    threads = [
        threading.Thread(target=lambda page=page: found.append((page, signed_in.catalog.get_list(page).kworks[0].id)))
        for page in range(1, 7)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert dict(found) == {page: signed_in.catalog.get_list(page).kworks[0].id for page in range(1, 7)}
