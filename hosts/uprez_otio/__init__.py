"""The host for OpenTimelineIO: any cut that OTIO or an installed adapter reads."""
