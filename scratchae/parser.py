"""argparse whose errors are one line, and name the nearest word that is known."""

import argparse
import re

from scratchae.errors import did_you_mean


class Parser(argparse.ArgumentParser):
    """The parser of a command, of its sub-commands and of lecture scripts.

    Options are typed in full: what an abbreviation means would change with the next
    option. What a sub-command does not know is its own error, not its parent's. Of
    words that may be several, some may stand before an option and some behind it.
    """

    words = None  # the argument that takes several

    def __init__(self, **options):
        super().__init__(**options, allow_abbrev=False)

    def add_argument(self, *names, **options):
        """Add an argument, as argparse does."""
        action = super().add_argument(*names, **options)
        if not action.option_strings and action.nargs in ("*", "+"):
            self.words = action
        return action

    def parse_known_args(self, args=None, namespace=None):
        """The options, all of them known; an error otherwise."""
        namespace, unknown = super().parse_known_args(args, namespace)
        unknown = [word for word in unknown if word != "--"]
        words = self.words
        if words and not any(word.startswith("-") for word in unknown):
            more = [words.type(word) if words.type else word for word in unknown]
            setattr(namespace, words.dest, [*getattr(namespace, words.dest), *more])
            unknown = []
        if unknown:
            word = next((w for w in unknown if w.startswith("-")), unknown[0])
            word = word.split("=")[0]
            known = re.findall(r"--[\w-]+", self.format_help())
            hint = did_you_mean(word, known) if word.startswith("-") else ""
            self.error(f"unknown argument {word}.{hint}")
        return namespace, unknown

    def error(self, message):
        """Print the error in one line, with where to read more; exit status 2."""
        pattern = r"argument (.+): invalid choice: '(.*)'.*\(choose from (.*)\)"
        choice = re.fullmatch(pattern, message, re.S)
        if choice:
            what, word, names = choice.groups()
            names = re.findall(r"[\w-]+", names)  # in quotes in some versions of Python
            message = f"{what}: no {word!r}; expected one of {', '.join(names)}."
            message += did_you_mean(word, names)
        message = re.sub(r"^argument ", "", message)
        message = message.replace("the following arguments are required", "missing")
        message = message.replace("invalid float value:", "expected a number, got")
        if message[-1] not in ".?":
            message += "."
        self.exit(2, f"{self.prog}: {message} See {self.prog} --help.\n")
