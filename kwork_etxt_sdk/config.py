"""Where settings come from: arguments, then the environment, then defaults. Never from the current folder."""

from __future__ import annotations

import os
from collections.abc import Sequence

from kwork_etxt_sdk.errors import ConfigurationError


def require_environment(*names: str, optional: Sequence[str] = ()) -> dict[str, str]:
    """Return variables of the environment.

    Args:
        names: Those that must be set.
        optional: Those that may be; left out of the answer if they are not.

    Raises:
        ConfigurationError: Some are missing; the message names all of them.
    """
    values = {name: os.environ.get(name, "").strip() for name in (*names, *optional)}
    missing = [name for name in names if not values[name]]
    if missing:
        raise ConfigurationError(f"set {' and '.join(missing)} in the environment")
    return {name: value for name, value in values.items() if value}
