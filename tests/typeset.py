"""Typeset the formula sheet again, into the file from which pages take it.

`python tests/typeset.py` needs Node and, in the folder where it is typed, Temml 0.13.5
(`npm install temml@0.13.5`). Who builds the site needs neither.
"""

import json
import subprocess
from pathlib import Path

from scratchae.site.mathematics import KEPT, formulas_of

HERE = Path(__file__).resolve().parent
SHEET = HERE.parent / "lectures" / "formulas.md"


def typeset(folder="."):
    """LaTeX -> MathML of all formulas of the sheet, by Temml in a folder."""
    formulas = formulas_of(SHEET.read_text(encoding="utf-8"))
    done = subprocess.run(
        ["node", HERE / "typeset.mjs"], input=json.dumps([*formulas.items()]),
        capture_output=True, text=True, check=True, cwd=folder,
    )
    return dict(zip(formulas, json.loads(done.stdout), strict=True))


if __name__ == "__main__":
    text = json.dumps(typeset(), ensure_ascii=False, indent=0, sort_keys=True)
    KEPT.write_text(text + "\n", encoding="utf-8")
