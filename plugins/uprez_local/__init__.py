"""The provider that needs no key and no network: it upscales on this machine."""
