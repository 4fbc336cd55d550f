"""Both marketplaces on your own machine: practise, develop and test without spending a rouble or a reputation.

    with Sandbox(speed=3600) as box:
        client = EtxtClient(box.etxt_token, box.etxt_api_pass, base_url=box.etxt_base_url)

The sandbox shares no code with the clients, so that a mistake in one shows against the other. It needs the extra
`sandbox`; importing this package does not, starting a `Sandbox` does.
"""

from kwork_etxt_sdk.sandbox.clock import SimulatedClock
from kwork_etxt_sdk.sandbox.errors import StateError
from kwork_etxt_sdk.sandbox.etxt.shapes import Shapes
from kwork_etxt_sdk.sandbox.faults import Fault
from kwork_etxt_sdk.sandbox.record import Call
from kwork_etxt_sdk.sandbox.server import Sandbox, SandboxUnavailableError

__all__ = ["Call", "Fault", "Sandbox", "SandboxUnavailableError", "Shapes", "SimulatedClock", "StateError"]
