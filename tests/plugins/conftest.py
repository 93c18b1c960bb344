"""The command line called in this process, and no search for what is not installed."""

import importlib.util
import sys

from services.command import uprez as uprez

if importlib.util.find_spec("sniffio") is None:  # httpcore searches all folders for it, at every request
    sys.modules["sniffio"] = None  # type: ignore[assignment]
