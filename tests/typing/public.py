"""Read by mypy --strict and never run: what user code may write about the public names without being told off."""

import kwork_etxt_sdk

version: str = kwork_etxt_sdk.__version__
