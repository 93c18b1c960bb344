"""Decode, upscale and encode at the same time, each in a thread of its own, a few frames apart."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from typing import Any

from uprez.media.writing import VideoWriter

DEPTH = 4  # frames waiting between two threads; a 4K frame of 10-bit 4:2:2 holds 33 MB
_END = object()


class Stopped(Exception):
    """Somebody asked the work to stop."""


def run(
    frames: Iterator[Any],
    upscale: Callable[[Any], Any],
    writer: VideoWriter,
    stop: threading.Event,
    progress: Callable[[int], None],
) -> None:
    """Carry every frame through; `progress` hears how many are encoded.

    Raises what any of the threads raised, and Stopped.
    """
    decoded: queue.Queue[Any] = queue.Queue(DEPTH)
    upscaled: queue.Queue[Any] = queue.Queue(DEPTH)
    failures: list[BaseException] = []

    def feed(source: Iterator[Any], into: queue.Queue[Any]) -> None:
        try:
            for frame in source:
                _put(into, frame, stop)
            _put(into, _END, stop)
        except Stopped:
            pass
        except BaseException as failure:
            failures.append(failure)
            stop.set()

    threads = [
        threading.Thread(target=feed, args=(frames, decoded), name="uprez decode", daemon=True),
        threading.Thread(
            target=feed,
            args=(map(upscale, _taken(decoded, stop)), upscaled),
            name="uprez upscale",
            daemon=True,
        ),
    ]
    for thread in threads:
        thread.start()
    try:
        for done, frame in enumerate(_taken(upscaled, stop), 1):
            writer.write(frame)
            progress(done)
    except BaseException:
        stop.set()
        raise
    finally:
        for thread in threads:
            thread.join()
        if failures:
            raise failures[0]


def _put(into: queue.Queue[Any], frame: Any, stop: threading.Event) -> None:
    while not stop.is_set():
        try:
            return into.put(frame, timeout=0.2)
        except queue.Full:
            continue
    raise Stopped


def _taken(source: queue.Queue[Any], stop: threading.Event) -> Iterator[Any]:
    while True:
        try:
            frame = source.get(timeout=0.2)
        except queue.Empty:
            if stop.is_set():
                raise Stopped from None
            continue
        if frame is _END:
            return
        yield frame
