"""Print the profiles and the knobs: what a fake can be told to be."""

from uprez.testing.fake_resolve.knobs import Knobs
from uprez.testing.fake_resolve.profiles import PROFILES

for profile in PROFILES.values():
    version = ".".join(map(str, profile.version))
    print(f"{profile.name}: {profile.edition} {version}{', headless' if profile.headless else ''}")
for name, says in Knobs.described().items():
    print(f"  {name} = {Knobs.model_fields[name].default!r}: {says}")
