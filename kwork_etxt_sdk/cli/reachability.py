"""How far one gets on the way to a service: its name, a connection, TLS, an answer."""

from __future__ import annotations

import os
import socket
import ssl
from pathlib import Path
from typing import Any, Final

#: Longest wait for each step, in seconds.
PATIENCE: Final = 10.0


def answer_of(url: str, *, proxies: dict[str, str], verify: bool | str) -> Any:
    """Ask an address without credentials; return the answer, or in a word why there is none."""
    import requests

    try:
        return requests.get(
            url,
            auth=lambda request: request,  # else what ~/.netrc says of the host would be sent
            allow_redirects=False,
            stream=True,
            timeout=PATIENCE,
            proxies=proxies,
            verify=verify,
        )
    except requests.RequestException as failure:
        return type(failure).__name__


def unreachable(host: str, port: int, *, verify: bool | str | None) -> tuple[str, str] | None:
    """Go as far as TLS: return what fails and what to do, None if nothing does. `verify` is None without TLS."""
    try:
        socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError:
        return f"DNS knows no {host}", "Check the network and the name server; and base_url, if you set it."
    try:
        connection = socket.create_connection((host, port), timeout=PATIENCE)
    except OSError as failure:
        words = failure.strerror or str(failure)
        return f"no connection to {host}:{port}: {words}", "A firewall, a proxy, or the service is down."
    with connection:
        if verify is None:
            return None
        try:
            with _context(verify=verify).wrap_socket(connection, server_hostname=host):
                return None
        except OSError as failure:
            reason = getattr(failure, "verify_message", None) or getattr(failure, "reason", None) or failure
            return (
                f"TLS with {host} failed: {reason}",
                "Check this machine's clock. Where a proxy opens TLS, name the file of its CA in verify.",
            )


def _context(*, verify: bool | str) -> ssl.SSLContext:
    from requests.adapters import DEFAULT_CA_BUNDLE_PATH

    if verify is False:
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        return context
    named = [os.environ.get(name) for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")]
    path = verify if isinstance(verify, str) else next(filter(None, named), DEFAULT_CA_BUNDLE_PATH)
    is_folder = Path(path).is_dir()
    return ssl.create_default_context(cafile=None if is_folder else path, capath=path if is_folder else None)
