"""The tree of errors: constructors, texts, inheritance, and the way through a process border."""

from __future__ import annotations

import copy
import pickle
from datetime import datetime, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

import kwork_etxt_sdk
from kwork_etxt_sdk import errors
from kwork_etxt_sdk.errors import DryRun, OutcomeUnknown, ResponseSnapshot, SdkError, ValidationError
from kwork_etxt_sdk.etxt import errors as etxt
from kwork_etxt_sdk.kwork import errors as kwork

RESPONSE = ResponseSnapshot(
    status_code=422, url="https://x.invalid/a", headers={"server": "x"}, text='{"error": "Неверно"}'
)


def _classes(module):
    return [
        value
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, BaseException) and value.__module__ == module.__name__
    ]


ALL = [*_classes(errors), *_classes(etxt), *_classes(kwork)]


def made(cls):
    """An error as the SDK leaves it: made by its constructor, then told more."""
    if cls is DryRun:
        error = cls("POST https://x.invalid", {"method": "POST"})
    else:
        error = cls("what went wrong", response=RESPONSE)
    error.call, error.code, error.hint = "etxt tasks.saveTask", "no_object", "Check the id."
    error.attempts, error.waited, error.status_code = 3, 1.5, 422
    error.retry_in = 7.0
    return error


@pytest.mark.parametrize("cls", ALL, ids=lambda cls: cls.__name__)
@pytest.mark.parametrize(
    "travel",
    [
        *(lambda error, protocol=protocol: pickle.loads(pickle.dumps(error, protocol)) for protocol in range(6)),
        copy.copy,
        copy.deepcopy,
    ],
)
def test_every_error_travels_with_all_it_knows(cls, travel):
    error = made(cls)
    arrived = travel(error)
    assert type(arrived) is cls
    assert vars(arrived) == vars(error)
    assert arrived.args == error.args
    assert (str(arrived), repr(arrived)) == (str(error), repr(error))
    assert arrived is not error


@pytest.mark.parametrize("cls", ALL, ids=lambda cls: cls.__name__)
def test_every_error_says_what_was_called_what_went_wrong_and_what_to_do(cls):
    error = made(cls)
    assert isinstance(error, SdkError)
    assert str(error).startswith("etxt tasks.saveTask: ")
    assert str(error).endswith(" Check the id.")
    assert error.message in str(error)
    error.call = error.hint = None
    assert str(error) == error.message


@pytest.mark.parametrize("cls", [cls for cls in ALL if cls != DryRun], ids=lambda cls: cls.__name__)
def test_every_error_takes_its_message_alone(cls):
    error = cls("what went wrong")
    assert "what went wrong" in error.message
    assert (error.response, error.call, error.hint, error.attempts, error.waited) == (None, None, None, 0, 0.0)


@pytest.mark.parametrize("cls", [cls for cls in ALL if cls != DryRun], ids=lambda cls: cls.__name__)
def test_every_error_keeps_a_snapshot_of_the_answer(cls):
    error = cls("what went wrong", response=RESPONSE)
    assert error.response is RESPONSE
    assert error.status_code in {422, 404, 429, 400}


@pytest.mark.parametrize("cls", [*_classes(etxt), *_classes(kwork)], ids=lambda cls: cls.__name__)
def test_every_error_of_a_marketplace_has_its_root_and_a_meaning(cls):
    root = etxt.EtxtError if cls.__module__ == etxt.__name__ else kwork.KworkError
    assert issubclass(cls, root)
    meanings = [meaning for meaning in _classes(errors) if issubclass(cls, meaning) and meaning is not SdkError]
    assert meanings or cls in {root, kwork.KworkApiError}


