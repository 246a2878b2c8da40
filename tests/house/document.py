"""Rules on documents: what they point at is there."""

import os
import re

from tree import blank

_ROOTS = ("host", "sdk", "plugins", "config", "tests", "packaging")


def documents_point_at_files(tree):
    """Relative links, and paths in code marks that begin with a folder of the house, lead to a file or folder of the tree."""
    folders = {"/".join(file.parts[:depth]) for file in tree.files for depth in range(1, len(file.parts))}
    for file in tree.files:
        if file.suffix != ".md":
            continue
        here = os.path.dirname(file.path)
        text = re.sub(r"^```.*?^```", blank, file.text, flags=re.MULTILINE | re.DOTALL)
        for number, line in enumerate(text.split("\n"), 1):
            linked = [os.path.normpath(os.path.join(here, it)) for it in re.findall(r"\]\((?![a-z]+:|#)([^)#\s]+)", line)]
            named = [it.rstrip("/") for it in re.findall(r"`((?:" + "|".join(_ROOTS) + r")/[\w./-]+)`", line)]
            for path in linked + named:
                if path not in tree.by_path and path not in folders:
                    yield file, number, f"wanted a file or folder of the tree, found {path}"


RULES = [documents_point_at_files]
