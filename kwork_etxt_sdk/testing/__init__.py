"""For your own tests: both marketplaces as pytest fixtures, stubs without a server, and samples of answers.

Installed with the extra ``testing``, pytest finds the fixtures by itself; see ``kwork_etxt_sdk.testing.plugin``.
"""

from __future__ import annotations

from kwork_etxt_sdk.testing.samples import sample, sample_names

__all__ = ["sample", "sample_names"]
