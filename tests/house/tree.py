"""The source tree as the rules see it: its files by path, their lines, and their code without comments and texts."""

import os
import re
import subprocess
from functools import cached_property

CODE = (".cpp", ".hpp", ".c", ".h")
TEXT = CODE + (".py", ".sh", ".cmake", ".txt", ".md", ".yaml", ".yml", ".json", ".in", ".html", ".js", ".css", ".sql")

# A comment, a raw string, a string or a character: whatever begins first hides what is inside it.
_HIDDEN = re.compile(
    r'//[^\n]*|/\*.*?\*/|R"(?P<tag>[^ ()\\\n]{0,16})\(.*?\)(?P=tag)"|"(?:\\.|[^"\\\n])*"|(?<![0-9A-Za-z_])\'(?:\\.|[^\'\\\n])+\'',
    re.DOTALL)


def blank(match):
    """As many lines as before, and nothing on them."""
    return re.sub(r"[^\n]", " ", match.group(0))


class File:
    """One file: `path` is relative to the tree, with slashes."""

    def __init__(self, root, path):
        self.path = path
        self.parts = path.split("/")
        self.name = self.parts[-1]
        self.stem, self.suffix = os.path.splitext(self.name)
        self._root = root

    @cached_property
    def text(self):
        with open(os.path.join(self._root, self.path), encoding="utf-8", newline="") as stream:
            return stream.read()

    @cached_property
    def lines(self):
        return self.text.split("\n")

    @cached_property
    def code(self):
        """The text with comments, strings and characters blanked out."""
        return _HIDDEN.sub(blank, self.text)

    @cached_property
    def includes(self):
        """(line number, name, is quoted) of each #include outside comments."""
        without_comments = re.sub(r"//[^\n]*|/\*.*?\*/", blank, self.text, flags=re.DOTALL)
        found = []
        for number, line in enumerate(without_comments.split("\n"), 1):
            match = re.match(r'\s*#\s*include\s*([<"])([^>"]+)[>"]', line)
            if match:
                found.append((number, match.group(2), match.group(1) == '"'))
        return found

    def line_of(self, offset):
        return self.text.count("\n", 0, offset) + 1

    @property
    def is_code(self):
        return self.suffix in CODE

    @property
    def is_text(self):
        return self.suffix in TEXT or self.name in (".clang-tidy", ".clang-format", ".gitignore", "run")


class Tree:
    def __init__(self, root):
        self.root = os.path.abspath(root)
        self.files = [File(self.root, path) for path in sorted(self._paths())]
        self.by_path = {file.path: file for file in self.files}

    def _paths(self):
        """What git tracks or would track; without git, everything but what lies at the top and is ignored."""
        git = ["git", "-C", self.root, "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        if os.path.exists(os.path.join(self.root, ".git")):
            try:
                listed = subprocess.run(git, capture_output=True, check=True, text=True).stdout
                return {path for path in listed.split("\0") if path and os.path.isfile(os.path.join(self.root, path))}
            except (OSError, subprocess.CalledProcessError):
                pass
        return set(self._walk())

    def _walk(self):
        for folder, folders, names in os.walk(self.root):
            relative = os.path.relpath(folder, self.root).replace(os.sep, "/")
            if relative == ".":
                folders[:] = [name for name in folders if name not in (".git", "build", "data")]
            folders[:] = [name for name in folders if name != "__pycache__"]
            for name in names:
                yield name if relative == "." else relative + "/" + name

    def code(self, *tops):
        """The C and C++ files below these top-level folders."""
        return [file for file in self.files if file.is_code and file.parts[0] in tops]
