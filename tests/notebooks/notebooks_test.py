import pathlib

import nbclient
import nbformat
import pytest

FOLDER = pathlib.Path(__file__).parents[2] / "notebooks"


@pytest.mark.slow
@pytest.mark.parametrize(
    "path", sorted(FOLDER.glob("*.ipynb")), ids=lambda path: path.stem
)
def test_notebook_runs(path, wardrobe_folder, outfit_folder, monkeypatch):
    monkeypatch.setenv("WARDROBE", str(wardrobe_folder))
    monkeypatch.setenv("OUTFIT_WARDROBE", str(outfit_folder))
    monkeypatch.setenv("EPOCHS", "1")
    notebook = nbformat.read(path, as_version=4)
    nbclient.NotebookClient(
        notebook, timeout=300, kernel_name="python3"
    ).execute(cwd=str(FOLDER))
    outputs = [
        out for cell in notebook.cells for out in cell.get("outputs", [])
    ]
    assert any("image/png" in out.get("data", {}) for out in outputs)
