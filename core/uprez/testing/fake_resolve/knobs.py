"""Every way in which a Resolve may behave that nobody may rely on; each is turned in a test by its name."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from uprez.frozen import Frozen


def _knob(default: Any, says: str) -> Any:
    return Field(default=default, description=says)


class Knobs(Frozen):
    """Hold the quirks of one Resolve; the defaults are Studio 21.0.4.5's. (Sections: resolve facts.)"""

    # connecting and handles
    attach_crashes: bool = _knob(False, "the installed library takes its process down at attaching (2.6)")
    slow_start: int = _knob(0, "so many attempts to attach get None, as while Resolve starts (2.3)")
    dead_handles: Literal["none", "raise"] = _knob("none", "what a dead handle's methods do (4.3)")
    gone: Literal["raise", "none"] = _knob("raise", "what any call does when Resolve has closed (4.3)")
    names_bleed: bool = _knob(False, "menu handles look callable for other classes' names too (4.1)")
    hang_on: tuple[str, ...] = _knob((), "calls that never return, as Object.Method (3.8)")
    locale: Literal["en", "ja"] = _knob("en", "language of property values such as Type (4.10)")
    fps_type: Literal["float", "str"] = _knob("float", "type of the clip property FPS (7.1)")
    rate_type: Literal["number", "str"] = _knob("number", "type of the setting timelineFrameRate (5.7)")
    setting_nonstring: Literal["refuse", "accept"] = _knob("refuse", "SetSetting given a number (5.9)")
    size_inert: bool = _knob(True, "size settings say yes and do nothing until useCustomSettings is 1 (5.9)")
    noncurrent_getters: Literal["lie", "truth"] = _knob("lie", "takes and track states elsewhere (4.6)")
    switch_moves_playhead: bool = _knob(True, "SetCurrentTimeline puts the playhead to the start (4.6)")
    deliver_moves_marks: bool = _knob(True, "opening Deliver marks the whole timeline (8.12)")
    # reading
    empty_selection: Literal["list", "none"] = _knob("list", "GetSelectedClips with nothing selected (8.6)")
    selection_has_audio: bool = _knob(True, "GetSelectedClips names linked audio as well (8.6)")
    selection_pages: Literal["cut_edit", "all"] = _knob("cut_edit", "pages that know a selection (8.6)")
    source_start_slip: Literal["off", "ntsc"] = _knob("ntsc", "GetSourceStartFrame one low at 23.976 (9.2)")
    source_end: Literal["split", "exclusive", "inclusive"] = _knob(
        "split", "GetSourceEndFrame; split is one less where the rates differ (9.3)"
    )
    seconds_zero: Literal["frames", "clock"] = _knob(
        "frames", "how far timecode zero lies before an NTSC file: its frames, or what its clock says (9.4)"
    )
    retime_left_offset: Literal["warped", "source"] = _knob("warped", "offsets of retimed items (9.5)")
    subclip_offset: Literal["head", "file"] = _knob("head", "where a subclip's offset counts from (10)")
    marker_base: Literal["offset", "absolute"] = _knob("offset", "frames that timeline markers echo (8.11)")
    flags_live_on: Literal["item", "clip"] = _knob("item", "where a flag set on an item is kept (11)")
    titles_keep_color: bool = _knob(False, "SetClipColor on a title says yes; is it kept (9.13)")
    crop_unit: Literal["source", "timeline"] = _knob("source", "the raster that crops count in (9.9)")
    # the media pool
    import_dupe: Literal["existing", "new"] = _knob("existing", "importing a path that is in the pool (6.2)")
    replace_renames: bool = _knob(True, "ReplaceClip takes the new file's name (7.5)")
    replace_resets_color: bool = _knob(True, "ReplaceClip forgets the colour properties (7.5)")
    replace_new_uid: bool = _knob(False, "ReplaceClip makes a new item id (19.7)")
    replace_counts_short: bool = _knob(False, "the first ReplaceClip counts a frame too few (7.5)")
    import_source_clips: Literal["needed", "inverse"] = _knob(
        "needed", "importSourceClips: false leaves clips offline, or must be false for pooled media (6.9)"
    )
    otio_strict: bool = _knob(True, "only OTIO of Resolve's own shape is imported (13.4)")
    # appending
    end_frame: Literal["exclusive", "inclusive"] = _knob("exclusive", "endFrame of AppendToTimeline (6.7c)")
    overlap: Literal["drop", "slide", "ghost"] = _knob("drop", "appending onto an occupied span (6.7g)")
    locked_append: Literal["lost", "none"] = _knob("lost", "appending to a locked track (6.7h)")
    disabled_append: Literal["placed", "lost"] = _knob("placed", "appending to a disabled track (19.16)")
    track_without_mediatype: Literal["honour", "track1"] = _knob("honour", "trackIndex alone (6.7e)")
    beyond_tracks: Literal["next_creates", "lost"] = _knob("next_creates", "trackIndex of count+1 (6.7f)")
    fractional_frames: Literal["batch_none", "floor"] = _knob("batch_none", "a fraction in a batch (6.7j)")
    append_bool: bool = _knob(False, "AppendToTimeline answers True instead of a list (1.7)")
    ghost_uid: tuple[int, ...] = _knob((), "places of a batch whose items come with an empty id (6.7k)")
    still_ignores_end: bool = _knob(True, "a fresh still ignores endFrame until a mark is set (6.7m)")
    source_base: Literal["head", "start"] = _knob("head", "what startFrame counts from (6.7n)")
    save_drops_errored: bool = _knob(False, "items placed after a failed append vanish at save (6.7l)")
    save_drops: int = _knob(0, "so many of the newest placed items vanish at the next save (6.7l)")
    start_slip: int = _knob(0, "so many frames late do takes and appended clips begin (9.10, 19.8)")
    # takes
    take_end: Literal["exclusive", "inclusive"] = _knob("exclusive", "end of AddTake (9.10)")
    take_selected: Literal["new", "old"] = _knob("new", "the take that AddTake leaves selected (9.10)")
    take_unequal: Literal["change_duration", "ripple"] = _knob("change_duration", "other lengths (9.10)")
    take_keeps_speed: bool = _knob(True, "a take is played at the item's speed (19.3)")
    take_on_compound: bool = _knob(False, "compounds and multicams accept takes (19.4)")
    dissolve_needs_handles: bool = _knob(
        False, "a take beside a dissolve is refused without the frames that it needs (10.1)"
    )
    takes_land: bool = _knob(True, "an AddTake that says yes has happened (18.6)")
    selecting_lands: bool = _knob(True, "a SelectTakeByIndex that says yes has happened (18.6)")
    # deleting, duplicating, rendering
    first_delete_fails: bool = _knob(False, "the first Timeline.DeleteClips says no (8.8)")
    duplicate_current: bool = _knob(True, "DuplicateTimeline makes the copy current (8.7)")
    duplicate_uids: Literal["new", "same"] = _knob("new", "item ids in a duplicated timeline (19.5)")
    duplicate_loses: int = _knob(0, "so many of the last video items are not in the duplicate (8.7)")
    addjob_empty_first: bool = _knob(False, "the first AddRenderJob answers nothing (12.2)")
    render_statuses: tuple[str, ...] = _knob(("Rendering", "Complete"), "words of each status asked (12.6)")
    render_writes: bool = _knob(True, "a job that says Complete has written its file (12.6)")
    render_error: str = _knob("", "the Error of a job that says Failed (12.6)")

    @classmethod
    def described(cls) -> dict[str, str]:
        """Return one line on each knob, by name."""
        return {name: field.description or "" for name, field in cls.model_fields.items()}
