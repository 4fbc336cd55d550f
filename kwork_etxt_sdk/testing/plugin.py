"""Fixtures for pytest: both marketplaces on this machine, clients bound to them, and stubs without a server.

Pytest finds this module by its entry point. It imports nothing of the SDK until a fixture is used.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from responses import RequestsMock

    from kwork_etxt_sdk import EtxtClient, KworkClient
    from kwork_etxt_sdk.sandbox import Call, Sandbox
    from kwork_etxt_sdk.testing.stubs import EtxtStub, KworkStub

#: How the fixtures' sandbox is made unless a test module has a fixture ``sandbox_options`` of its own.
DEFAULT_OPTIONS = {"speed": 0.0}


@pytest.fixture
def sandbox_options() -> dict[str, Any]:
    """Arguments of ``Sandbox``. Override it to choose another seed, another wire of Kwork, faults from the start.

    By default simulated time stands still, and passes when ``advance`` is called.
    """
    return dict(DEFAULT_OPTIONS)


@pytest.fixture
def marketplaces(sandbox_options: dict[str, Any]) -> Iterator[Sandbox]:
    """A fresh sandbox with both marketplaces, stopped at the end of the test."""
    from kwork_etxt_sdk.sandbox import Sandbox, SandboxUnavailableError

    box = Sandbox(**sandbox_options)
    try:
        box.start()
    except SandboxUnavailableError as missing:
        pytest.fail(_missing(missing), pytrace=False)
    try:
        yield box
    finally:
        box.stop()


@pytest.fixture
def etxt_sandbox(marketplaces: Sandbox) -> Sandbox:
    """The sandbox; eTXT is at ``etxt_base_url``, and ``etxt_token`` and ``etxt_api_pass`` open it."""
    return marketplaces


@pytest.fixture
def kwork_sandbox(marketplaces: Sandbox) -> Sandbox:
    """The same sandbox; Kwork is at ``kwork_base_url``, and ``kwork_login`` and ``kwork_password`` open it."""
    return marketplaces


@pytest.fixture
def etxt_client(etxt_sandbox: Sandbox) -> Iterator[EtxtClient]:
    """A client for the customer of the sandbox's eTXT. When it has to wait, simulated time passes instead."""
    from kwork_etxt_sdk.testing.clock import SandboxClock

    with etxt_sandbox.etxt_client(clock=SandboxClock(etxt_sandbox)) as client:
        yield client


@pytest.fixture
def kwork_client(kwork_sandbox: Sandbox) -> Iterator[KworkClient]:
    """A client that has signed in to the sandbox's Kwork. When it has to wait, simulated time passes instead."""
    from kwork_etxt_sdk.testing.clock import SandboxClock

    with kwork_sandbox.kwork_client(clock=SandboxClock(kwork_sandbox)) as client:
        yield client


@pytest.fixture
def advance(marketplaces: Sandbox) -> Callable[..., None]:
    """``advance(hours=5)``: lets simulated time pass, and happen what was due meanwhile."""
    return marketplaces.advance


@pytest.fixture
def fail_next(marketplaces: Sandbox) -> Callable[..., None]:
    """``fail_next("429", method="tasks.paidTask", retry_after=5)``: lets the next such call fail."""
    return marketplaces.fail_next


@pytest.fixture
def calls(marketplaces: Sandbox) -> Callable[..., list[Call]]:
    """``calls("tasks.paidTask")``: what the sandbox has received of a method, or of all without an argument."""

    def received(method: str | None = None) -> list[Call]:
        return [call for call in marketplaces.calls if method in (None, call.method)]

    return received


@pytest.fixture
def replaced_network() -> Iterator[RequestsMock]:
    """What stands in for the network of both stubs."""
    try:
        from kwork_etxt_sdk.testing.stubs import replaced_network
    except ModuleNotFoundError as missing:
        pytest.fail(_missing(missing), pytrace=False)
    with replaced_network() as network:
        yield network


@pytest.fixture
def etxt_stub(replaced_network: RequestsMock) -> EtxtStub:
    """Answers eTXT's methods with payloads, without a server."""
    from kwork_etxt_sdk.testing.stubs import EtxtStub

    return EtxtStub(replaced_network)


@pytest.fixture
def kwork_stub(replaced_network: RequestsMock) -> KworkStub:
    """Answers Kwork's methods with payloads, without a server."""
    from kwork_etxt_sdk.testing.stubs import KworkStub

    return KworkStub(replaced_network)


def _missing(error: ImportError) -> str:
    # The sandbox says in words of its own what it lacks; its cause names the package.
    name = (error.name or getattr(error.__cause__, "name", None) or "").partition(".")[0]
    return f"this fixture needs the package {name!r}; install it with: pip install 'kwork-etxt-sdk[testing]'"
