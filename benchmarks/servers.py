"""The servers, all on loopback and on free ports: nginx, the one with latency, Redis, the sandbox."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks import pages, processors
from benchmarks.environments import ENVIRONMENTS, ROOT

#: Seconds that a server may take to start.
PATIENCE = 20
HOST = "127.0.0.1"

_NGINX = """
daemon off; {user} worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/nginx.log crit;
events {{ worker_connections 4096; }}
http {{
  access_log off; server_tokens off; keepalive_requests 100000000; keepalive_timeout 600s; lingering_close off;
  tcp_nodelay on; sendfile on; default_type application/json; types {{ }}
  ssl_certificate {folder}/server.pem; ssl_certificate_key {folder}/server.key; ssl_session_tickets off;
  {temporary}
  map $arg_method $etxt {{ users.getBalance balance; tasks.listTasks orders; default missing; }}
  upstream even {{ server {host}:{even}; keepalive 64; }}
  upstream uneven {{ server {host}:{uneven}; keepalive 64; }}
  server {{ listen {host}:{http}; listen {host}:{https} ssl; root {folder}; include {folder}/locations.conf; }}
  server {{ listen {host}:{one_call} ssl; root {folder}; keepalive_timeout 0; include {folder}/locations.conf; }}
  server {{ listen {host}:{late} ssl; root {folder}; include {folder}/late-even.conf; }}
  server {{ listen {host}:{late_uneven}; root {folder}; include {folder}/late-uneven.conf; }}
}}
"""
# A POST to a file is refused with 405; sending the file in place of the refusal is all that is wanted here.
_LOCATIONS = """
error_page 405 =200 $uri;
rewrite ^/api/json/$ /$etxt.json;
rewrite ^/kworks$ /kworks-app.json;
rewrite ^/catalogMainv2$ /kworks-documented.json;
rewrite ^/projects$ /projects.json;
rewrite ^/offline$ /offline.json;
location / { }
"""
_LATE = """
error_page 405 =200 $uri;
location / { proxy_pass http://%s; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_buffering on; }
location /pages/ { internal; }
"""


@dataclass
class Servers:
    """What is running.

    Attributes:
        urls: Addresses by name.
        missing: Why something is not running, by the name it would have.
        bundle: A CA bundle of the usual size that has our certificate, too.
        folder: Where the files are.
        versions: Versions of the servers.
        credentials: With which the sandbox lets one in.
    """

    folder: Path
    urls: dict[str, str] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    credentials: dict[str, str] = field(default_factory=dict)

    @property
    def bundle(self) -> str:
        """The path of the CA bundle."""
        return str(self.folder / "bundle.pem")


@contextlib.contextmanager
def running(folder: Path, *, big_file_bytes: int) -> Iterator[Servers]:
    """Start all servers that can be started, and stop them at the end."""
    servers = Servers(folder)
    pages.write_all(folder, big_file_bytes)
    with contextlib.ExitStack() as stack:
        stack.enter_context(_latency(servers))
        stack.enter_context(_nginx(servers))
        stack.enter_context(_redis(servers))
        stack.enter_context(_sandbox(servers))
        yield servers


def _start(command: list[str], **settings: Any) -> subprocess.Popen[Any]:
    with processors.on(processors.LAST):
        return subprocess.Popen(command, **settings)


@contextlib.contextmanager
def _module(python: str, module: str) -> Iterator[dict[str, Any]]:
    """Run a module of ours that prints a line of JSON when it is ready, and serves until its input is closed."""
    process = _start(
        [python, "-m", module], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=ROOT
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        if not line:
            raise RuntimeError(f"{module} did not start")
        yield json.loads(line)
    finally:
        process.stdin.close()
        _stop(process)
        process.stdout.close()


@contextlib.contextmanager
def _latency(servers: Servers) -> Iterator[None]:
    with _module(sys.executable, "benchmarks.latency") as ports:
        servers.urls.update({f"direct {name}": f"{HOST}:{port}" for name, port in ports.items()})
        servers.urls["orders"] = f"http://{HOST}:{ports['orders']}/api/json/"
        yield


@contextlib.contextmanager
def _sandbox(servers: Servers) -> Iterator[None]:
    with _module(str(ENVIRONMENTS["sdk"].python), "benchmarks.sandbox_server") as told:
        servers.urls["sandbox"] = told["ETXT_BASE_URL"]
        servers.credentials.update({"token": told["ETXT_TOKEN"], "api_pass": told["ETXT_API_PASS"]})
        yield


@contextlib.contextmanager
def _nginx(servers: Servers) -> Iterator[None]:
    command = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
    reason = "" if command else "nginx is not installed"
    if command:
        reason = _certify(servers.folder)
    if reason or command is None:
        for name in ("http", "https", "one call", "late", "late uneven"):
            servers.missing[name] = reason
        yield
        return
    names = ("http", "https", "one_call", "late", "late_uneven")
    ports = dict(zip(names, _free_ports(len(names)), strict=True))
    folder = servers.folder
    temporary = " ".join(
        f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    direct = {name: servers.urls[f"direct {name}"].partition(":")[2] for name in ("even", "uneven")}
    user = "user root;" if os.geteuid() == 0 else ""
    (folder / "locations.conf").write_text(_LOCATIONS)
    for name in direct:
        (folder / f"late-{name}.conf").write_text(_LATE % name)
    (folder / "nginx.conf").write_text(
        _NGINX.format(folder=folder, user=user, host=HOST, temporary=temporary, **direct, **ports)
    )
    process = _start([command, "-p", str(folder), "-c", str(folder / "nginx.conf")], stderr=subprocess.DEVNULL)
    try:
        _await(ports["http"], process)
        for name in names:
            scheme = "https" if name in {"https", "one_call", "late"} else "http"
            servers.urls[name.replace("_", " ")] = f"{scheme}://{HOST}:{ports[name]}"
        told = subprocess.run([command, "-v"], capture_output=True, text=True, check=False)
        servers.versions["nginx"] = told.stderr.strip().rpartition("/")[2]
        yield
    finally:
        _stop(process)


def _certify(folder: Path) -> str:
    """Make a certificate for this machine and a CA bundle with it; return why not, or nothing."""
    openssl = shutil.which("openssl")
    if openssl is None:
        return "openssl is not installed"
    done = subprocess.run(
        [
            *(openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"),
            *("-days", "2", "-subj", f"/CN={HOST}", "-addext", f"subjectAltName=IP:{HOST}"),
            *("-addext", "keyUsage=critical,digitalSignature,keyCertSign"),
            *("-keyout", str(folder / "server.key"), "-out", str(folder / "server.pem")),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        return "openssl makes no certificate"
    where = subprocess.run(
        [str(ENVIRONMENTS["sdk"].python), "-c", "import certifi; print(certifi.where())"],
        capture_output=True,
        text=True,
        check=True,
    )
    usual = Path(where.stdout.strip()).read_text(encoding="utf-8")
    (folder / "bundle.pem").write_text(usual + (folder / "server.pem").read_text(encoding="utf-8"), encoding="utf-8")
    return ""


@contextlib.contextmanager
def _redis(servers: Servers) -> Iterator[None]:
    command = shutil.which("redis-server")
    if command is None:
        servers.missing["redis"] = "redis-server is not installed"
        yield
        return
    (port,) = _free_ports(1)
    process = _start(
        [
            *(command, "--port", str(port), "--bind", HOST, "--save", "", "--appendonly", "no"),
            *("--dir", str(servers.folder), "--daemonize", "no"),
        ],
        stdout=subprocess.DEVNULL,
    )
    try:
        _await(port, process)
        servers.urls["redis"] = f"redis://{HOST}:{port}/0"
        told = subprocess.run([command, "--version"], capture_output=True, text=True, check=False).stdout
        servers.versions["redis-server"] = told.partition("v=")[2].partition(" ")[0]
        yield
    finally:
        _stop(process)


def _free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        listeners = [stack.enter_context(socket.create_server((HOST, 0))) for _ in range(count)]
        return [listener.getsockname()[1] for listener in listeners]


def _await(port: int, process: subprocess.Popen[Any]) -> None:
    give_up = time.monotonic() + PATIENCE
    with socket.socket() as visitor:
        while visitor.connect_ex((HOST, port)):
            if process.poll() is not None or time.monotonic() > give_up:
                raise RuntimeError("a server did not start within its time")
            time.sleep(0.05)


def _stop(process: subprocess.Popen[Any]) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
    try:
        process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
