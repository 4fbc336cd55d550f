"""One call under a ``once_key``: what the journal says of it before it is sent, and what it is told afterwards."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from kwork_etxt_sdk.errors import ConfigurationError
from kwork_etxt_sdk.redaction import reveal
from kwork_etxt_sdk.transport.exchange import Request
from kwork_etxt_sdk.transport.journal import Entry, EntryState, Journal


def digest_of(request: Request) -> str:
    """Return a hash of what a request says, without its credentials: the same arguments have the same one."""
    parts = {
        "url": request.url,
        "query": [(name, reveal(value)) for name, value in request.query],
        "form": None if request.form is None else [(name, reveal(value)) for name, value in request.form],
        "json": request.json,
        "files": [(part.field, part.name, hashlib.sha256(part.content).hexdigest()) for part in request.files],
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()


class Once:
    """The claim of one call on its key.

    Args:
        journal: Where keys are remembered.
        scope: The account.
        key: The caller's key.
        call: The method, as ``"etxt tasks.saveTask"``.
        digest: Hash of the arguments.
    """

    def __init__(self, journal: Journal, *, scope: str, key: str, call: str, digest: str) -> None:
        self._journal = journal
        self._scope = scope
        self.key = key
        self._call = call
        self._digest = digest
        self._is_claimed = False

    def look(self) -> Entry | None:
        """Return the entry of an earlier call with this key, if there is one.

        Raises:
            ConfigurationError: The key was used for another call.
        """
        return self._checked(self._journal.find(self._scope, self.key))

    def claim(self) -> Entry | None:
        """Write down that the call is about to be sent; returns the entry of another call that was faster.

        Raises:
            ConfigurationError: The key was used for another call.
        """
        found = self._checked(self._journal.begin(self._scope, self.key, self._call, self._digest))
        self._is_claimed = found is None
        return found

    def done(self, answer: Any) -> None:
        """Write down that it took effect."""
        self._journal.done(self._scope, self.key, answer)

    def free(self) -> None:
        """Write down that it did not take effect: the key can be used again."""
        if self._is_claimed:
            self._is_claimed = False
            self._journal.free(self._scope, self.key)

    def _checked(self, entry: Entry | None) -> Entry | None:
        if entry is not None and (entry.call, entry.digest) != (self._call, self._digest):
            what = "with other arguments" if entry.call == self._call else f"for {entry.call}"
            raise ConfigurationError(
                f"the once_key {self.key!r} was used before, {what} ({entry.sent_at:%Y-%m-%d %H:%M} UTC, "
                f"{_STATES[entry.state]}); nothing was sent. Take another key for another call."
            )
        return entry


_STATES = {EntryState.SENT: "outcome unknown", EntryState.DONE: "done"}
