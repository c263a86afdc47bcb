"""The database of a workspace."""

from sqlalchemy import Connection, Engine

__all__ = ["Connection", "Engine"]
