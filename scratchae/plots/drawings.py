"""Drawings without data: a network, and the family of autoencoders."""

import numpy as np

from scratchae.plots.style import COLOURS, new_figure


def network(sizes, title="", shown=9):
    """Layers of units as dots, joined by lines; the widest shows `shown` dots.

    sizes : widths from the input to the output; the narrowest is drawn as the code.
        The number of dots grows with the logarithm of the width.
    """
    figure, axes = new_figure(width=7, height=3.4)
    widest = np.log(max(2, *sizes))
    counts = [max(1, round(shown * np.log(size) / widest)) for size in sizes]
    places = [np.linspace(-1, 1, count) * count / shown for count in counts]
    for i in range(len(sizes) - 1):
        for a in places[i]:
            for b in places[i + 1]:
                axes.plot([i, i + 1], [a, b], color="#c8c8c8", linewidth=0.5, zorder=1)
    for i, (size, place) in enumerate(zip(sizes, places, strict=True)):
        code = size == min(sizes)
        axes.scatter(np.full(len(place), i), place, s=70, zorder=2, edgecolors="white",
                     color=COLOURS[1 if code else 0])
        axes.text(i, -1.35, f"{size}", ha="center")
    middle = len(sizes) // 2
    for place, name in ((0, "x"), (middle, "h = f(x)"), (len(sizes) - 1, "g(h)")):
        axes.text(place, 1.2, name, ha="center", style="italic")
    axes.text(middle / 2, 1.2, "encoder f", ha="center", color=COLOURS[0])
    axes.text(1.5 * middle, 1.2, "decoder g", ha="center", color=COLOURS[0])
    axes.text(-0.12, -1.35, "units", ha="right")
    axes.text(len(sizes) - 1, -1.62, "fewer dots than units", ha="right", fontsize=9)
    axes.set(title=title, xlim=(-0.6, len(sizes) - 0.7), ylim=(-1.7, 1.5))
    axes.axis("off")
    return figure


def family_tree(root, branches, title=""):
    """A root on the left and boxes to the right.

    branches : dict of name -> (what it adds, lecture)
    """
    figure, axes = new_figure(width=7, height=3.2)
    heights = np.linspace(1, -1, len(branches))
    box = {"boxstyle": "round,pad=0.4", "facecolor": "white", "edgecolor": COLOURS[0]}
    axes.text(0, 0, root, ha="left", va="center", bbox=box)
    for y, (name, (adds, lecture)) in zip(heights, branches.items(), strict=True):
        axes.plot([0.175, 0.345], [0, y], color="#999999", zorder=0)
        axes.text(0.36, y, name, ha="left", va="center", bbox=box)
        axes.text(0.66, y, f"{adds} ({lecture})", ha="left", va="center")
    axes.set(title=title, xlim=(-0.02, 1.25), ylim=(-1.3, 1.3))
    axes.axis("off")
    return figure


def graphs(panels, title=""):
    """Small computation graphs side by side, arrows from node to node.

    panels : dict of name -> (nodes, edges, random, stopped): the nodes' places as a
        dict of name -> (x, y), the edges as pairs of names, the names that are drawn
        at random (round), the edges that no gradient passes (dashed)
    """
    figure, axes = new_figure(1, len(panels), width=4.6 * len(panels), height=2.6)
    for panel, (name, parts) in zip(np.atleast_1d(axes), panels.items(), strict=True):
        _graph(panel, *parts)
        panel.set_title(name)
    figure.suptitle(title)
    return figure


def _graph(axes, nodes, edges, random, stopped):
    """One graph, its parts as `graphs` is given them."""
    boxes = {}
    for name, place in nodes.items():
        shape, colour = "round", COLOURS[0]
        if name in random:
            shape, colour = "circle", COLOURS[1]
        box = {"boxstyle": f"{shape},pad=0.4", "facecolor": "white",
               "edgecolor": colour}
        text = axes.text(*place, name, ha="center", va="center", bbox=box, zorder=2)
        boxes[name] = text.get_bbox_patch()
    for start, end in edges:  # after the boxes, whose edges they reach from and to
        line, colour = "-", COLOURS[0]
        if (start, end) in stopped:
            line, colour = "--", "#666666"
        arrow = {"arrowstyle": "->", "linestyle": line, "color": colour,
                 "mutation_scale": 14, "patchA": boxes[start], "patchB": boxes[end],
                 "shrinkA": 0, "shrinkB": 0}
        axes.annotate("", nodes[end], nodes[start], arrowprops=arrow, zorder=3)
    x, y = np.transpose(list(nodes.values()))
    axes.set(xlim=(x.min() - 0.4, x.max() + 0.4), ylim=(-0.5, 1.5))
    axes.invert_yaxis()
    axes.axis("off")