@pytest.mark.parametrize("module", [etxt, kwork], ids=["etxt", "kwork"])
def test_every_meaning_that_the_transport_raises_has_a_class_that_takes_what_it_gives(module):
    needed = {
        errors.DeadlineError,
        errors.NetworkError,
        errors.RateLimitError,
        errors.RefusedError,
        errors.UnexpectedResponseError,
    }
    assert needed <= set(module.BY_MEANING)
    for meaning, cls in module.BY_MEANING.items():
        assert issubclass(cls, meaning)
        error = cls("what went wrong", response=RESPONSE)
        assert (error.message, error.response) == ("what went wrong", RESPONSE)


@pytest.mark.parametrize("cls", _classes(errors), ids=lambda cls: cls.__name__)
def test_every_meaning_is_importable_from_the_package(cls):
    assert getattr(kwork_etxt_sdk, cls.__name__) is cls


# ------------------------------------------------------------------------------------------------------------- single


def test_the_status_of_the_answer_is_taken_from_it():
    assert SdkError("x", RESPONSE).status_code == 422
    assert SdkError("x", object()).status_code is None
    assert SdkError("x").status_code is None


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        ("eTXT says: не верны", "eTXT says: не верны. Look at it."),
        ("It is gone.", "It is gone. Look at it."),
        ("Why?", "Why? Look at it."),
    ],
)
def test_what_to_do_is_a_sentence_of_its_own(message, shown):
    assert str(SdkError(message, hint="Look at it.")) == shown
    assert str(SdkError(message)) == message


def test_code_and_hint_can_be_given_at_once():
    error = SdkError("x", code="no_object", hint="Look.")
    assert (error.code, error.hint, str(error)) == ("no_object", "Look.", "x. Look.")


def test_a_validation_error_names_the_fields_and_whether_it_was_sent():
    error = ValidationError("x", {"title": ["is too long"]}, RESPONSE, code="no_params", hint="Look.", sent=False)
    assert (error.fields, error.sent, error.code, error.response) == (
        {"title": ["is too long"]},
        False,
        "no_params",
        RESPONSE,
    )
    default = ValidationError()
    assert (default.message, default.fields, default.sent) == ("Validation failed", {}, True)


def test_the_fields_of_a_validation_error_are_its_own():
    fields = {"title": ["is too long"]}
    error = ValidationError("x", fields)
    fields.clear()
    assert error.fields == {"title": ["is too long"]}


def test_a_dry_run_shows_the_request():
    error = DryRun("POST https://x.invalid", {"method": "POST"})
    assert str(error) == "dry run, nothing was sent:\nPOST https://x.invalid"
    assert (error.wire, error.request) == ("POST https://x.invalid", {"method": "POST"})


def test_an_unknown_outcome_leaves_its_client_behind_when_it_travels():
    moment = datetime(2026, 3, 14, tzinfo=timezone.utc)
    error = OutcomeUnknown(
        "x",
        RESPONSE,
        effect="MONEY",
        phase="sent",
        sent_at=moment,
        reason="lost",
        check="tasks.list_tasks",
        parameters={"id": 7},
        ask=lambda: 5,
    )
    arrived = pickle.loads(pickle.dumps(error))
    assert error.ask() == 5
    assert (arrived.effect, arrived.phase, arrived.sent_at, arrived.reason, arrived.check, arrived.parameters) == (
        "MONEY",
        "sent",
        moment,
        "lost",
        "tasks.list_tasks",
        {"id": 7},
    )
    with pytest.raises(errors.ConfigurationError, match=r"call tasks\.list_tasks yourself"):
        arrived.ask()


def test_an_unknown_outcome_knows_little_by_itself():
    error = OutcomeUnknown("x")
    assert (error.effect, error.phase, error.sent_at, error.reason, error.check, error.parameters) == (
        "",
        "unknown",
        None,
        "",
        None,
        {},
    )
    with pytest.raises(errors.ConfigurationError, match="call the service yourself"):
        error.ask()


def test_an_unknown_outcome_is_nothing_but_an_sdk_error():
    assert OutcomeUnknown.__mro__ == (OutcomeUnknown, SdkError, Exception, BaseException, object)


