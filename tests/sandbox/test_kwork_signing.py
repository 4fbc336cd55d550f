"""Who may come in, on both wires of Kwork."""

from __future__ import annotations

import http.client
import json

import pytest
import requests

from kwork_etxt_sdk.sandbox import Sandbox
from tests.sandbox.callers import START, TIMEOUT, KworkCaller
from tests.sandbox.kwork_callers import AppCaller


@pytest.fixture
def app(box):
    caller = AppCaller(box)
    yield caller
    caller.session.close()


def post(box, path, body="", **headers):
    """Nothing but what is said here goes over the line."""
    connection = http.client.HTTPConnection("127.0.0.1", box.port, timeout=TIMEOUT)
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request("POST", f"/kwork/{path}", body, headers)
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer, text


FORM = "application/x-www-form-urlencoded"


# --- the app wire -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("named", [{}, {"Authorization": "Basic d3Jvbmc6d3Jvbmc="}, {"Authorization": ""}])
def test_who_does_not_name_the_application_meets_a_page(box, named):
    answer, page = post(box, "actor", "token=1", Content_Type=FORM, **named)
    assert answer.status == 401
    assert answer.getheader("WWW-Authenticate", "").startswith("Basic")
    assert answer.getheader("Content-Type", "").startswith("text/html")
    assert "401 Authorization Required" in page
    assert (box.calls[-1].status, box.calls[-1].refusal, box.calls[-1].params) == (401, "401", {})


def test_the_name_of_the_application_belongs_to_the_seed():
    assert Sandbox(seed=1).kwork_app_authorization.startswith("Basic ")
    assert Sandbox(seed=1).kwork_app_authorization == Sandbox(seed=1).kwork_app_authorization
    assert Sandbox(seed=1).kwork_app_authorization != Sandbox(seed=2).kwork_app_authorization


@pytest.mark.parametrize("login", ["demo_buyer", "demo_buyer@example.invalid"])
def test_signing_in_brings_a_token_and_its_lifetime(box, app, login):
    answer = app.send("signIn", {"login": login, "password": box.kwork_password})
    body = answer.json()
    assert set(body) == {"success", "response"}
    assert set(body["response"]) == {"token", "expired", "need_2fa"}
    assert body["response"]["expired"] == 30 * 86_400
    assert body["response"]["need_2fa"] is False
    assert answer.cookies["slrememberme"]
    app.token = body["response"]["token"]
    assert app("actor")["username"] == box.kwork_login


def test_parameters_may_come_in_the_query_too(box, app):
    query = {"login": box.kwork_login, "password": box.kwork_password}
    token = app.send("signIn", params=query).json()["response"]["token"]
    assert app.send("actor", params={"token": token}).json()["success"] is True
    assert app.send("actor", {"token": token}, params={"token": "other"}).json()["success"] is True
    assert app.send("actor", {"token": "other"}, params={"token": token}).json()["success"] is False


@pytest.mark.parametrize("changed", [{"login": "nobody"}, {"password": "wrong"}])
def test_a_wrong_login_or_password_is_105(app, changed):
    assert app.sign_in(**changed) == {"success": False, "error": "Неверный логин или пароль", "error_code": 105}
    assert app.box.calls[-1].refusal == "105"


@pytest.mark.parametrize("name", ["login", "password"])
def test_what_is_missing_is_100(app, name):
    assert app.sign_in(**{name: ""})["error_code"] == 100


def test_a_captcha_on_request(box, app):
    solution = box.kwork_demand("captcha")
    assert app.sign_in() == {"success": False, "error": "Подтвердите, что вы не робот", "error_code": 118}
    assert app.sign_in(**{"g-recaptcha-response": "wrong"})["error_code"] == 118
    body = app.sign_in(**{"g-recaptcha-response": solution})
    assert body["success"] is True
    assert body["recaptcha_pass_token"]
    assert app.sign_in()["success"] is True

    box.kwork_demand("captcha")
    assert app.sign_in()["error_code"] == 118
    assert app.sign_in(recaptcha_pass_token=body["recaptcha_pass_token"])["success"] is True


def test_a_captcha_that_is_solved_need_not_be_solved_again_for_a_wrong_password(box, app):
    solution = box.kwork_demand("captcha")
    refused = app.sign_in(password="wrong", **{"g-recaptcha-response": solution})
    assert refused["error_code"] == 105
    assert refused["recaptcha_pass_token"]
    assert app.sign_in()["success"] is True


def test_digits_of_the_telephone_number_on_request(box, app):
    digits = box.kwork_demand("phone")
    assert digits.isdigit()
    assert len(digits) == 4
    refused = app.sign_in()
    assert refused["error_code"] == "192"  # a text, as seen
    assert "4 цифры" in refused["error"]
    assert app.sign_in(phone_last="0000")["error_code"] == "192"
    assert app.sign_in(password="wrong", phone_last=digits)["error_code"] == 105
    assert app.sign_in(phone_last=digits)["success"] is True
    assert app.sign_in()["success"] is True


