"""Rules on CMake: what lies in the tree is built."""

import re


def sources_are_listed(tree):
    """Each source is named in a CMakeLists.txt of its folder or above, whole, or by its stem where a loop adds the suffix."""
    for file in tree.code("host", "plugins", "tests", "sdk"):
        if file.suffix in (".cpp", ".c") and not any(_names(it, file) for it in _lists_above(tree, file)):
            yield file, 1, "is in no CMakeLists.txt: list it or remove it"


def _lists_above(tree, file):
    for depth in range(len(file.parts) - 1, 0, -1):
        found = tree.by_path.get("/".join(file.parts[:depth]) + "/CMakeLists.txt")
        if found:
            yield found


def _names(listing, file):
    relative = file.path[len(listing.path) - len("CMakeLists.txt"):]
    text = re.sub(r"#[^\n]*", "", listing.text)
    words = set(re.split(r"[\s()\"]+", text))
    looped = re.search(r"\$\{\w+\}" + re.escape(file.suffix), text)
    return relative in words or bool(looped) and (file.stem in words or relative[:-len(file.suffix)] in words
                                                 or file.parts[-2] in words)


def globs_are_not_used(tree):
    """Sources are listed by hand, so that a build and a review see the same files."""
    for file in tree.files:
        if file.name == "CMakeLists.txt" or file.suffix == ".cmake":
            for number, line in enumerate(file.lines, 1):
                if re.search(r"\bfile\s*\(\s*GLOB", line, re.IGNORECASE):
                    yield file, number, "file(GLOB): list the files"


RULES = [sources_are_listed, globs_are_not_used]
