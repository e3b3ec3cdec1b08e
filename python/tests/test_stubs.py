"""Promise: the stubs of the compiled half name what is there, all of it, with its parameters."""

import ast
import inspect
import pathlib

import pytest

from atencion import _atencion

STUB = ast.parse(pathlib.Path(_atencion.__file__).with_name("_atencion.pyi").read_text(encoding="utf-8"))
FUNCTIONS = {node.name: node for node in STUB.body if isinstance(node, ast.FunctionDef)}
CLASSES = {node.name: node for node in STUB.body if isinstance(node, ast.ClassDef)}


def test_nothing_is_missing():
    there = {name for name in vars(_atencion) if not name.startswith("__")}
    assert set(FUNCTIONS) | set(CLASSES) == there


@pytest.mark.parametrize("name", FUNCTIONS)
def test_parameters_are_the_functions_own(name):
    arguments = FUNCTIONS[name].args
    said = [argument.arg for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]
    parameters = inspect.signature(getattr(_atencion, name)).parameters.values()
    assert said == [parameter.name for parameter in parameters]
    optional = sum(parameter.default is not inspect.Parameter.empty for parameter in parameters)
    assert len(arguments.defaults) == optional


@pytest.mark.parametrize("name", CLASSES)
def test_classes_have_what_the_stub_says(name):
    members = [node.name for node in CLASSES[name].body if isinstance(node, ast.FunctionDef)]
    public = [member for member in vars(getattr(_atencion, name)) if not member.startswith("_")]
    assert all(hasattr(getattr(_atencion, name), member) for member in members)
    assert set(public) <= set(members)
