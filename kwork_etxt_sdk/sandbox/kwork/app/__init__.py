"""Kwork as its telephone application meets it: forms in, envelopes out, with all their quirks."""

from kwork_etxt_sdk.sandbox.kwork.app import account, catalogue, exchange, orders, reference, talk
from kwork_etxt_sdk.sandbox.kwork.app.registry import METHODS

__all__ = ["METHODS", "account", "catalogue", "exchange", "orders", "reference", "talk"]
