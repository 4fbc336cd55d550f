"""A Redis server of the tests' own, and a slow line to it."""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time

import pytest

#: Seconds a server may take to start.
PATIENCE = 20


#: From <sys/prctl.h>: have a signal sent to this process when the thread that started it ends.
_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None)


def _die_with_us():
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


class RedisServer:
    """A server on a free port, which keeps nothing on disk; use it in ``with``."""

    def __init__(self, directory, *options):
        self._command = shutil.which("redis-server")
        if self._command is None:
            missing = "redis-server is not installed (on Debian: apt-get install redis-server)"
            pytest.fail(missing) if os.environ.get("CI") == "true" else pytest.skip(missing)
        self._directory = directory
        self._options = options
        self.port = free_port()

    @property
    def url(self):
        return f"redis://127.0.0.1:{self.port}"

    def start(self):
        quiet = ("--save", "", "--appendonly", "no", "--daemonize", "no", "--bind", "127.0.0.1")
        self._process = subprocess.Popen(
            [self._command, *quiet, "--port", str(self.port), "--dir", str(self._directory), *self._options],
            stdout=subprocess.PIPE,
            text=True,
            preexec_fn=_die_with_us if sys.platform == "linux" else None,  # noqa: PLW1509 - it takes no lock
        )
        lines = []
        watchdog = threading.Timer(PATIENCE, self._process.kill)
        watchdog.start()
        for line in self._process.stdout:
            lines.append(line)
            if "eady to accept connections" in line:
                break
        else:
            raise RuntimeError("redis-server did not start: " + "".join(lines))
        watchdog.cancel()
        self._reader = threading.Thread(target=self._process.stdout.read, daemon=True)  # so that it never waits for us
        self._reader.start()

    def stop(self):
        self._process.kill()
        self._process.wait()
        self._reader.join()
        self._process.stdout.close()

    def freeze(self):
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self):
        self._process.send_signal(signal.SIGCONT)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_failure):
        self.stop()


@contextlib.contextmanager
def slow_line(port, delay):
    """Give a port of this machine behind which `port` answers `delay` seconds late."""
    sockets = []

    def pump(source, target, pause):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                time.sleep(pause)
                target.sendall(data)
        for end in (source, target):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def serve():
        with contextlib.suppress(OSError):
            while True:
                near, _ = listener.accept()
                far = socket.create_connection(("127.0.0.1", port))
                sockets.extend((near, far))
                threading.Thread(target=pump, args=(near, far, 0), daemon=True).start()
                threading.Thread(target=pump, args=(far, near, delay), daemon=True).start()

    listener = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)
        for end in sockets:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()


@contextlib.contextmanager
def stranger():
    """Give a port of this machine where a server of another kind answers."""

    def serve():
        with contextlib.suppress(OSError):
            while True:
                visitor, _ = listener.accept()
                with visitor:
                    visitor.recv(4096)
                    visitor.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    listener = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)
