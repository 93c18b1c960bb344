"""The in-box plugin for Oxen.ai."""
