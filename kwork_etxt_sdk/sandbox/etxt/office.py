"""Paper that the exchange keeps beside orders: messages, refusals of orders, corrections."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class PrivateMessage:
    """A letter between the customer and another user."""

    id_user: int
    """The other side."""
    id_author: int
    text: str
    date: int
    read: bool = False


@dataclass
class SystemMessage:
    """News from the exchange that the customer has not read yet."""

    id: int
    text: str
    date: int


@dataclass
class TaskFail:
    """An author lost an order, and rating with it."""

    id_task: int
    id_user: int
    title: str
    date: int
    rate_lost: int
    returned_at: int = 0


@dataclass
class Correction:
    """A text handed to a proof-reader."""

    id: int
    title: str
    description: str
    text: str
    deadline: int
    id_folder: int = 0
