from __future__ import annotations

import itertools
import signal

import pytest

_numbers = itertools.count()


def pytest_configure():
    """Let Ctrl-C work even where the tests were started in the background, with the signal ignored.

    Programs that the tests start would inherit that, and never hear of the Ctrl-C they are sent.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def _state_root(tmp_path_factory):
    return tmp_path_factory.mktemp("limiter-state")


@pytest.fixture(autouse=True)
def _own_limiter_state(_state_root):
    """Give every test limits of its own and no profiles: none touches, or depends on, what is in the user's folders."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KWORK_ETXT_STATE_DIR", str(_state_root / str(next(_numbers))))
        patch.setenv("KWORK_ETXT_CONFIG", str(_state_root / "no-profiles.toml"))
        yield


def pytest_make_parametrize_id(val):
    """Name functions and the like by their names: addresses would differ between two processes of one run."""
    if " at 0x" in repr(val):
        return getattr(val, "__name__", type(val).__name__)
    return None
