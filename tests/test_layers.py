"""The floors of genlib: who may import whom."""

import ast
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1] / "genlib"
MODULES = sorted(ROOT.rglob("*.py"))
MAY_IMPORT = {  # beside the standard library and the module's own folder
    "__init__": set(),
    "checks": {"numpy", "torch"},
    "data": {"numpy", "sklearn", "torch", "genlib.checks"},
    "models": {"torch", "genlib.checks"},
    "training": {"torch", "tqdm", "genlib.checks"},
    "metrics": {"scipy", "torch", "genlib.checks"},
    "pictures": {"PIL", "matplotlib", "torch", "genlib.checks"},
    "widgets": {
        *("IPython", "ipywidgets", "traitlets", "torch", "PIL", "matplotlib"),
        *("genlib.checks", "genlib.pictures"),
    },
    "exercises": {"platformdirs", "torch"},
    "weights": {"safetensors", "torch", "genlib.checks"},
    "judges": {
        "torch",
        *(f"genlib.{room}" for room in ("checks", "data", "metrics", "models", "weights")),
    },
    "recipes": {
        "torch",
        *(
            f"genlib.{room}"
            for room in ("checks", "data", "judges", "models", "training", "weights")
        ),
    },
}
# the models that other models may import
FOUNDATIONS = {"sampling", "networks", "autoregressive", "recurrent", "gan", "vae"}
MODELS_MEET_IN = FOUNDATIONS | {"dcgan", "conditional"}  # the GANs of images stand on these two


def floor_of(path):
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


def imported(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(ROOT)))
def test_a_module_imports_only_what_its_floor_may(path):
    allowed = MAY_IMPORT[floor_of(path)] | {f"genlib.{floor_of(path)}"} | sys.stdlib_module_names
    assert not [
        name
        for name in imported(path)
        if not any(name == a or name.startswith(a + ".") for a in allowed)
    ]


def test_no_floor_may_import_what_it_does_not():
    for floor, allowed in MAY_IMPORT.items():
        used = {name for path in MODULES if floor_of(path) == floor for name in imported(path)}
        unused = {a for a in allowed if not any(n == a or n.startswith(a + ".") for n in used)}
        assert not unused, floor


@pytest.mark.parametrize(
    "path",
    [
        p
        for p in MODULES
        if floor_of(p) == "recipes" and p.stem[0] != "_" and p.stem != "course"  # knows them all
    ],
    ids=lambda p: p.stem,
)
def test_recipes_are_siblings(path):
    siblings = {n.split(".")[2] for n in imported(path) if n.startswith("genlib.recipes.")}
    rooms = {path.stem for path in MODULES if floor_of(path) == "recipes"}
    assert siblings & rooms <= {"_trainings"}  # what several of them follow; no one needs course


@pytest.mark.parametrize(
    "path",
    [p for p in MODULES if floor_of(p) == "models" and p.stem != "__init__"],
    ids=lambda p: p.stem,
)
def test_models_meet_in_the_notebook_and_not_in_each_other(path):
    siblings = {n.split(".")[2] for n in imported(path) if n.startswith("genlib.models.")}
    assert siblings <= MODELS_MEET_IN


def test_genlib_comes_without_jupyter_and_with_all_that_a_training_needs():
    import subprocess

    modules = [
        ".".join(path.relative_to(ROOT.parent).with_suffix("").parts)
        for path in MODULES
        if floor_of(path) not in ("widgets", "__init__")
    ]
    code = f"import sys, torch, {', '.join(m.removesuffix('.__init__') for m in modules)}\n"
    code += "there = set(sys.modules); torch.optim.Adam([torch.zeros(1)])\n"
    code += (
        "assert set(sys.modules) == there, 'an interrupt of the first training breaks an import'\n"
    )
    code += (
        "sys.exit(str([m for m in sys.modules if m.split('.')[0] in ('IPython', 'ipywidgets')]))"
    )
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert done.stderr.strip() == "[]"
