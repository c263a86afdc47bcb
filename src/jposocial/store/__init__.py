"""The database of a workspace."""

from sqlalchemy import Engine

__all__ = ["Engine"]
