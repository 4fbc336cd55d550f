"""The signature of eTXT requests, as a pure function."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

#: What eTXT puts behind the password before it is hashed.
_SALT = "api-pass"


def sign(query: Mapping[str, str], api_pass: str) -> str:
    """Return the signature of the parameters of a URL.

    Only what stands in the URL is signed, never the body; values enter as they are, not percent-encoded. This SDK puts
    nothing but ``method``, ``token`` and ``sign`` into the URL.

    Args:
        query: Decoded parameters of the URL; ``sign`` itself is passed over.
        api_pass: The API password of the profile.

    Returns:
        32 lowercase hexadecimal digits.

    Example:
        >>> sign({"method": "users.getBalance", "token": "0123456789abcdef0123456789abcdef"}, "demo-pass-1")
        '0516e39e92aa643c9b317f7601299b48'

    Source: manual, "Request signature".
    """
    pairs = "".join(f"{name}={query[name]}" for name in sorted(query) if name != "sign")
    return _md5(pairs + _md5(api_pass + _SALT))


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
