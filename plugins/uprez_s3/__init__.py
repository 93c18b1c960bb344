"""The in-box plugin for S3-compatible storage."""
