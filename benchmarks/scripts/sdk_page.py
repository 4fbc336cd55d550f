"""One page over TLS with the SDK, from start to exit, in models."""

import sys

from kwork_etxt_sdk import KworkClient

url, bundle = sys.argv[1:]
with KworkClient("token", app_authorization="Basic x", wire="app", base_url=url, verify=bundle) as client:
    assert len(client.catalog.get_list(page=1).kworks)
