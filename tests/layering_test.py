"""The arrows between the folders of tfcompat point one way."""

import ast
import pathlib

import pytest

import tfcompat

PACKAGE = pathlib.Path(tfcompat.__file__).parent

# Each may import what stands before it; those of one line are peers, and may
# not import each other.
LAYERS = [
    {"version", "tracing"},
    {"__init__"},
    {"data", "layers", "losses", "metrics"},
    {"models"},
    {"retrieval"},
    {"training"},
    {"evaluation"},
    {"export"},
    {"serving"},
    {"cli"},
    {"__main__"},
]
RANKS = {name: rank for rank, names in enumerate(LAYERS) for name in names}
# Errors, progress bars and atomic files are for everybody.
SHARED = {"data.errors", "data.files", "data.progress"}
# Sub-packages of `models` whose files are papers, not parts of one model.
COLLECTIONS = {("baselines",)}
VAGUE_NAMES = {"utils", "common", "base", "helpers", "misc"}
# `tfcompat check`, `simulate` and `import` start without TensorFlow.
LIGHT = {"data.wardrobe", "data.validation", "data.simulator", "data.readers"}
# TensorFlow Serving runs SavedModels in sessions; so does what imitates it.
SESSIONS = ("serving", "loaded_model")
HEAVY = {"tensorflow", "tf_keras", "tensorflow_io", "tensorflow_recommenders"}


def find_violations(package: pathlib.Path) -> list[str]:
    """One line, `file:line: message`, for each broken rule of a package."""
    found = []
    for path in sorted(package.rglob("*.py")):
        relative = path.relative_to(package)
        words = relative.with_suffix("").parts
        if VAGUE_NAMES & set(words):
            found.append((relative, 1, "says nothing about what is in it"))
        tree = ast.parse(path.read_text(encoding="utf-8"), str(path))
        for node in ast.walk(tree):
            for name in imported_names(node):
                if problem := import_problem(words, name):
                    found.append((relative, node.lineno, problem))
            problem = attribute_problem(node)
            if problem and not (words == SESSIONS and "v1" in problem):
                found.append((relative, node.lineno, problem))
        for node in tree.body:
            for name in imported_names(node):
                if problem := weight_problem(words, name):
                    found.append((relative, node.lineno, problem))
    return [
        f"{package.name}/{relative.as_posix()}:{line}: {problem}"
        for relative, line, problem in found
    ]


