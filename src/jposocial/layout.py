"""What is called how in a workspace; loaded by every command, so it loads nothing."""

from typing import Final

FILE_NAME: Final = "jposocial.toml"