def test_both_demands_at_once(box, app):
    solution, digits = box.kwork_demand("captcha"), box.kwork_demand("phone")
    refused = app.sign_in(**{"g-recaptcha-response": solution})
    assert refused["error_code"] == "192"
    assert app.sign_in(phone_last=digits)["success"] is True


def test_other_demands_are_unknown(box):
    with pytest.raises(ValueError, match="captcha or phone"):
        box.kwork_demand("fingerprint")


def test_a_token_expires_inside_status_200(box, app):
    app.enter()
    assert app("actor")["id"] == 2001
    box.advance(days=31)
    body = app.body("actor")
    assert body == {"success": False, "error": "Необходима авторизация"}
    assert box.calls[-1].refusal == "refused"
    app.enter()
    assert app("actor")["id"] == 2001


def test_tokens_that_have_expired_are_forgotten(box, app):
    for _ in range(5):
        app.enter()
        box.advance(days=40)
    assert len(box.market.tokens) == 1


def test_without_a_token_only_open_methods_answer(app):
    assert app("countries")
    assert app.refused("dialogs") is None
    app.token = "invented"
    assert app("countries")
    assert app.refused("getWebAuthToken") is None
    assert app.refused("logout") is None


def test_signing_out(app):
    app.enter()
    assert app.body("logout") == {"success": True}
    assert app.box.executed["logout"] == 1
    assert app.refused("actor") is None


def test_only_post_and_only_known_methods(app):
    app.enter()
    url = f"{app.box.kwork_base_url}/actor"
    answer = app.session.get(url, timeout=TIMEOUT)
    assert answer.status_code == 200
    assert answer.json() == {"success": False, "error": "Only POST method is allowed"}
    assert app.body("moon") == {"success": False, "error": "Method not found"}


def test_a_json_body_is_not_read(app):
    app.enter()
    answer = app.session.post(
        f"{app.box.kwork_base_url}/user", params={"token": app.token}, json={"id": 1001}, timeout=TIMEOUT
    )
    assert answer.json()["error_code"] == 100


def test_tokens_and_passwords_are_marked_in_the_record(app):
    app.enter()
    app("actor", makeOnline=1)
    assert app.box.calls[-1].params == {"makeOnline": "1"}
    assert app.box.calls[-1].credentials == ("Authorization", "Cookie")


def test_going_offline_and_coming_back(box, app):
    app.enter()
    assert app.body("offline") == {"success": True}
    assert app("user", id=2001)["online"] is False
    app("actor")
    assert app("user", id=2001)["online"] is False
    app("actor", makeOnline=1)
    assert app("user", id=2001)["online"] is True
    assert box.executed["offline"] == 1


# --- the web session --------------------------------------------------------------------------------------------------


def browser_of(app, **params):
    """A browser that has followed the link of a one-time token."""
    link = app("getWebAuthToken", **params)["url"]
    browser = requests.Session()
    return browser, browser.get(link, timeout=TIMEOUT)


def test_a_token_turns_into_a_web_session_once(box, app):
    app.enter()
    response = app("getWebAuthToken", url_to_redirect="/projects")
    assert set(response) == {"token", "expires_at", "url", "url_to_redirect"}
    assert response["expires_at"] == START + 300
    assert response["url"] == f"{box.kwork_base_url}/login-by-token?web_auth_token={response['token']}"
    with requests.Session() as browser:
        page = browser.get(response["url"], timeout=TIMEOUT)
        assert (page.status_code, page.url) == (200, f"{box.kwork_base_url}/projects")
        assert page.headers["Content-Type"].startswith("text/html")
        assert {"userId", "RORSSQIHEK", "csrf_user_token", "slrememberme"} <= set(browser.cookies.keys())
    assert requests.get(response["url"], timeout=TIMEOUT).status_code == 403


def test_without_a_target_it_leads_home_and_the_old_exchange_is_gone(box, app):
    app.enter()
    assert app("getWebAuthToken")["url_to_redirect"] is None
    browser, page = browser_of(app)
    assert (page.status_code, page.url) == (200, f"{box.kwork_base_url}/")
    assert browser.get(f"{box.kwork_base_url}/exchange", timeout=TIMEOUT).status_code == 404
    browser.close()


def test_a_target_elsewhere_is_refused(app):
    app.enter()
    assert app.refused("getWebAuthToken", url_to_redirect="https://example.org/") == 101


def test_a_one_time_token_expires(box, app):
    app.enter()
    link = app("getWebAuthToken")["url"]
    box.advance(minutes=6)
    assert requests.get(link, timeout=TIMEOUT).status_code == 403
    app("getWebAuthToken")
    with box.lock:
        assert len(box._started.kwork.door.targets) == 1


