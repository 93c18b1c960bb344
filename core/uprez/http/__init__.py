"""HTTP as providers need it: one client for a service, whose key never leaves the service's own host."""

from uprez.http.answer import Answer
from uprez.http.client import Client

__all__ = ["Answer", "Client"]
