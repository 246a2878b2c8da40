"""Rules on the form of files: their names, sizes, openings, and what must not stand in them."""

import re

_TOP_FOLDERS = {"host", "sdk", "plugins", "config", "tests", "packaging"}
_TOP_FILES = {"CMakeLists.txt", "CMakePresets.json", "README.md", "LICENSE", "CHANGELOG.md", "CONTRIBUTING.md"}

_VAGUE = {"util", "utils", "utility", "utilities", "common", "helper", "helpers", "manager", "managers", "misc", "stuff"}

_MAX_LINES = 400
# Longer for a reason.
_LONG = {
    "sdk/include/backplane/backplane.h": "the ABI is read in one piece",
    "tests/sdk/frozen/v1_0/backplane/backplane.h": "as it was released",
}

_MARKS = ("TO" "DO", "FIX" "ME", "X" "XX", "HA" "CK")


def top_level_is_fixed(tree):
    """At the top lie the house's own folders and files, and dotfiles."""
    for file in tree.files:
        top = file.parts[0]
        known = _TOP_FOLDERS if len(file.parts) > 1 else _TOP_FILES
        if not (top in known or top.startswith(".")):
            yield file, 1, f"wanted one of {', '.join(sorted(known))} at the top of the tree, found {top}"


def names_are_plain(tree):
    """Files and folders are snake_case (documents and scripts of packaging may use hyphens), and say what they hold."""
    for file in tree.files:
        if file.parts[0] not in _TOP_FOLDERS:
            continue
        if file.is_code or file.suffix in (".py", ".cmake"):
            package = file.name.endswith(("Config.cmake", "ConfigVersion.cmake"))  # find_package looks for these names
            for part in file.parts[1:-1] + ([] if package else [file.stem]):
                if not re.fullmatch(r"[a-z][a-z0-9_]*", part):
                    yield file, 1, f"wanted a snake_case name, found '{part}'"
        for part in file.parts[1:]:
            vague = _VAGUE & set(re.split(r"[^a-z]+", part.lower()))
            if vague:
                yield file, 1, f"'{vague.pop()}' says nothing: name the one noun or verb that is inside"
        if file.is_code:
            for match in re.finditer(r"\b(?:class|struct) (?:\w+ )*(\w*(?:Manager|Helper|Util|Utils))\b", file.code):
                yield file, file.line_of(match.start()), f"the type {match.group(1)}: name what it is"


def names_are_unique(tree):
    """A source file's name occurs once in its layer, and once in the sdk; main is free."""
    seen = {}
    for file in tree.code("host", "sdk"):
        if file.stem == "main":
            continue
        place = "/".join(file.parts[:2]) if file.parts[0] == "host" else "sdk"
        first = seen.setdefault((place, file.name), file)
        if first is not file:
            yield file, 1, f"the name is taken by {first.path}"


def headers_open_well(tree):
    """A header begins with a comment on what it is and is guarded by #pragma once (a C header by #ifndef)."""
    for file in tree.code(*_TOP_FOLDERS):
        if file.suffix not in (".hpp", ".h"):
            continue
        if not file.text.startswith(("//", "/*")):
            yield file, 1, "wanted an opening comment that says what this is"
        guarded = "#pragma once" in file.lines or file.suffix == ".h" and re.search(r"^#ifndef \w+_H$", file.text, re.MULTILINE)
        if not guarded:
            yield file, 1, "wanted #pragma once"


def files_are_short(tree):
    """At most 400 lines of code in a file."""
    for file in tree.files:
        counted = file.is_code or file.suffix in (".py", ".sh", ".cmake")
        length = len(file.lines) - 1
        if counted and length > _MAX_LINES and file.path not in _LONG:
            yield file, _MAX_LINES + 1, f"wanted at most {_MAX_LINES} lines, found {length}: split it by what it does"


def text_is_clean(tree):
    """No tabs, no white space at line ends, no carriage returns, one newline at the end."""
    for file in tree.files:
        if not file.is_text:
            continue
        for number, line in enumerate(file.lines, 1):
            if "\t" in line:
                yield file, number, "wanted spaces, found a tab"
            if line != line.rstrip():
                yield file, number, "white space at the end of the line"
        if file.text and not file.text.endswith("\n"):
            yield file, len(file.lines), "wanted a newline at the end of the file"
        if file.text.endswith("\n\n"):
            yield file, len(file.lines) - 1, "empty lines at the end of the file"


def nothing_is_put_off(tree):
    """No marks of unfinished work."""
    pattern = re.compile(r"\b(" + "|".join(_MARKS) + r")\b")
    for file in tree.files:
        if not file.is_text:
            continue
        for number, line in enumerate(file.lines, 1):
            match = pattern.search(line)
            if match:
                yield file, number, f"{match.group(1)}: finish it or leave it out"


def tests_never_sleep(tree):
    """Tests wait on a condition with a deadline; only fixture plugins may dawdle, that is what they are for."""
    calls = re.compile(r"\b(sleep_for|sleep_until|usleep|nanosleep|clock_nanosleep|(?<!\w)sleep)\s*\(")
    for file in tree.files:
        if file.parts[0] != "tests" or file.parts[1] == "fixtures" or not (file.is_code or file.suffix in (".py", ".sh")):
            continue
        code = file.code if file.is_code else re.sub(r'"[^"\n]*"', "", file.text)
        for number, line in enumerate(code.split("\n"), 1):
            match = calls.search(line)
            if match:
                yield file, number, f"{match.group(1)}: wait on a condition with a deadline instead"


def host_never_throws(tree):
    """Nobody in host/ throws: Result for what the outside can cause, an assertion for our own bugs."""
    for file in tree.code("host"):
        for match in re.finditer(r"\bthrow\b", file.code):
            yield file, file.line_of(match.start()), "throw: return a Result, or assert"


def switches_name_every_value(tree):
    """A switch over an enum class of ours has no default, so that the compiler finds the value that was forgotten."""
    files = tree.code("host", "sdk", "plugins", "tests")
    ours = {name for file in files for name in re.findall(r"\benum class (\w+)", file.code)}
    for file in files:
        for match in re.finditer(r"\bswitch\s*\(", file.code):
            own = _own_level(file.code, match.end())
            scopes = set(re.findall(r"\bcase\s+(?:\w+::)*(\w+)::\w+\s*:(?!:)", own))
            if scopes & ours and re.search(r"\bdefault\s*:", own):
                yield file, file.line_of(match.start()), "default: in a switch over an enum class"


def _own_level(code, start):
    """The body of the switch whose '(' ends at start, without the blocks inside it."""
    opening = code.find("{", start)
    own, depth = [], 0
    for character in code[opening:] if opening >= 0 else "":
        depth += (character == "{") - (character == "}")
        if depth == 0:
            break
        # A case may have braces of its own; a switch inside it is looked at by itself.
        own.append(character if depth <= 2 else " ")
    text = "".join(own)
    inner = re.search(r"\bswitch\s*\(", text)
    return text[:inner.start()] if inner else text


RULES = [top_level_is_fixed, names_are_plain, names_are_unique, headers_open_well, files_are_short, text_is_clean,
         nothing_is_put_off, tests_never_sleep, host_never_throws, switches_name_every_value]
