"""Walk through orders and keep none: what stays in memory is the pager's."""

import sys

from kwork_etxt_sdk import EtxtClient

url, wanted = sys.argv[1], int(sys.argv[2])
with EtxtClient("token", "password", base_url=url) as client:
    found = sum(1 for _ in client.tasks.list_tasks(folder_id=wanted))
assert found == wanted, f"{found} orders"
