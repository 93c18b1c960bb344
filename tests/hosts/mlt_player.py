"""Play MLT projects frame by frame, as a process of its own: an engine's crash must not take the tests along.

Reads a JSON line for each wish and answers with one. `{"play": project, "to": file, "places": [...],
"width": w, "height": h}` writes those frames as raw RGB; `{"length": "speed:file", "rate": [num, den]}`
tells how long the engine makes a warped file. Runs in whatever Python has the binding, so it imports
nothing of ours.
"""

import json
import os
import sys
from pathlib import Path

os.environ.setdefault("DISPLAY", ":0")  # without one the engine does not even try to load its compositing
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.append("/usr/lib/python3/dist-packages")  # where Debian's python3-mlt puts it
OUT = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)  # the engine's own talk is no answer

import mlt7 as mlt  # noqa: E402


def play(wish):
    profile = mlt.Profile()
    producer = mlt.Producer(profile, "xml:" + wish["play"])
    if not producer.is_valid():
        return {"error": "the engine does not open it"}
    with Path(wish["to"]).open("wb") as file:
        for place in wish["places"]:
            producer.seek(place)
            frame = producer.get_frame()
            image = bytes(mlt.frame_get_image(frame, mlt.mlt_image_rgb, wish["width"], wish["height"]))
            size = frame.get_int("width"), frame.get_int("height")
            if size != (wish["width"], wish["height"]):
                return {"error": f"the engine shows {size} at {place}"}
            file.write(image)
    return {"frames": producer.get_playtime()}


def length(wish):
    profile = mlt.Profile()
    profile.set_frame_rate(*wish["rate"])
    profile.set_explicit(1)
    return {"length": mlt.Producer(profile, "timewarp:" + wish["length"]).get_length()}


if __name__ == "__main__":
    mlt.Factory.init()
    blends = mlt.Transition(
        mlt.Profile(), "qtblend"
    ).is_valid()  # without it, an upper picture hides a lower one
    print(json.dumps({"ready": bool(blends)}), file=OUT, flush=True)
    for line in sys.stdin:
        wish = json.loads(line)
        print(json.dumps(play(wish) if "play" in wish else length(wish)), file=OUT, flush=True)
