"""The signature against vectors on which several public clients, written in three languages, agree."""

from __future__ import annotations

import hashlib
from urllib.parse import quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kwork_etxt_sdk.etxt.signature import sign

TOKEN = "0123456789abcdef0123456789abcdef"
API_PASS = "demo-pass-1"
INNER = {API_PASS: "c180a023eeae3e29c17acf2de6f72320", "Пароль#2 %+&": "48b660fc8c898c092d0e0e4a2fbd3ff7"}

#: Parameters of the URL beside the token, what is hashed (T stands for the token), the signature.
VECTORS = [
    ({"method": "users.getBalance"}, "method=users.getBalancetoken=T", "0516e39e92aa643c9b317f7601299b48"),
    ({"method": "tasks.saveTask"}, "method=tasks.saveTasktoken=T", "482da65cdcc4e1646e47ee75d1698d1d"),
    (
        {"method": "tasks.getResults", "id": "1000001"},
        "id=1000001method=tasks.getResultstoken=T",
        "3a8c1a4f96503420b7895247d4eb12af",
    ),
    (
        {"method": "tasks.listTasks", "status": "4", "from": "100", "only_id": "1"},
        "from=100method=tasks.listTasksonly_id=1status=4token=T",
        "cb2a040ca6fdfe3143fae467dd3d3c52",
    ),
    (
        {"method": "articles.getList", "text": "кофе и чай+сахар 50%", "count": "20"},
        "count=20method=articles.getListtext=кофе и чай+сахар 50%token=T",
        "e2ff155964017dcfc4ba847c372edb6d",
    ),
    (
        {"method": "users.getUser", "id": "42", "login": ""},
        "id=42login=method=users.getUsertoken=T",
        "61685f30c060b5046ef8810b1ca2be28",
    ),
    (
        {
            "method": "articles.getList",
            "price_from": "100",
            "price_to": "900",
            "price_type": "1",
            "text": "tea",
            "text_type": "title",
        },
        "method=articles.getListprice_from=100price_to=900price_type=1text=teatext_type=titletoken=T",
        "30a7a27482d34358e2fbc1bca15e553c",
    ),
    (
        {"method": "tasks.failTask", "id": "1000001", "copy": "1", "deadline": "25.12.2030", "timeline": "17:00"},
        "copy=1deadline=25.12.2030id=1000001method=tasks.failTasktimeline=17:00token=T",
        "fa21d4db58c6885366c9b64fd973de49",
    ),
]
#: What mistakes seen in public code come to.
WRONG = {
    "the text percent-encoded": "f11ff17f98f60d9dbf84eeac888fffed",
    "a body parameter signed": "49922609e985ec19793913cd1fa492a0",
    "one flat hash": "061ee721752dc40f27978f76dc4b924d",
    "the password hashed alone": "4047bcd3c76473d531ae437aa141e316",
}


def md5(text):
    return hashlib.md5(text.encode()).hexdigest()


def reference(query, api_pass):
    """The recipe of the manual, written once more and differently."""
    base = ""
    for name in sorted(set(query) - {"sign"}, key=lambda name: name.encode()):
        base += name + "=" + query[name]
    return md5(base + md5(f"{api_pass}api-pass"))


@pytest.mark.parametrize(("query", "base", "expected"), VECTORS, ids=[vector[2][:8] for vector in VECTORS])
def test_vectors(query, base, expected):
    assert sign({**query, "token": TOKEN}, API_PASS) == expected
    assert md5(base.replace("token=T", f"token={TOKEN}") + INNER[API_PASS]) == expected


def test_a_password_of_any_characters():
    password = "Пароль#2 %+&"
    assert md5(password + "api-pass") == INNER[password]
    assert sign({"method": "users.getBalance", "token": TOKEN}, password) == "356e6f4efc156258cef938f6593ac0e1"


def test_what_must_not_come_out():
    made = {sign({**query, "token": TOKEN}, API_PASS) for query, _, _ in VECTORS}
    made.add(sign({"method": "users.getList", "token": TOKEN}, API_PASS))
    assert made.isdisjoint(WRONG.values())
    # The wrong ones are what they are said to be.
    text = quote_plus("кофе и чай+сахар 50%")
    encoded = {"method": "articles.getList", "token": TOKEN, "count": "20", "text": text}
    assert sign(encoded, API_PASS) == WRONG["the text percent-encoded"]
    assert (
        sign({"method": "users.getList", "online": "1", "token": TOKEN}, API_PASS) == WRONG["a body parameter signed"]
    )
    base = f"method=users.getBalancetoken={TOKEN}"
    assert md5(f"{base}{API_PASS}api-pass") == WRONG["one flat hash"]
    assert md5(base + md5(API_PASS) + "api-pass") == WRONG["the password hashed alone"]


def test_users_get_list_signs_method_and_token_only():
    assert sign({"method": "users.getList", "token": TOKEN}, API_PASS) == "1415def869f0c85dffe47fe1040963a4"


texts = st.text(st.characters(exclude_categories=["Cs"]))


@given(st.dictionaries(texts, texts), texts)
def test_any_query_is_signed_as_the_recipe_says(query, api_pass):
    assert sign(query, api_pass) == reference(query, api_pass)


@given(st.dictionaries(texts, texts, min_size=1), texts, st.randoms())
def test_neither_order_nor_an_earlier_signature_matters(query, api_pass, random):
    shuffled = list(query.items())
    random.shuffle(shuffled)
    assert sign({**dict(shuffled), "sign": "anything"}, api_pass) == sign({**query, "sign": ""}, api_pass)


@given(st.dictionaries(texts, texts, min_size=1), texts, texts)
def test_another_password_makes_another_signature(query, one, other):
    assert (sign(query, one) == sign(query, other)) == (one == other)
