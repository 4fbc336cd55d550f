"""One page over TLS with requests, from start to exit, as plain data."""

import json
import sys

import requests

url, bundle = sys.argv[1:]
form = {"page": "1", "sort": "recommend"}
answer = requests.post(f"{url}/kworks", data=form, headers={"Authorization": "Basic x"}, timeout=30, verify=bundle)
assert len(json.loads(answer.content)["response"]["kworks"])
