#!/usr/bin/env python3
"""The test of the tree: keeps the layers, the fences around third-party headers and the form of files.

usage: house.py TREE [RULE ...]     prints path:line: rule: what was wanted and found; exit code 1 when there is any
       house.py --rules             prints the rules
"""

import sys

import document
import form
import frozen
import layers
import listing
from tree import Tree

RULES = layers.RULES + form.RULES + listing.RULES + document.RULES + frozen.RULES


def breaches(tree, rules):
    """(path, line, rule, message) of everything that breaks a rule."""
    for rule in rules:
        for file, line, message in rule(tree):
            yield file.path, line, rule.__name__, message


def main(arguments):
    if arguments == ["--rules"]:
        for rule in RULES:
            print(f"{rule.__name__}: {rule.__doc__}")
        return 0
    if not arguments or arguments[0].startswith("-"):
        print(__doc__, file=sys.stderr)
        return 2
    chosen = [rule for rule in RULES if len(arguments) == 1 or rule.__name__ in arguments[1:]]
    if not chosen:
        print(f"no rule is named {' or '.join(arguments[1:])}: see house.py --rules", file=sys.stderr)
        return 2
    tree = Tree(arguments[0])
    found = sorted(set(breaches(tree, chosen)))
    for path, line, rule, message in found:
        print(f"{path}:{line}: {rule}: {message}")
    print(f"{len(tree.files)} files, {len(chosen)} rules, {len(found)} breaches")
    return 1 if found or not tree.files else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
