"""Where requests may go."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import urlsplit, urlunsplit

from kwork_etxt_sdk.errors import ConfigurationError

_is_bare = re.compile(r"https?://[\w.-]+(?::\d+)?/[\w./-]*", re.ASCII).fullmatch


def is_loopback(host: str | None) -> bool:
    """Whether a host name is this machine and nothing else."""
    if not host:
        return False
    if host.casefold() == "localhost" or host.casefold().endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def check_base_url(url: str, *, name: str = "base_url") -> str:
    """Return a base URL without a trailing slash; refuse what could carry credentials in the open.

    Raises:
        ConfigurationError: No http(s) URL, one with user name, query or fragment, or plain http beyond loopback.
    """
    try:
        parts = urlsplit(url.strip())
        host, _ = parts.hostname, parts.port
    except (ValueError, AttributeError):
        raise ConfigurationError(f"{name} is not a URL") from None
    if parts.scheme not in {"http", "https"} or not host:
        raise ConfigurationError(f"{name} must begin with https:// and name a host")
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise ConfigurationError(f"{name} must not hold a user name, password, query or fragment")
    if parts.scheme == "http" and not is_loopback(host):
        raise ConfigurationError(
            f"{name} is plain http, which would show your credentials to everybody on the way; "
            "use https (plain http is accepted for this machine only)"
        )
    return urlunsplit((parts.scheme, parts.netloc, parts.path.rstrip("/"), "", ""))


def without_query(url: str) -> str:
    """Return a URL that can be shown: without query, fragment and user name; empty if it can't be read."""
    if _is_bare(url):
        return url  # as nearly always
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))
