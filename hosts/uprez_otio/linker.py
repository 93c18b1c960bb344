"""OTIO's media linker "uprez", as OTIO loads it: by its file, outside of any package. See `linking`."""

from uprez_otio.linking import link_media_reference as link_media_reference
