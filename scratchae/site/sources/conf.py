"""How Sphinx makes the pages. Written for this theme; nothing comes from elsewhere."""

import inspect
import json
from pathlib import Path

project = "scratchae"
html_title = "Autoencoders from scratch"
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.viewcode",
              "sphinx_codeautolink"]
myst_enable_extensions = []
myst_heading_anchors = 0
highlight_language = "none"
smartquotes = False
html_theme = "pydata_sphinx_theme"
html_theme_options = {
    "logo": {"text": "scratchae"},
    "navbar_align": "left",
    "navbar_center": [],
    "navbar_persistent": ["searchfor"],
    "navbar_end": ["theme-switcher"],
    "footer_start": [],
    "footer_end": [],
    "show_toc_level": 2,
    "navigation_with_keys": False,
    "show_version_warning_banner": False,
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}
html_context = {"default_mode": "auto"}
html_sidebars = {"**": ["contents"], "search": []}
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_extra_path = ["_extra"]
html_additional_pages = {"search": "search.html"}
templates_path = ["_templates"]
html_copy_source = html_show_sourcelink = html_show_sphinx = False
html_use_index = False
html_last_updated_fmt = None
suppress_warnings = ["myst.header"]
codeautolink_concat_default = True  # the cells of a lecture are one program


def literal_docstrings(app, what, name, obj, options, lines):
    """Docstrings are laid-out text, and stay it: a first sentence, then a block."""
    text = inspect.cleandoc("\n".join(lines)).strip()
    first, _, rest = text.partition("\n\n")
    if "\n " in first:  # it has a layout of its own
        first, _, below = first.partition("\n")
        rest = f"{below}\n\n{rest}".strip("\n")
    escaped = "".join(f"\\{c}" if c in "\\*`|_" else c for c in first)
    lines[:] = [*escaped.splitlines(), ""]
    if rest:
        lines += ["::", "", *(f"    {line}" for line in rest.splitlines()), ""]


def list_objects(app, exception):
    """What the reference describes, for the index of the search."""
    if exception is None:
        found = [[name, f"{page}.html#{anchor}"] for name, _, _, page, anchor, _
                 in app.env.get_domain("py").get_objects()]
        Path(app.outdir, "objects.json").write_text(
            json.dumps(sorted(found)), encoding="utf-8")


def without_search(app):
    """The generator's own search cannot find a number, and asks for files."""
    app.builder.search = False


def setup(app):
    """Called by Sphinx."""
    app.connect("autodoc-process-docstring", literal_docstrings)
    app.connect("build-finished", list_objects)
    app.connect("builder-inited", without_search)
