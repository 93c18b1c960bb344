"""The only calls that the bridge passes on, and what kind of handle each gives; all others are refused."""

HANDLES = {
    "Resolve": {"GetProjectManager": "ProjectManager"},
    "ProjectManager": {"GetCurrentProject": "Project"},
    "Project": {
        "GetMediaPool": "MediaPool",
        "GetTimelineByIndex": "Timeline",
        "GetCurrentTimeline": "Timeline",
    },
    "MediaPool": {
        "GetRootFolder": "Folder",
        "GetCurrentFolder": "Folder",
        "AddSubFolder": "Folder",
        "ImportMedia": "MediaPoolItem",
        "GetSelectedClips": "MediaPoolItem",
        "AppendToTimeline": "TimelineItem",
    },
    "Folder": {"GetClipList": "MediaPoolItem", "GetSubFolderList": "Folder"},
    "MediaPoolItem": {"GetTimeline": "Timeline"},
    "Timeline": {
        "GetItemListInTrack": "TimelineItem",
        "GetSelectedClips": "TimelineItem",
        "GetCurrentVideoItem": "TimelineItem",
        "GetMediaPoolItem": "MediaPoolItem",
        "DuplicateTimeline": "Timeline",
    },
    "TimelineItem": {
        "GetMediaPoolItem": "MediaPoolItem",
        "GetTakeByIndex": "MediaPoolItem",
        "GetNodeGraph": "Graph",
    },
}

PLAIN = {
    "Resolve": "GetProductName GetVersionString GetCurrentPage OpenPage",
    "ProjectManager": "GetCurrentDatabase SaveProject",
    "Project": (
        "GetName GetUniqueId GetTimelineCount SetCurrentTimeline GetSetting GetRenderFormats GetRenderCodecs"
        " GetCurrentRenderFormatAndCodec SetCurrentRenderFormatAndCodec GetCurrentRenderMode"
        " SetCurrentRenderMode GetRenderPresetList LoadRenderPreset SaveAsNewRenderPreset DeleteRenderPreset"
        " SetRenderSettings AddRenderJob GetRenderJobList StartRendering IsRenderingInProgress"
        " GetRenderJobStatus DeleteRenderJob"
    ),
    "MediaPool": "SetCurrentFolder DeleteFolders DeleteTimelines DeleteClips",
    "Folder": "GetName GetUniqueId",
    "MediaPoolItem": (
        "GetName SetName GetUniqueId GetClipProperty SetClipProperty ReplaceClip ReplaceClipPreserveSubClip"
        " SetThirdPartyMetadata GetThirdPartyMetadata GetClipColor SetClipColor GetMarkInOut SetMarkInOut"
    ),
    "Timeline": (
        "GetName GetUniqueId GetStartFrame GetEndFrame GetStartTimecode GetSetting GetTrackCount GetTrackName"
        " SetTrackName AddTrack DeleteTrack GetIsTrackEnabled SetTrackEnable GetIsTrackLocked SetTrackLock"
        " GetCurrentTimecode SetCurrentTimecode GetMarkInOut SetMarkInOut ClearMarkInOut DeleteClips"
        " AddMarker GetMarkers DeleteMarkerByCustomData"
    ),
    "TimelineItem": (
        "GetName GetUniqueId GetStart GetDuration GetLeftOffset GetRightOffset GetSourceStartFrame"
        " GetSourceEndFrame GetSourceStartTime GetSourceEndTime GetProperty SetProperty"
        " GetType GetSpeed CopyGrades GetClipColor SetClipColor GetFlagList GetMarkers SetClipEnabled"
        " GetClipEnabled AddTake GetSelectedTakeIndex SelectTakeByIndex DeleteTakeByIndex"
        " GetFusionCompCount"
    ),
    "Graph": "GetNumNodes",
}


def allowed(kind, method):
    """Tell whether a method of a kind of object may be called at all."""
    return method in HANDLES.get(kind, {}) or method in PLAIN.get(kind, "").split()


def gives(kind, method):
    """Return the kind of the handles in a method's answer."""
    return HANDLES.get(kind, {}).get(method, "")
