"""Put a fake's library where a script looks for Resolve's."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

from uprez.testing.fake_resolve import client

_SHIM = '''"""Stand where Blackmagic's module stands."""

import os
import sys
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader

_loader = SourceFileLoader("fusionscript", os.environ["RESOLVE_SCRIPT_LIB"])
_library = module_from_spec(spec_from_loader("fusionscript", _loader))
_loader.exec_module(_library)
sys.modules[__name__] = _library
'''


def install(folder: Path, address: str) -> Mapping[str, str]:
    """Write the library and Blackmagic's module under `folder`; returns the three variables (2.1).

    The library is Python source named fusionscript.py: what loads it must take a loader by the file's
    ending, `SourceFileLoader` for .py.
    """
    modules = folder / "Developer" / "Scripting" / "Modules"
    modules.mkdir(parents=True, exist_ok=True)
    library = folder / "fusionscript.py"
    shutil.copyfile(client.__file__, library)
    text = library.read_text(encoding="utf-8").replace('ADDRESS = ""', f'ADDRESS = "{address}"', 1)
    library.write_text(text, encoding="utf-8")
    (modules / "DaVinciResolveScript.py").write_text(_SHIM, encoding="utf-8")
    return {
        "RESOLVE_SCRIPT_API": str(modules.parent),
        "RESOLVE_SCRIPT_LIB": str(library),
        "PYTHONPATH": str(modules),
    }
