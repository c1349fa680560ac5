"""`scratchae lab export DIR`: what is handed out to students."""

import json

from scratchae import __version__
from scratchae.cli.lab_files import STUBS
from scratchae.cli.outputs import check_output
from scratchae.files import replacing
from scratchae.notebooks import INSTALL_PACKAGE, WHEEL, notebook

# By its name: the shells of Windows leave a * as it is, and pip finds no such file.
NAME_OF_WHEEL = f"scratchae-{__version__}-py3-none-any.whl"
CHECK = """

# %% [markdown]
# ## Check
#
# Save the notebook, then run the next cell: it checks the file as it was saved.

# %%
!scratchae lab NUMBER --file NAME.ipynb
"""
README = """\
# Labs: write the gradient yourself

You write the functions; `scratchae` checks them, and says which tensor is wrong, where,
and what was probably done.

## Install

Python 3.10 or later, and `scratchae`, in which the checks are: nothing in this folder
has to be kept as it is.

    python -m venv .venv
    . .venv/bin/activate            # on Windows: .venv\\Scripts\\activate
    pip install ./WHEEL

The last of these is the file that you were given, beside this one.

## Work

Each lab is a file in `labs/`. Write your lines in the place of each `raise
NotImplementedError("Lab FIRST, part 1: ...")`. Keep the functions' names and
parameters, and the order of what they return. NumPy is all you need. From this folder:

    scratchae lab FIRST --watch        # checks it now, and again at each save
    scratchae lab                   # all labs, and how far you are

The same labs are in `notebooks/`, for those who would rather work there; the last cell
of each checks it. One of the two is enough: what counts is the better one.

Two sizes of random input are tried, and one where all sizes are equal; a function gets
fresh copies, is called twice, and has SECONDS seconds unless its lab says otherwise. It
reads and writes no files, starts no processes, and gets on without `import scratchae`.

## Hand in

One folder with your name, and in it the files under the names they have: LABS.

| lab | parts | points |
|---|---|---|
"""


def export_labs(folder, stubs, overwrite):
    """Write stubs, notebooks and a README; nothing that is there is replaced unasked.

    stubs : {Lab: path of the file to be filled in}
    """
    files = {folder / "README.md": readme([*stubs])}
    for lab, path in stubs.items():
        text = path.read_text(encoding="utf-8")
        check = CHECK.replace("NUMBER", lab.number).replace("NAME", path.stem)
        book = notebook(text + check, install=INSTALL_PACKAGE)
        files[folder / "labs" / path.name] = text
        files[folder / "notebooks" / f"{path.stem}.ipynb"] = json.dumps(
            book, indent=1, ensure_ascii=False) + "\n"
    conftest = STUBS / "conftest.py"
    files[folder / "labs" / conftest.name] = conftest.read_text(encoding="utf-8")
    for path in files:
        check_output(path, overwrite, "another DIR")
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as file:
            file.write(text.encode())
        print(path)
    print(f"\nHand out {folder}, and in it {NAME_OF_WHEEL}, which checks: "
          f"`{WHEEL}` in a checkout makes it."
          "\n`scratchae lab grade DIR` grades what comes back.")
    return 0


def readme(chosen):
    """The instructions, with a table of the labs."""
    names = ", ".join(f"`{lab.number}_*`" for lab in chosen)
    lines = []
    for lab in chosen:
        functions = ", ".join(f"`{part.function}`" for part in lab.parts)
        lines.append(f"| {lab.number} {lab.title} | {functions} | {lab.points} |")
    seconds = f"{min(lab.seconds for lab in chosen):g}"
    text = README.replace("SECONDS", seconds).replace("LABS", names)
    text = text.replace("FIRST", chosen[0].number).replace("WHEEL", NAME_OF_WHEEL)
    return text + "\n".join(lines) + "\n"
