"""Kwork as the documentation of its client describes it: cookies, JSON in, plain JSON objects out."""

from kwork_etxt_sdk.sandbox.kwork.documented import account, catalogue, exchange, news, reference
from kwork_etxt_sdk.sandbox.kwork.documented.registry import METHODS

__all__ = ["METHODS", "account", "catalogue", "exchange", "news", "reference"]
