"""The in-box plugin for Runware."""
