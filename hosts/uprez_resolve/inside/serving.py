"""Answer calls on a live `resolve` object that come as JSON lines: one caller, one call at a time."""

import json

from table import allowed, gives

PLAIN_TYPES = (bool, int, float, str)


class Table(object):
    """Hold the handles that were given out, by number; 0 is Resolve itself."""

    def __init__(self, resolve):
        self.resolve = resolve
        self.given = 0
        self.forget()

    def forget(self):
        """Let go of every handle but Resolve's own."""
        self.held = {0: ("Resolve", self.resolve)}

    def add(self, kind, handle):
        """Give a handle a number."""
        self.given += 1  # never one that was given before: a forgotten handle must not become another one
        self.held[self.given] = (kind, handle)
        return {"$": self.given, "kind": kind}


def answer(line, table):
    """Return the answer to one request, as a line; a failing call is told, never raised."""
    number = None
    try:
        asked = json.loads(line)
        number = asked.get("id")
        value = _done(asked, table)
        return json.dumps({"id": number, "value": value})
    except Exception as failure:
        return json.dumps({"id": number, "error": "%s: %s" % (type(failure).__name__, failure)})


def _done(asked, table):
    kind, handle = table.held[asked["on"]]
    if not allowed(kind, asked["name"]):
        raise ValueError("%s.%s is not passed on" % (kind, asked["name"]))
    method = getattr(handle, asked["name"], None)
    if asked["do"] == "has":
        return callable(method) and asked["name"] in dir(handle)
    if not callable(method):
        raise AttributeError("this Resolve has no %s.%s" % (kind, asked["name"]))
    arguments = [_unpacked(one, table) for one in asked.get("with", ())]
    if asked["name"] == "StartRendering" and not (arguments and arguments[0]):
        raise ValueError("StartRendering without job ids would start the user's own queue")
    return _packed(method(*arguments), gives(kind, asked["name"]), table)


def _packed(value, kind, table):
    if value is None or isinstance(value, PLAIN_TYPES):
        return value
    if isinstance(value, (list, tuple)):
        return [_packed(one, kind, table) for one in value]
    if isinstance(value, dict):
        return {"{}": [[key, _packed(one, kind, table)] for key, one in value.items()]}
    return table.add(kind, value)


def _unpacked(value, table):
    if isinstance(value, list):
        return [_unpacked(one, table) for one in value]
    if isinstance(value, dict):
        if "$" in value:
            return table.held[value["$"]][1]
        return {key: _unpacked(one, table) for key, one in value["{}"]}
    return value
