"""What the customer thinks of other users: white and black list, and private notes about them."""

from __future__ import annotations

from dataclasses import dataclass

WHITE = "whiteList"
BLACK = "blackList"


@dataclass
class ListEntry:
    """A user on the white or the black list, perhaps in a group."""

    id_user: int
    colour: str
    id_group: int = 0


@dataclass
class UserNote:
    """What the customer wrote down about a user."""

    text: str
    date: int
