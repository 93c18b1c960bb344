"""The in-box plugin for Topaz Video AI."""
