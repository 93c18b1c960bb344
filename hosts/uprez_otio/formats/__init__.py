"""One module for each format that is written: the native file is what is edited, never a conversion."""
