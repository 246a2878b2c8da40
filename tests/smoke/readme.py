#!/usr/bin/env python3
"""Does what the README says, in its order, in a folder outside the tree: writes its files, runs its commands, serves its manifests.

Each fenced block follows a comment that says what it is:
  <!-- file: PATH -->  the content of a file         <!-- run -->    commands; the output of `command  #=> text` must hold text
  <!-- serve -->       starts a host; the commands after it reach it in place of localhost:8080 (the CLI by BACKPLANE_URL)
  <!-- try -->         commands against config/backplane.yaml, printed by packaging/run.sh
  <!-- entry -->       scripts of packaging, which must be there  <!-- shown --> nothing is done with it
"""

import argparse
import os
import re
import shlex
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True

from expect import Report, holds, same
from served_host import ServedHost

FENCE = re.compile(r"(?:^<!-- (?P<kind>[a-z]+)(?:: (?P<path>\S+))? -->\n)?^```(?P<language>\w*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
KINDS = ("file", "run", "serve", "try", "entry", "shown")


def blocks_of(readme):
    with open(readme, encoding="utf-8") as stream:
        for match in FENCE.finditer(stream.read()):
            yield match.group("kind"), match.group("path"), match.group("text")


def commands_in(text):
    """(command, what its output must hold or None), continued lines joined."""
    for line in text.replace("\\\n", " ").splitlines():
        command, _, wanted = line.partition("#=>")
        if command.strip():
            yield command.strip(), wanted.strip() or None


class Reader:
    """Follows the README in `folder`, which looks like the tree's root after a release build."""

    def __init__(self, source, build, folder):
        self.source, self.build, self.folder = source, build, folder
        self.host = None
        self.environment = dict(os.environ, HOME=os.path.join(folder, "home"))
        for path in (os.path.join("build", "release"), "config", "packaging"):
            os.makedirs(os.path.dirname(os.path.join(folder, path)), exist_ok=True)
            os.symlink(build if path.endswith("release") else os.path.join(source, path), os.path.join(folder, path))
        os.mkdir(os.path.join(folder, "home"))

    def file(self, path, text):
        target = os.path.join(self.folder, path)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with open(target, "w", encoding="utf-8") as stream:
            stream.write(text)

    def run(self, command, wanted):
        if self.host:
            command = command.replace("localhost:8080", f"{self.host.address}:{self.host.port}")
        done = subprocess.run(["bash", "-o", "pipefail", "-c", command], cwd=self.folder, env=self.environment, text=True,
                              capture_output=True, timeout=300, check=False)
        same(0, done.returncode, f"exit code ({done.stdout}{done.stderr})")
        holds(wanted is None or wanted in done.stdout, wanted, done.stdout + done.stderr)

    def serve(self, command):
        self.end()
        program, verb, manifest, *options = shlex.split(command)
        same("run", verb)
        self.host = ServedHost(os.path.join(self.folder, program), os.path.join(self.folder, manifest), self.folder, options,
                               os.path.join(self.build, "plugins"))
        self.environment["BACKPLANE_URL"] = self.host.url

    def end(self):
        if self.host:
            host, self.host = self.host, None
            same(0, host.terminate(), "exit code")

    def block(self, report, kind, path, text):
        if kind not in KINDS:
            report.step(text.splitlines()[0], holds, False, f"a comment with one of {', '.join(KINDS)} before the block", kind)
        elif kind == "file":
            report.step(f"write {path}", self.file, path, text)
        elif kind == "entry":
            for command, _ in commands_in(text):
                report.step(command, self.run, f"bash -n {command}", None)
        elif kind == "serve":
            report.step(text.strip(), self.serve, text)
        elif kind in ("run", "try"):
            if kind == "try":
                report.step("serve config/backplane.yaml", self.serve, "build/release/bin/backplane run config/backplane.yaml --data-dir tried")
            for command, wanted in commands_in(text):
                report.step(command, self.run, command, wanted)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--source", required=True, help="the tree")
    parser.add_argument("--build", required=True, help="its build folder")
    given = parser.parse_args()
    source = os.path.abspath(given.source)
    report = Report()
    with tempfile.TemporaryDirectory(prefix="backplane-readme-") as folder:
        reader = Reader(source, os.path.abspath(given.build), folder)
        try:
            for block in blocks_of(os.path.join(source, "README.md")):
                reader.block(report, *block)
            report.step("the last host ends", reader.end)
        finally:
            if reader.host:
                reader.host.kill()
    return 1 if report.failed else 0


if __name__ == "__main__":
    sys.exit(main())
