"""A stranger's repository works beside the built wheel, and `uprez plugins new` writes another one."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path
from typing import Any

import pytest
from services.command import Command

from uprez.errors import PlanError
from uprez.plugins import load
from uprez.template import named, write_repository

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "provider_plugin"


def run(*command: object, cwd: Path, **environment: str) -> str:
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("PYTEST") and name not in ("PYTHONPATH", "UPREZ_HOME")
    }
    ended = subprocess.run(
        list(map(str, command)),
        cwd=cwd,
        env={**inherited, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout[-3000:] + ended.stderr[-3000:]
    return ended.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if importlib.util.find_spec("build") is None or importlib.util.find_spec("hatchling") is None:
        pytest.skip("the wheel needs its tools: pip install build hatchling")
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT, cwd=folder)
    return next(folder.glob("uprez-*.whl"))


@pytest.fixture(scope="module")
def fresh(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make an environment with the wheel in it, and what the wheel needs from the running one.

    The running one's own uprez, which is this tree, is left out: only its other packages are lent.
    """
    folder = tmp_path_factory.mktemp("fresh")
    venv.create(folder, with_pip=False, symlinks=True)
    python = folder / "bin" / "python"
    site = Path(
        run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=folder).strip()
    )
    lent = Path(sysconfig.get_path("purelib"))
    (site / "zz_lent.pth").write_text(f"{lent}\n")  # a plain path: the .pth files in it are not read
    _install(wheel, site)
    return python


def _install(wheel: Path, site: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)


def test_the_example_passes_its_test_beside_the_built_wheel(fresh: Path, tmp_path: Path) -> None:
    where = run(fresh, "-c", "import uprez; print(uprez.__file__)", cwd=tmp_path)
    assert str(fresh.parents[1]) in where, "it is the built wheel that must be imported"
    built = run(
        sys.executable,
        "-m",
        "build",
        "--wheel",
        "--no-isolation",
        "--outdir",
        tmp_path,
        EXAMPLE,
        cwd=tmp_path,
    )
    assert "uprez_doubler" in built
    site = next((fresh.parents[1] / "lib").glob("python*/site-packages"))
    _install(next(tmp_path.glob("uprez_doubler-*.whl")), site)
    (tmp_path / "test_uprez_doubler.py").write_bytes((EXAMPLE / "test_uprez_doubler.py").read_bytes())
    said = run(fresh, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--confcutdir=.", "-c", os.devnull,
               "--rootdir=.", "test_uprez_doubler.py", cwd=tmp_path)  # fmt: skip
    assert " passed" in said
    main = "from uprez.cli import main; main()"
    listed = run(fresh, "-c", main, "providers", "doubler", cwd=tmp_path)
    assert "larger" in listed


def test_the_template_is_the_example_under_another_name(tmp_path: Path) -> None:
    folder = write_repository("doubler", tmp_path)
    written = {path.name: path.read_text() for path in folder.iterdir()}
    assert written == {path.name: path.read_text() for path in EXAMPLE.iterdir() if path.is_file()}


def test_a_name_has_all_its_forms() -> None:
    said = named("@name@ @module@ @Class@ @KEY@", "my-2nd-service")
    assert said == "my-2nd-service uprez_my_2nd_service My2ndService MY_2ND_SERVICE_API_KEY"


@pytest.mark.parametrize("name", ["", "Big", "1st", "a--b", "a-", "../up", "a b", "ä", "x" * 41])
def test_a_name_that_could_not_be_a_providers_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(PlanError, match="lower-case"):
        write_repository(name, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_there_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "uprez-mine").mkdir()
    with pytest.raises(PlanError, match="already"):
        write_repository("mine", tmp_path)
    assert list((tmp_path / "uprez-mine").iterdir()) == []


def test_a_repository_can_be_named_in_the_settings_as_it_is_written(tmp_path: Path) -> None:
    folder = write_repository("my-service", tmp_path)  # tests/core/test_docs.py runs the test of such a one
    plugins = load([folder / "uprez_my_service.py"])
    assert plugins.provider("my-service").key_env == "MY_SERVICE_API_KEY"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["new"], "is not understood"),
        (["old", "mine"], "is not understood"),
        (["new", "local"], "has that name already"),
        (["new", "Mine"], "is no name for a provider"),
    ],
)
def test_the_command_refuses_in_one_sentence(
    uprez: Command, words: list[str], sentence: str, tmp_path: Path
) -> None:
    code, out, err = uprez("plugins", *words)
    assert (code, out) == (2, "")
    assert sentence in err
    assert err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_the_command_writes_a_repository_and_names_it(uprez: Command, tmp_path: Path) -> None:
    code, out, _ = uprez("plugins", "new", "mine")
    assert (code, out) == (0, "uprez-mine\n")
    names: Any = sorted(path.name for path in (tmp_path / "uprez-mine").iterdir())
    assert names == ["README.md", "pyproject.toml", "test_uprez_mine.py", "uprez_mine.py"]
    code, out, _ = uprez("plugins")
    assert code == 0
    assert "local" in out
