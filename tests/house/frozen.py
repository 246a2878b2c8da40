"""Rules on what was released: the C ABI only grows."""

import re

_RELEASED = ["tests", "sdk", "frozen"]  # then the version, backplane, and the header as it was released
_CURRENT = "sdk/include/backplane/"
_CHANGES = ("BP_ABI_MINOR",)
_NEVER_GROWS = ("bp_string", "bp_value")  # they carry no size


def _without_comments(text):
    return re.sub(r"/\*.*?\*/|//[^\n]*", " ", text, flags=re.DOTALL).replace("\\\n", " ")


def _declarations(text):
    """Name of each definition, struct, enum and function type -> (may it grow at its end, its text in one line)."""
    code = _without_comments(text)
    found = {}
    for name, value in re.findall(r"^#define (BP_\w+) ([\d(\"U].*)$", code, flags=re.MULTILINE):
        if name not in _CHANGES:
            found[name] = (False, " ".join(value.split()))
    for kind, body, name in re.findall(r"typedef (struct|enum) \w+ \{(.*?)\} (\w+);", code, flags=re.DOTALL):
        found[f"{kind} {name}"] = (name not in _NEVER_GROWS, " ".join(body.split()))
    for text_of_it, name in re.findall(r"(typedef [^{};]*?\(\*(\w+)\)[^;]*;)", code):
        found[name] = (False, " ".join(text_of_it.split()))
    return found


def _is_kept(released, current, may_grow):
    if not may_grow:
        return current == released
    return re.match(re.escape(released) + r"(?:\Z|\s|,)", current) is not None


def the_abi_only_grows(tree):
    """What a released header of the C ABI (tests/sdk/frozen/<version>) says is in today's: values and types as they were, members at their places."""
    for file in tree.files:
        if file.parts[:3] != _RELEASED or file.suffix != ".h":
            continue
        current = tree.by_path.get(_CURRENT + file.name)
        today = _declarations(current.text) if current else {}
        for name, (may_grow, released) in _declarations(file.text).items():
            if name not in today or not _is_kept(released, today[name][1], may_grow):
                yield file, 1, f"{name}: wanted in {_CURRENT}{file.name} as it was released, found " + (
                    f"'{today[name][1]}'" if name in today else "nothing")


RULES = [the_abi_only_grows]
