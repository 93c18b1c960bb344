"""docs/test-a-resolve-script.md does what it says: its test passes, and what it names is there."""

import re
import subprocess
import sys
from pathlib import Path

from uprez.testing.fake_resolve import PROFILES, FakeResolve, Knobs, User

PAGE = (Path(__file__).parents[2] / "docs" / "test-a-resolve-script.md").read_text(encoding="utf-8")


def test_the_test_on_the_page_passes(tmp_path: Path) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, re.S)
    (tmp_path / "test_paint.py").write_text(code, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert ran.returncode == 0, ran.stdout
    assert "1 passed" in ran.stdout


def test_what_the_page_names_is_there() -> None:
    profiles, users = (re.search(rf"\*\*`?{word}(.*?)\n- ", PAGE, re.S) for word in ("Profiles", "fake.user"))
    assert profiles and users
    assert set(re.findall(r"`(\w+_\w+|headless)`", profiles[1])) <= set(PROFILES)
    acts = re.findall(r"`([a-z]+)`", users[1])
    assert len(acts) >= 8
    assert all(callable(getattr(User, act)) for act in acts)
    for name in re.findall(r"`fake\.(\w+)[`(]", PAGE):
        assert name in ("user", "menu") or callable(getattr(FakeResolve, name)), name
    said = subprocess.run(
        [sys.executable, "-m", "uprez.testing.fake_resolve"], capture_output=True, text=True, check=True
    ).stdout
    assert all(f"{name} = " in said for name in Knobs.model_fields)
    assert all(f"{name}: " in said for name in PROFILES)
