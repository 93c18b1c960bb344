"""The in-box plugin for Astria."""
