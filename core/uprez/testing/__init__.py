"""The conformance kits and fakes that plugin authors test against; shipped in the wheel."""
