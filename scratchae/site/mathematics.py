"""Equations on pages: MathML, which a browser sets without a script or a network.

It is made from the formula sheet when the sheet changes and kept in `sources/`, so that
who builds the pages needs no typesetter.
"""

import html
import json
import re
from pathlib import Path

KEPT = Path(__file__).parent / "sources" / "mathml.json"
DISPLAY = re.compile(r"^\$\$\n(.*?)\n(?:\\tag\{(\d+\.\d+)\}\n)?\$\$$", re.M | re.S)
INLINE = re.compile(r"(?<![$`])\$([^$\n]+)\$(?!\$)")


def formulas_of(sheet):
    """The LaTeX of a sheet's formulas -> whether each has a line of its own."""
    formulas = {found[1]: True for found in DISPLAY.finditer(sheet)}
    rest = DISPLAY.sub("", sheet)
    return formulas | {found[1]: False for found in INLINE.finditer(rest)}


def mathematics(text, home=None):
    """A Markdown text with MathML in place of its formulas.

    home : on the formula sheet, number of a lecture -> its page, to which the equations
        link; those of a lecture link to the sheet
    Both have the ids "equation-10-1". Raises KeyError for a formula that was not kept.
    """
    kept = json.loads(KEPT.read_text(encoding="utf-8"))

    def display(found):
        latex, number = found.groups()
        return f"```{{raw}} html\n{_block(kept[latex], latex, number, home)}\n```"

    def inline(found):
        return kept[found[1]]

    parts = re.split(r"(^```\{raw\} html\n.*?\n```$)", DISPLAY.sub(display, text),
                     flags=re.M | re.S)
    parts[::2] = [INLINE.sub(inline, part) for part in parts[::2]]
    return "".join(parts)


def _block(mathml, latex, number, home):
    """One equation that scrolls, by the keyboard too, where it is wider than a page."""
    label = f"equation {number}" if number else "equation"
    side = ""
    if number:
        name = anchor(number)
        target = home[number.split(".")[0]] if home else "formulas.html"
        side = (f'<a class="number" href="{target}#{name}" title="{label}, typeset on '
                f'the {"lecture" if home else "formula sheet"}">({number})</a>')
    name = f' id="{anchor(number)}"' if number else ""
    return (f'<div class="equation"{name}><div class="wide" tabindex="0" role="group" '
            f'aria-label="{label}: {html.escape(latex)}">{mathml}</div>{side}</div>')


def anchor(number):
    """The id of an equation on its pages : "equation-10-1" for "10.1"."""
    return f"equation-{number.replace('.', '-')}"
