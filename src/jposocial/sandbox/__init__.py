"""A stand-in for the platforms: a real HTTP server that posts to a file and can misbehave."""

from jposocial.sandbox.exchange import SandboxAccount
from jposocial.sandbox.faults import Fault
from jposocial.sandbox.page import render_page
from jposocial.sandbox.server import Sandbox, serve
from jposocial.sandbox.timeline import Entry, Timeline, Upload

__all__ = [
    "Entry",
    "Fault",
    "Sandbox",
    "SandboxAccount",
    "Timeline",
    "Upload",
    "render_page",
    "serve",
]
