"""What runs inside Resolve's own Python or beside its library: standard library only, Python 3.6 and up."""