def test_a_snapshot_reads_its_text_as_json_if_it_is_some():
    assert RESPONSE.json() == {"error": "Неверно"}
    with pytest.raises(ValueError, match=r"."):
        ResponseSnapshot(200, "", {}, "<html>").json()
    long = ResponseSnapshot(200, "https://x.invalid", {}, "x" * 4000)
    assert len(repr(long)) < 200


def test_notes_travel_too():
    error = SdkError("x")
    if not hasattr(error, "add_note"):
        pytest.skip("Python 3.10 has no notes")
    error.add_note("by the way")
    assert pickle.loads(pickle.dumps(error)).__notes__ == ["by the way"]


@given(st.text(), st.none() | st.text(), st.none() | st.text())
def test_no_text_breaks_an_error(message, call, hint):
    error = SdkError(message, hint=hint)
    error.call = call
    assert message in str(error)
    assert str(pickle.loads(pickle.dumps(error))) == str(error)


# ---------------------------------------------------------------------------------- the documented classes of Kwork


def test_constructors_of_the_documented_classes_of_kwork():
    assert kwork.KworkError("m", RESPONSE).message == "m"
    auth = kwork.KworkAuthError()
    assert (auth.message, auth.response) == ("Authentication failed", None)
    assert kwork.KworkAuthError("m", RESPONSE).response is RESPONSE
    api = kwork.KworkApiError("m", 500, RESPONSE)
    assert (api.message, api.status_code, api.response) == ("m", 500, RESPONSE)
    assert kwork.KworkApiError("m").status_code is None
    missing = kwork.KworkNotFoundError("kwork 7", RESPONSE)
    assert (missing.message, missing.status_code) == ("Resource not found: kwork 7", 404)
    fast = kwork.KworkRateLimitError()
    assert (fast.message, fast.status_code, fast.response) == ("Rate limit exceeded", 429, None)
    assert kwork.KworkRateLimitError("m", RESPONSE).response is RESPONSE
    wrong = kwork.KworkValidationError("m", {"a": ["b"]}, RESPONSE)
    assert (wrong.message, wrong.fields, wrong.response, wrong.status_code) == ("m", {"a": ["b"]}, RESPONSE, 400)
    assert (kwork.KworkValidationError().message, kwork.KworkValidationError().fields) == ("Validation failed", {})
    assert kwork.KworkValidationError(sent=False).status_code is None
    network = kwork.KworkNetworkError()
    assert (network.message, network.response) == ("Network error", None)


@pytest.mark.parametrize(
    ("cls", "parents"),
    [
        (kwork.KworkAuthError, [kwork.KworkError, errors.AuthError]),
        (kwork.KworkApiError, [kwork.KworkError]),
        (kwork.KworkNotFoundError, [kwork.KworkApiError, errors.NotFoundError]),
        (kwork.KworkRateLimitError, [kwork.KworkApiError, errors.RateLimitError]),
        (kwork.KworkValidationError, [kwork.KworkApiError, errors.ValidationError]),
        (kwork.KworkNetworkError, [kwork.KworkError, errors.NetworkError]),
    ],
)
def test_inheritance_of_the_documented_classes_of_kwork(cls, parents):
    assert all(issubclass(cls, parent) for parent in parents)


def test_kwork_network_errors_are_no_api_errors():
    assert not issubclass(kwork.KworkNetworkError, kwork.KworkApiError)
    assert not issubclass(kwork.KworkAuthError, kwork.KworkApiError)


# --------------------------------------------------------------------------------------------------------------- etxt


@pytest.mark.parametrize(("code", "entry"), etxt.BY_CODE.items())
def test_every_documented_code_of_etxt_has_a_class_and_advice(code, entry):
    cls, hint = entry
    error = cls(f"eTXT refused: {code}.", code=code, hint=hint)
    assert (error.code, error.hint) == (code, hint)
    assert hint.endswith(".")
    assert issubclass(cls, etxt.EtxtError)
