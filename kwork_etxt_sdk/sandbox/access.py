"""The credentials that open the sandbox. They protect nothing: the server listens to this machine only."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass


@dataclass(frozen=True)
class Access:
    """What a client has to present; the same for the same seed."""

    etxt_token: str
    etxt_api_pass: str
    kwork_login: str
    kwork_password: str
    kwork_app_authorization: str

    @classmethod
    def for_seed(cls, seed: int) -> Access:
        """The credentials that belong to a seed."""
        token = hashlib.sha256(f"sandbox token {seed}".encode()).hexdigest()[:32]
        app = hashlib.sha256(f"sandbox app {seed}".encode()).hexdigest()[:24]
        app_authorization = "Basic " + base64.b64encode(f"sandbox:{app}".encode()).decode()
        return cls(token, f"sandbox-pass-{seed}", "demo_buyer", f"sandbox-password-{seed}", app_authorization)
