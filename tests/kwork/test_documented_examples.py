"""What the documentation of the published client shows, line by line without ``async``, against the sandbox."""

from __future__ import annotations

import json

import pytest

from kwork_etxt_sdk.kwork import (
    KworkApiError,
    KworkAuthError,
    KworkClient,
    KworkError,
    KworkNotFoundError,
    KworkUser,
    KworkValidationError,
)


@pytest.fixture(autouse=True)
def everything_goes_to_the_sandbox(box, monkeypatch):
    monkeypatch.setattr(KworkClient, "BASE_URL", box.kwork_base_url)
    monkeypatch.setattr(KworkClient, "LOGIN_URL", f"{box.kwork_base_url}/signIn")
    monkeypatch.setattr(KworkClient, "TOKEN_URL", f"{box.kwork_base_url}/getWebAuthToken")


@pytest.fixture
def client(box):
    with KworkClient.login(box.kwork_login, box.kwork_password) as client:
        yield client


def test_quick_start(box):
    client = KworkClient.login(box.kwork_login, box.kwork_password)
    catalog = client.catalog.get_list(page=1)
    projects = client.projects.get_list(page=1)
    client.close()
    assert catalog.kworks
    assert projects.projects


def test_context_manager_and_timeouts(box):
    with KworkClient.login(box.kwork_login, box.kwork_password, timeout=60.0) as client:
        assert client.timeout == 60.0
        assert client.catalog.get_list(page=1).kworks
    assert KworkClient().token is None
    assert KworkClient(timeout=60.0).base_url == KworkClient.BASE_URL


def test_save_and_restore_a_session(client, tmp_path):
    token = client.token
    creds = client.credentials
    with (tmp_path / "session.json").open("w") as f:
        json.dump(creds, f)
    assert KworkClient(token=token).user.get_info()
    with (tmp_path / "session.json").open() as f:
        creds = json.load(f)
    client = KworkClient(**creds)
    info = client.user.get_info()
    assert info.get("username")
    assert info.get("balance") is not None


def test_catalogue(client):
    response = client.catalog.get_list(page=1, sort="price_asc")
    lines = [f"{kwork.title}: {kwork.price} RUB" for kwork in response.kworks]
    assert not [line for line in lines if "None" in line]
    if response.pagination and response.pagination.has_next:
        assert client.catalog.get_list(page=2).pagination.current_page == 2
    number = response.kworks[0].id
    details = client.catalog.get_details(number)
    assert "None" not in f"{details.title} {details.price} {details.currency} {details.delivery_time}"
    assert details.revisions is None or details.revisions >= 0
    assert client.catalog.get_details_extra(number)
    assert client.catalog.get_list(category_id=5).kworks is not None


def test_projects_and_orders(client):
    projects = client.projects.get_list(page=1).projects
    orders = client.projects.get_payer_orders()
    assert [f"{project.title}: {project.budget} {project.budget_type}" for project in projects]
    assert [f"#{order.id}: {order.status}" for order in orders]
    work = client.projects.get_worker_orders()
    active = [p for p in work if p.status == "in_progress"]
    assert active


def test_users(client):
    my_reviews = client.user.get_reviews()
    user_reviews = client.user.get_reviews(user_id=my_reviews.reviews[0].author.id)
    page2 = client.user.get_reviews(page=2)
    assert my_reviews.average_rating
    assert user_reviews.reviews is not None
    assert page2.pagination.current_page == 2
    assert [f"{kwork.title}: {kwork.price} RUB" for kwork in client.user.get_favorite_kworks()]
    user = KworkUser(id=123, username="seller", rating=4.9)
    assert f"{user.username}: {user.rating}" == "seller: 4.9"


def test_reference_data(client):
    assert next(c for c in client.reference.get_countries() if c.code == "RU").cities
    assert next((c for c in client.reference.get_cities() if c.name == "Москва"), None) is None
    assert next(tz for tz in client.reference.get_timezones() if tz.offset == "+03:00").name
    assert [f"{f.name}: {f.price} RUB" for f in client.reference.get_features()]
    assert client.reference.get_public_features() is not None
    assert [f"{badge.name}: {badge.description}" for badge in client.reference.get_badges_info()]


def test_notifications(client):
    notifs = client.notifications.get_list()
    assert notifs.unread_count == len([n for n in notifs.notifications if not n.is_read])
    assert client.notifications.fetch().unread_count >= 0
    assert all(d.participant.username and d.last_message for d in client.notifications.get_dialogs())
    assert len(client.notifications.get_blocked_dialogs()) > 0


def test_the_rest(client):
    assert client.other.get_wants()
    assert client.other.get_kworks_status()
    assert client.other.is_dialog_allow(1001) in (True, False)
    assert len(client.other.get_viewed_kworks()) > 0
    assert client.other.get_favorite_categories()
    client.other.update_settings({"email_notifications": True, "language": "ru"})
    client.other.go_offline()
    result = client.other.validate_text("Отличный сервис, звоните +7-999-000-00-00")
    if not result.is_valid:
        assert all(issue.message for issue in result.issues)


def test_error_handling(client):
    with pytest.raises(KworkAuthError):
        KworkClient.login("user", "wrong_password")
    with pytest.raises(KworkNotFoundError) as missing:
        client.catalog.get_details(999999)
    assert isinstance(missing.value, KworkApiError)
    assert missing.value.status_code == 404
    with pytest.raises(KworkValidationError) as wrong:
        client.catalog.get_list(page=-1)
    assert wrong.value.fields["page"][0]
    assert isinstance(wrong.value, KworkError)
    assert wrong.value.message
