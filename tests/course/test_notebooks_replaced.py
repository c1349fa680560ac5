"""A notebook that is written again takes the place of the old one as a whole."""

import os

from scratchae.notebooks import write_notebooks


def test_an_old_notebook_is_replaced_and_never_written_over(tmp_path):
    (tmp_path / "formulas.md").write_text("")
    script = tmp_path / "one.py"
    script.write_text('"""One."""\n\n# %%\nx = 1\n')
    path = tmp_path / "one.ipynb"
    path.write_text("old")
    os.link(path, tmp_path / "kept")  # the old file itself, under another name
    assert write_notebooks([script], tmp_path) == [path]
    assert (tmp_path / "kept").read_text() == "old" and "x = 1" in path.read_text()
