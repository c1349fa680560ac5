"""What is done to the pages that Sphinx made: a policy, the search's index."""

import base64
import hashlib
import html
import json
import re

from scratchae.site.links import cut, part
from scratchae.site.mathematics import anchor

# The theme asks for the generator's search, which cannot find a number and is not made.
OTHER_SEARCH = re.compile(r"<script[^>]*(?:searchtools|language_data|searchindex)\.js"
                          r"[^>]*></script>\s*")
SCRIPT = re.compile(r"<script(?![^>]*\bsrc=)[^>]*>(.*?)</script>", re.S)
LEFT_OVER = (".buildinfo", "objects.json", "_static/searchtools.js",
             "_static/language_data.js", "_static/webpack-macros.html")
POLICY = ("default-src 'none'; script-src 'self' file: {hashes}; style-src 'self' "
          "file: 'unsafe-inline'; img-src 'self' file: data:; font-src 'self' file: "
          "data:; frame-src 'self' file:; form-action 'self' file:; base-uri 'none'")


def finish(folder, lectures):
    """Give each page its policy, and the search what it looks through."""
    for path in sorted(folder.rglob("*.html")):
        if path.parent == folder / "_static" or path.name == "explorer.html":
            continue
        path.write_text(with_policy(path.read_text(encoding="utf-8")),
                        encoding="utf-8")
    index = search_index(folder, lectures)
    text = json.dumps(index, ensure_ascii=False, separators=(",", ":"))
    (folder / "_static/search_index.js").write_text(f"const SEARCH = {text};\n",
                                                    encoding="utf-8")
    for name in LEFT_OVER:
        (folder / name).unlink(missing_ok=True)
    (folder / "_sources").rmdir()


def with_policy(page):
    """A page that may load what lies beside it, and nothing else."""
    page = OTHER_SEARCH.sub("", page)
    hashes = sorted({_digest(script) for script in SCRIPT.findall(page)})
    policy = POLICY.format(hashes=" ".join(f"'sha256-{name}'" for name in hashes))
    tag = f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
    head = re.search("<head[^>]*>", page).end()
    return f"{page[:head]}\n    {tag}{page[head:]}"


def _digest(script):
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def search_index(folder, lectures):
    """[title, address, text] of equations, slides, functions, and parts of lectures."""
    index = []
    for page in lectures:
        for title, name, text in _parts(page):
            address = f"{page.name}.html" + (f"#{name}" if name else "")
            index.append([title, address, text])
            for number in re.findall(r"  \((\d+\.\d+)\)", text):
                index.append([f"({number})", f"{page.name}.html#{anchor(number)}",
                              f"{title} {_around(text, number)}"])
    slides = (folder / "slides.html").read_text(encoding="utf-8")
    for number, row in re.findall(r'<tr id="(S\d+)">(.*?)</tr>', slides, re.S):
        index.append([number, f"slides.html#{number}", _text_of(row)])
    objects = json.loads((folder / "objects.json").read_text(encoding="utf-8"))
    for name, address in objects:
        index.append([name.removeprefix("scratchae."), address, name])
    return index


def _parts(page):
    """Of a lecture's page: title, id and text of what stands below each heading."""
    title, name, count, texts = page.title, "", 0, []
    for cell in page.cells:
        markdown = cell.kind == "markdown"
        for heading, text in cut(cell.text) if markdown else [("", cell.text)]:
            if heading:
                yield title, name, " ".join(texts)
                count, texts = count + 1, []
                title, name = f"{page.number}: {heading}", part(page.number, count)
            texts.append(text)
    yield title, name, " ".join(texts)


def _around(text, number):
    """The lines of a text that end in the number of an equation."""
    at = text.index(f"  ({number})")
    return " ".join(text[max(0, at - 120) : at].split())


def _text_of(markup):
    return html.unescape(re.sub(r"<[^>]+>", " ", markup)).strip()
