from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch):
    """Proxies and certificates of whoever runs the tests are none of theirs."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
