"""From lectures that ran to a folder of pages."""

import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from scratchae.errors import to_install
from scratchae.files import for_a_process
from scratchae.notebooks import SHEET, read_formulas
from scratchae.pulse import doing, tell
from scratchae.site.finish import finish
from scratchae.site.lectures import EXPLORER, LabPage, LecturePage
from scratchae.site.package import TEXTS, museum_page, reference_pages, text_page
from scratchae.site.tables import (
    contents,
    exam_page,
    references_page,
    sheet_page,
    slides_page,
)

SOURCES = Path(__file__).parent / "sources"
NEEDED = ("sphinx", "myst_parser", "pydata_sphinx_theme", "sphinx_codeautolink")
MADE = "_static/search_index.js"  # a folder that has it was made here
STATIC = ("site.css", "search.js", "latinmodern-math.woff2")
TEMPLATES = ("searchfor.html", "contents.html", "search.html")


def check_generator():
    """Raise OSError, with what to install, if pages cannot be made here."""
    for name in NEEDED:
        if importlib.util.find_spec(name) is None:
            raise OSError(
                f"pages are made by Sphinx, and {name} is not installed: "
                f"{to_install('docs')}, with Python 3.11 or later"
            )


def build_site(scripts, ran, folder):
    """Write the pages of lectures into a folder, which is new or is replaced.

    scripts : the lecture scripts   ran : for each what `run_cells` gave
    The pages are made beside the folder and put there when they are whole. Raises
    ChildProcessError with Sphinx's words if it fails.
    """
    folder = Path(folder).absolute()
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".site-", dir=folder.parent) as made:
        made = Path(made)
        lectures = [LecturePage(script, cells, lecture.alts)
                    for script, (cells, lecture) in zip(scripts, ran, strict=True)]
        write_sources(lectures, made / "sources")
        run_sphinx(made)
        finish(made / "pages", lectures)
        put_in_place(made / "pages", folder, made / "before")


def put_in_place(pages, folder, before):
    """Rename a folder of pages to its place; what is there is moved out of its way,
    and back if the pages cannot be had there."""
    if not folder.exists():
        pages.rename(folder)
        return
    folder.rename(before)
    try:
        pages.rename(folder)
    except BaseException:
        before.rename(folder)
        raise


def write_sources(lectures, folder):
    """The Markdown of all pages, and what Sphinx needs beside it."""
    home, extra = lectures[0].script.parent, folder / "_extra"
    formulas = read_formulas(home / SHEET)
    pages = {str(int(page.number)): f"{page.name}.html" for page in lectures}
    labs = [LabPage(path) for path in sorted((home / "labs").glob("[0-9][0-9]_*.py"))]
    extra.mkdir(parents=True)
    shutil.copy(home / EXPLORER, extra)
    texts = texts_of(home, lectures, labs, pages)
    for page in lectures + labs:
        texts[page.name] = page.markdown(formulas, pages)
        page.copy_files(folder, extra)
    for name, text in texts.items():
        (folder / f"{name}.md").write_text(text, encoding="utf-8")
    for where, names in {"_static": STATIC, "_templates": TEMPLATES,
                         ".": ("conf.py",)}.items():
        (folder / where).mkdir(exist_ok=True)
        for name in names:
            shutil.copy(SOURCES / name, folder / where)


def texts_of(home, lectures, labs, pages):
    """Name -> Markdown of the pages that are no lecture and no lab."""
    texts = {name: text_page(path) for name, path in TEXTS.items()}
    return texts | {
        "index": contents(lectures, labs), "slides": slides_page(lectures),
        "formulas": sheet_page(home, pages), "exam": exam_page(lectures, pages),
        "museum": museum_page(), "references": references_page(home),
        "papers": text_page(home / "papers.md"), **reference_pages(),
    }


def run_sphinx(made):
    """Sphinx in a process of its own, from made/sources to made/pages."""
    made = made.resolve()  # the process has another working folder
    command = [sys.executable, "-m", "sphinx", "-q", "-b", "html", "-d",
               made / "doctrees", made / "sources", made / "pages"]
    # Kernels are documented as the functions that they are before they are compiled.
    settings = {"NUMBA_DISABLE_JIT": "1", "SOURCE_DATE_EPOCH": "0",
                "PYTHONHASHSEED": "0", "SCRATCHAE_BACKEND": "numpy"}
    with doing("Sphinx makes the pages"):
        done = subprocess.run(command, **for_a_process(os.environ | settings),
                              text=True, capture_output=True)
    if done.returncode:
        raise ChildProcessError(f"Sphinx failed:\n{done.stderr.strip()}")
    if done.stderr.strip():
        tell(done.stderr.strip())
