"""The only place that imports av: probe, export, finish, compare."""
