"""Pages of the package itself: its texts, the museum, and the reference."""

import difflib
import importlib
import inspect
import pkgutil
import re
from pathlib import Path

import scratchae
from scratchae.site.links import plain

PACKAGE = Path(scratchae.__file__).resolve().parent
TEXTS = {  # page -> the file whose text it is
    "models": PACKAGE / "README.md",
    "gradcheck": PACKAGE / "gradcheck/README.md",
    "benchmark": PACKAGE / "benchmark/README.md",
}
PEERS = {"scratchae.benchmark.in_jax", "scratchae.benchmark.in_torch"}  # import them
# Commands, what makes pages, and what knows the answers of the labs.
NOT_SHOWN = ("cli", "site", "labs", "lectures", "startup", "__main__")


def text_page(path):
    """A text of the package, without pictures and links that only a checkout has."""
    text = path.read_text(encoding="utf-8")
    text = re.sub(r"!\[[^]]*\]\([^)]*\)\n*", "", text)
    return re.sub(r"\[([^]]+)\]\((?!https?:|#)[^)]*\)", r"\1", text)


def museum_page():
    """Markdown of the museum: its text, and each exhibit with what is planted."""
    from scratchae.museum.registry import FAULTS  # it loads matplotlib, for one page

    parts = [text_page(PACKAGE / "museum/README.md"), "## The exhibits", ""]
    for name, exhibit in FAULTS.items():
        parts += [f"### {plain(exhibit.text)}", "",
                  f"`{name}`; seen in: {plain(exhibit.seen_in)}", ""]
        for function, *changes in exhibit.edits:
            place = f"{function.__module__}.{function.__qualname__}"
            parts += [f"````{{code-block}} diff\n\n# {place}\n{_difference(changes)}"
                      "\n````", ""]
    return "\n".join(parts)


def _difference(changes):
    """Lines that go and come: changes has what stands there, and what is planted."""
    lines = []
    for old, new in zip(changes[::2], changes[1::2], strict=True):
        pair = inspect.cleandoc(old).splitlines(), inspect.cleandoc(new).splitlines()
        lines += [line for line in difflib.ndiff(*pair) if not line.startswith("?")]
    return "\n".join(lines)


def reference_pages():
    """Page -> Markdown: one for each room, its modules with all that is public."""
    rooms = {}
    for module in sorted(_modules()):
        rooms.setdefault(module.split(".")[1], []).append(module)
    pages = {f"reference_{room}": _room_page(room, names)
             for room, names in rooms.items()}
    listed = "\n".join(["# Reference", "", "Every public function and class, room by "
                        "room, with its docstring and its source.", "",
                        "```{toctree}", *pages, "```", ""])
    return {"reference": listed, **pages}


def _modules():
    """Names of the modules that are shown."""
    for found in pkgutil.walk_packages(scratchae.__path__, "scratchae."):
        if found.name.split(".")[1] not in NOT_SHOWN and found.name not in PEERS:
            yield found.name


def _room_page(room, modules):
    """A room's sentence about itself, and its modules for autodoc to describe."""
    about = inspect.getdoc(importlib.import_module(f"scratchae.{room}"))
    lines = [f"# {room}", "", plain(about.split("\n")[0]), ""]
    for name in modules:
        lines += [f"## {name}", "", "```{eval-rst}", f".. automodule:: {name}",
                  "   :members:", "   :member-order: bysource", "   :show-inheritance:",
                  "```", ""]
    return "\n".join(lines)
