"""What a template can get wrong; the text of a Problem F06."""

from __future__ import annotations

from jposocial.messages import Message


class TemplateValueError(ValueError):
    """A filter or an operation refused its value."""

    def __init__(self, message: Message) -> None:
        super().__init__(message)
        self.message = message


class BadTemplate(Exception):
    """A template that cannot be read or rendered; `path` is relative to the workspace."""

    def __init__(self, path: str, line: int, message: Message, fix: Message) -> None:
        super().__init__(message)
        self.path = path
        self.line = line
        self.message = message
        self.fix = fix
