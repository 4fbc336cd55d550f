"""Download a file, and nothing else: the largest memory it took is the process's."""

import sys
from pathlib import Path

from kwork_etxt_sdk import EtxtClient

url, path = sys.argv[1:]
with EtxtClient("token", "password", base_url="http://127.0.0.1:1/") as client:
    client.files.save(url, Path(path))
Path(path).unlink()
