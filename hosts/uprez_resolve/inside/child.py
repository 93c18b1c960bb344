"""Attach to a running Resolve from outside and serve its calls on stdin and stdout; if it crashes, alone."""

import importlib.machinery
import importlib.util
import json
import os
import sys
import time

from serving import Table, answer

TRIES, PAUSE = 3, 1.5


def library():
    """Load Resolve's own library, or the module of Blackmagic's that puts it in its own place."""
    path = os.environ["UPREZ_FUSIONSCRIPT"]
    machinery = importlib.machinery
    kind = machinery.SourceFileLoader if path.endswith(".py") else machinery.ExtensionFileLoader
    name = os.path.basename(path).partition(".")[0]
    loader = kind(name, path)
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(name, loader))
    loader.exec_module(module)
    return sys.modules.get(name, module)


def attached(module):
    """Ask for the Resolve object, a few times: it answers None while it is still starting."""
    host = os.environ.get("RESOLVE_SCRIPT_HOST")
    for left in range(TRIES, 0, -1):
        resolve = module.scriptapp("Resolve", host) if host else module.scriptapp("Resolve")
        if resolve is not None or left == 1:
            return resolve
        time.sleep(PAUSE)
    return None


def main():
    """Say whether Resolve is there, then answer one line after the other until stdin ends."""
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what the library prints itself must not stand between answers
    try:
        resolve = attached(library())
    except Exception as failure:
        out.write(json.dumps({"failed": "%s: %s" % (type(failure).__name__, failure)}) + "\n")
        out.flush()
        return
    out.write(json.dumps({"attached": resolve is not None}) + "\n")
    out.flush()
    if resolve is None:
        return
    table = Table(resolve)
    for line in sys.stdin:
        out.write(answer(line, table) + "\n")
        out.flush()


if __name__ == "__main__":
    main()
