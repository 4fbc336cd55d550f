"""eTXT: order and buy texts.

The client is :class:`EtxtClient`; models, codes and errors are importable from here.
"""

from __future__ import annotations