def imported_names(node) -> list[str]:
    """Dotted names of what an import statement imports."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        module = "." * node.level + (node.module or "")
        return [f"{module}.{alias.name}" for alias in node.names]
    return []


def import_problem(words, name) -> str | None:
    """What is wrong with importing `name` in the file called `words`."""
    if name.startswith("."):
        return "imports relatively"
    first, *rest = name.split(".")
    if first == "tfx_pipeline":
        return "imports tfx_pipeline, which builds on tfcompat"
    if first == "keras" or (first == "tensorflow" and rest[:1] == ["keras"]):
        return f"imports {name}; it is `import tf_keras as keras`"
    if first == "tensorflow" and rest[:2] == ["compat", "v1"]:
        return f"imports {name}"
    if first != "tfcompat" or not rest:
        return None
    return layer_problem(words, rest)


def layer_problem(words, target) -> str | None:
    """The same for a name within tfcompat, less its first word."""
    importer, imported = words[0], target[0]
    dotted = "tfcompat." + ".".join(target)
    if imported == "__version__":
        return None
    for folder in (importer, imported):
        if folder not in RANKS:
            return f"{folder} has no place in the order of LAYERS"
    if importer != imported:
        if ".".join(target[:2]) in SHARED:
            return None
        if RANKS[imported] == RANKS[importer]:
            return f"imports {dotted}, but {importer} and {imported} are peers"
        if RANKS[imported] > RANKS[importer]:
            return f"imports {dotted}, which builds on {importer}"
    elif importer == "models" and words[-1] != "__init__":
        paper, other = paper_of(words), paper_of(("models", *target[1:]))
        if paper != other:
            return f"imports {dotted}, another model"
    return None


def paper_of(words) -> tuple:
    """The file, or the sub-package, that is one model by itself."""
    return words[1:3] if words[1:2] in COLLECTIONS else words[1:2]


def attribute_problem(node) -> str | None:
    """What is wrong with reading an attribute of TensorFlow."""
    if not isinstance(node, ast.Attribute):
        return None
    if isinstance(node.value, ast.Name):
        if node.value.id in ("tf", "tensorflow") and node.attr == "keras":
            return "uses tf.keras; it is `import tf_keras as keras`"
    elif isinstance(node.value, ast.Attribute):
        if (node.value.attr, node.attr) == ("compat", "v1"):
            return "uses compat.v1"
    return None


def weight_problem(words, name) -> str | None:
    """What is wrong with importing `name` when the file is loaded."""
    if ".".join(words[:2]) in LIGHT:
        if name.split(".")[0] in HEAVY:
            return f"imports {name}, but commands that need it start fast"
    return None


def test_tfcompat_keeps_its_layers():
    violations = find_violations(PACKAGE)
    assert not violations, "\n" + "\n".join(violations)


def test_every_folder_has_a_place():
    folders = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    assert folders <= RANKS.keys()


@pytest.fixture
def plant(tmp_path):
    """Writes a file into an empty tfcompat and returns what is found."""

    def write(path, text):
        path = tmp_path / "tfcompat" / path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return find_violations(tmp_path / "tfcompat")

    return write


class TestPlantedViolations:
    @pytest.mark.parametrize(
        "path, statement, words",
        [
            ("data/x.py", "import tfcompat.models.y", "builds on data"),
            ("data/x.py", "from tfcompat import cli", "builds on data"),
            ("losses/x.py", "from tfcompat.metrics import y", "peers"),
            ("metrics/x.py", "from tfcompat.data import pipeline", "peers"),
            ("layers/x.py", "from tfcompat.losses.y import Z", "peers"),
            ("models/x.py", "from tfcompat.training.y import z", "builds on"),
            ("training/x.py", "from tfcompat.evaluation import y", "builds on"),
            ("export/x.py", "from tfcompat.serving import y", "builds on"),
            ("models/x.py", "from tfcompat.models.y import Z", "another model"),
            ("models/x.py", "from tfcompat.models import y", "another model"),
            (
                "models/baselines/x.py",
                "from tfcompat.models.baselines.y import Z",
                "another model",
            ),
            (
                "models/partial_dual/x.py",
                "from tfcompat.models.y import Z",
                "another model",
            ),
            ("models/x.py", "from tfcompat import models", "another model"),
            ("__init__.py", "from tfcompat.data import y", "builds on"),
            ("data/x.py", "from tfcompat import PSANet", "PSANet has no place"),
            ("novel/x.py", "import tfcompat.data.y", "novel has no place"),
            ("cli/x.py", "import tfx_pipeline.pipeline", "tfx_pipeline"),
            ("data/x.py", "from . import y", "relatively"),
            ("data/x.py", "from ..models.y import Z", "relatively"),
            ("data/x.py", "import keras", "tf_keras"),
            ("data/x.py", "from keras.layers import Dense", "tf_keras"),
            ("data/x.py", "from tensorflow import keras", "tf_keras"),
            ("data/x.py", "import tensorflow.keras.layers", "tf_keras"),
            ("data/x.py", "tf.keras.layers.Dense(1)", "tf_keras"),
            ("data/x.py", "tf.compat.v1.Session()", "compat.v1"),
            ("data/x.py", "import tensorflow.compat.v1 as tf", "compat.v1"),
            ("data/x.py", "from tensorflow.compat import v1", "compat.v1"),
            ("data/wardrobe.py", "import tensorflow as tf", "start fast"),
            ("data/readers/x.py", "import tf_keras", "start fast"),
        ],
    )
    def test_found_with_file_and_line(self, plant, path, statement, words):
        [violation] = plant(path, f'"""Doc."""\n\n{statement}\n')
        assert violation.startswith(f"tfcompat/{path}:3: ")
        assert words in violation

    def test_import_within_a_function_is_found(self, plant):
        text = "def f():\n    import tfcompat.models.y\n"
        assert plant("data/x.py", text)[0].startswith("tfcompat/data/x.py:2:")

    @pytest.mark.parametrize("name", sorted(VAGUE_NAMES))
    def test_vague_name_is_found(self, plant, name):
        assert len(plant(f"data/{name}.py", "")) == 1
        assert len(plant(f"models/{name}/y.py", "")) == 2


class TestAllowedImports:
    @pytest.mark.parametrize(
        "path, statement",
        [
            ("models/x.py", "from tfcompat.layers.y import Z"),
            ("cli/x.py", "from tfcompat.data.wardrobe import Wardrobe"),
            ("metrics/x.py", "from tfcompat.metrics.y import z"),
            ("losses/x.py", "from tfcompat.data.errors import InputError"),
            ("layers/x.py", "from tfcompat.data.progress import progress"),
            ("layers/x.py", "from tfcompat.data import files"),
            ("models/pd/x.py", "from tfcompat.models.pd.y import z"),
            ("models/pd/x.py", "from tfcompat.models.pd import y"),
            ("models/__init__.py", "from tfcompat.models.y import Z"),
            (
                "models/baselines/__init__.py",
                "from tfcompat.models.baselines.y import Z",
            ),
            ("__main__.py", "from tfcompat.cli.main import main"),
            ("serving/loaded_model.py", "tf.compat.v1.Session()"),
            ("__init__.py", "from tfcompat.version import __version__"),
            ("data/x.py", "from tfcompat import __version__"),
            ("data/x.py", "import tfcompat"),
            ("data/x.py", "import tf_keras as keras"),
            ("data/readers/x.py", "def f():\n    import tensorflow as tf"),
        ],
    )
    def test_nothing_is_found(self, plant, path, statement):
        assert plant(path, statement + "\n") == []
