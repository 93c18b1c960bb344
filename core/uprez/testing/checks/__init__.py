"""The checks of the provider contract, each a method whose name is its sentence."""
