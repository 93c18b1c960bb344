"""The fake Resolve's methods against the public stubs of Blackmagic's own documentation."""

import ast
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest

from uprez.testing.fake_resolve.api import FACES
from uprez.testing.fake_resolve.table import constants, methods

NEWER = (21, 0)  # what the stubs describe


@pytest.fixture(scope="module")
def stubs() -> ast.Module:
    try:
        file = metadata.distribution("fusionscript-stubs").locate_file("fusionscript-stubs/fusionscript.pyi")
    except metadata.PackageNotFoundError:
        pytest.skip("the stubs aren't installed: pip install fusionscript-stubs")
    return ast.parse(Path(str(file)).read_text(encoding="utf-8"))


def shapes(stubs: ast.Module, kind: str, name: str) -> Iterator[list[str]]:
    """Iterate over the argument names of a method's overloads."""
    (stub,) = (node for node in stubs.body if isinstance(node, ast.ClassDef) and node.name == kind)
    for node in stub.body:
        if isinstance(node, ast.FunctionDef) and node.name == name:
            yield [argument.arg for argument in node.args.args[1:]]


def test_every_method_takes_the_arguments_that_the_stubs_name(stubs: ast.Module) -> None:
    wrong = {}
    for (kind, name), method in methods().items():
        ours = [argument.removesuffix("?") for argument in method.arguments]
        theirs = list(shapes(stubs, kind, name))
        if ours not in theirs and method.since <= NEWER:
            wrong[f"{kind}.{name}"] = (ours, theirs)
    assert wrong == {}


def test_what_the_stubs_do_not_know_came_after_them(stubs: ast.Module) -> None:
    unknown = [one.spoken for one in methods().values() if not list(shapes(stubs, one.object, one.name))]
    newer = [one.spoken for one in methods().values() if one.since > NEWER]
    assert sorted(unknown) == sorted(newer)


def test_the_constants_are_the_stubs_own(stubs: ast.Module) -> None:
    named = {node.attr for node in ast.walk(stubs) if isinstance(node, ast.Attribute)}
    assert set(constants()) <= named


def test_every_method_of_the_table_is_built_and_every_built_one_is_in_the_table() -> None:
    built = {(kind, name) for kind, face in FACES.items() for name in dir(face) if name[0].isupper()}
    assert built == set(methods())