def test_texts_are_checked_by_the_web_site(box, app):
    app.enter()
    browser, _ = browser_of(app)
    url, xhr = f"{box.kwork_base_url}/api/validation/checktext", {"X-Requested-With": "XMLHttpRequest"}

    def check(**how):
        return browser.post(url, headers=xhr, timeout=TIMEOUT, **how)

    body = check(json={"description": "Зделаю сайт, почта a@b.ru", "title": "Скачять"}).json()
    assert body == {
        "success": True,
        "data": {
            "description": {
                "mistakes": [[0, 6]],
                "validError": "Контакты в тексте запрещены",
                "mistakesPercentExceeded": True,
            },
            "title": {"mistakes": [[0, 7]], "validError": "", "mistakesPercentExceeded": True},
        },
    }
    fine = check(json={"title": "Нарисую логотип и отдам исходные файлы"}).json()["data"]["title"]
    assert fine == {"mistakes": [], "validError": "", "mistakesPercentExceeded": False}
    for page in (check(data="{"), check(json=[1])):
        assert page.status_code == 200
        assert page.headers["Content-Type"].startswith("text/html")
    # The wrong verb: a page for people, with status 200.
    assert browser.get(url, headers=xhr, timeout=TIMEOUT).headers["Content-Type"].startswith("text/html")
    browser.close()
    stranger = requests.post(url, json={"title": "x"}, headers=xhr, timeout=TIMEOUT)
    assert stranger.json()["success"] is False
    assert requests.get(f"{box.kwork_base_url}/", headers=xhr, timeout=TIMEOUT).status_code == 403
    assert app.body("api/validation/checktext")["success"] is False  # the application's service has no such method


def test_a_web_session_expires(box, app):
    app.enter()
    browser, page = browser_of(app)
    assert page.status_code == 200
    box.advance(days=31)
    assert browser.get(f"{box.kwork_base_url}/projects", timeout=TIMEOUT).status_code == 403
    browser.close()


# --- the documented wire ----------------------------------------------------------------------------------------------


def test_the_documented_sign_in_asks_for_the_same_on_top(box, kwork):
    solution, digits = box.kwork_demand("captcha"), box.kwork_demand("phone")
    refused = kwork.sign_in()
    assert refused.status_code == 403
    assert refused.json()["errors"][0]["code"] == "118"
    refused = kwork.sign_in(**{"g-recaptcha-response": solution})
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (403, "192")
    assert kwork.sign_in(phone_last=digits).status_code == 200


def test_a_session_expires_before_it_is_exchanged(box, kwork):
    kwork.sign_in()
    assert kwork.send("getWebAuthToken", {}).status_code == 200
    box.advance(days=31)
    assert kwork.send("getWebAuthToken", {}).status_code == 401
    assert requests.post(f"{box.kwork_base_url}/getWebAuthToken", timeout=TIMEOUT).status_code == 401


# --- which wire -------------------------------------------------------------------------------------------------------


def test_a_request_shows_which_wire_it_speaks(box, app, kwork):
    kwork.enter()
    app.enter()
    assert "pagination" in kwork("projects")
    assert "connects" in app.body("projects")
    for body, more in (("page=1", {"Content_Type": FORM}), ("", {"Content_Type": FORM})):
        assert post(box, "projects", body, **more)[0].status == 401
        assert post(box, "projects", body, **more)[1].startswith("<html>")
    answer, text = post(box, "projects?page=1")
    assert (answer.status, text[:6]) == (401, "<html>")
    answer, text = post(box, "projects", "{}", Content_Type="application/json")
    assert (answer.status, json.loads(text)["success"]) == (401, False)


def test_one_wire_only():
    with Sandbox(speed=0, wire="app") as box:
        assert post(box, "projects", "{}", Content_Type="application/json")[0].getheader("WWW-Authenticate")
        assert KworkCaller(box).sign_in().status_code == 401
        caller = AppCaller(box)
        caller.enter()
        assert caller("projects")
        assert box.environment()["KWORK_WIRE"] == "app"
        assert box.environment()["KWORK_APP_AUTHORIZATION"] == box.kwork_app_authorization
    with Sandbox(speed=0, wire="documented") as box:
        assert "KWORK_APP_AUTHORIZATION" not in box.environment()
        documented = KworkCaller(box)
        documented.enter()
        assert documented("projects")
        assert AppCaller(box).send("projects", {"token": "1"}).json()["errors"][0]["code"] == "INVALID_JSON"
        link = f"{box.kwork_base_url}/login-by-token?web_auth_token=1"
        assert requests.get(link, timeout=TIMEOUT).status_code == 405


def test_there_are_two_wires():
    with pytest.raises(ValueError, match="'documented' and 'app'"):
        Sandbox(wire="telegraph")
