"""What is wrong with an image, and where it is kept."""

from __future__ import annotations

from jposocial.messages import Message


class BadImage(Exception):
    """An image that cannot go out: F01 for where it is, E21 for what it is."""

    def __init__(self, rule: str, message: Message, fix: Message) -> None:
        super().__init__(message)
        self.rule = rule
        self.message = message
        self.fix = fix
