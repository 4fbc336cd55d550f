"""The project's sandbox as a server: prints its address and credentials, serves until its standard input is closed."""

from __future__ import annotations

import json
import sys

from kwork_etxt_sdk.sandbox import Sandbox

if __name__ == "__main__":
    with Sandbox(speed=0) as box:
        sys.stdout.write(json.dumps(box.environment()) + "\n")
        sys.stdout.flush()
        sys.stdin.read()
