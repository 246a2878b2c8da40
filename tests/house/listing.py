"""Rules on CMake: what lies in the tree is built."""

import re


def sources_are_listed(tree):
    """Each source is named in a CMakeLists.txt of its folder or above, whole, or as far as a loop does not add the rest."""
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
    if relative in words:
        return True
    folder, _, name = relative.rpartition("/")
    by_name = folder and f"{folder}/${{" in text and name in words
    by_stem = re.search(r"\$\{\w+\}" + re.escape(file.suffix), text) and {file.stem, relative[:-len(file.suffix)], file.parts[-2]} & words
    return bool(by_name or by_stem)


def globs_are_not_used(tree):
    """Sources are listed by hand, so that a build and a review see the same files."""
    for file in tree.files:
        if file.name == "CMakeLists.txt" or file.suffix == ".cmake" and file.parts[0] != "tests":  # there: scripts of tests
            for number, line in enumerate(file.lines, 1):
                if re.search(r"\bfile\s*\(\s*GLOB", line, re.IGNORECASE):
                    yield file, number, "file(GLOB): list the files"


RULES = [sources_are_listed, globs_are_not_used]
