"""Which quick reader reads an item is otherwise a matter of how many came before."""

from __future__ import annotations

import pytest

from kwork_etxt_sdk.mapping import shapes

#: After how many items of a shape it gets its reader, and after how many of a model code is written at all.
NEVER = 10**9
READERS = {
    "none is written": (NEVER, NEVER),
    "one for all shapes": (NEVER, 0),
    "one for every shape": (1, 0),
    "one for a shape met thrice": (3, 0),
}


@pytest.fixture(params=READERS, scope="module")
def _every_reader(request):
    """Let a test hold for all kinds of quick readers."""
    enough, few = READERS[request.param]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shapes, "ENOUGH", enough)
        patch.setattr(shapes, "FEW", few)
        patch.setattr(shapes, "MOST_READERS", NEVER)
        yield
