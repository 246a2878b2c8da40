#!/usr/bin/env python3
"""Reloads that nobody asks for: of a plugin whose entry says `reload: watch`, of everything under `run --dev`, and of what `--build` makes
when a source changes. The compiler and linker are real ones.

usage: watched.py --program backplane --fixtures DIR --source TREE --compiler c++ [--flag FLAG ...]
"""
import argparse
import os
import pathlib
import shlex
import signal
import subprocess
import sys
import tempfile

from counting_place import CountingPlace, build_of, note_of, until_built, until_logged
from expect import Report, answered, holds, same
from served_host import ServedHost

WATCHED = "    reload: watch"


class Compiler:
    """Builds the fixture `counting` under a name of its own, as its developer would."""

    def __init__(self, options):
        tree = os.path.abspath(options.source)
        self.fixture = os.path.join(tree, "tests", "fixtures", "counting.cpp")
        self.command = [options.compiler, "-std=c++20", "-shared", "-fPIC", "-D_GNU_SOURCE", "-fvisibility=hidden", *options.flag,
                        "-I", os.path.join(tree, "sdk", "include"), "-I", os.path.dirname(self.fixture),
                        f"-Wl,--version-script={os.path.join(os.path.dirname(self.fixture), 'plugin.map')}"]

    def write_source(self, path, build):
        part = path.with_suffix(".part")
        part.write_text(f'#define COUNTING_BUILD "{build}"\n#define COUNTING_VERSION "5.0.0"\n#include "{self.fixture}"\n')
        os.replace(part, path)

    def line(self, source, library):
        return [*self.command, str(source), "-o", str(library)]


def generation_of(host):
    return answered(200, host.call("GET", "/v1/plugins")).json[0]["generation"]


# ---- reload: watch ----

def a_new_file(place, host):
    note_of(host)
    place.install("v2")
    until_built(host, "v2")
    until_logged(host, "counting changed (file), generation 1 -> 2: done")
    holds(note_of(host)["counts"]["before"] >= 3, "the counts of before", note_of(host))


def linked(place, host, compiler):
    source = pathlib.Path(place.folder) / "linked.cpp"
    compiler.write_source(source, "linked")
    subprocess.run(compiler.line(source, place.library), check=True)
    until_built(host, "linked")
    same(3, generation_of(host), "generations: a file that is being written is left alone")


def touched(place, host):
    """That nothing comes of it shows in the number of the next generation."""
    os.utime(place.library)
    content = place.library.read_bytes()
    place.library.write_bytes(content)
    place.install("v1")
    until_built(host, "v1")
    same(4, generation_of(host))


def two_at_once(place, host):
    place.install("more")
    place.install("v2")
    until_built(host, "v2")
    holds(generation_of(host) <= 6, "at most one generation for each build", generation_of(host))


def a_file_that_does_not_load(place, host):
    whole = pathlib.Path(place.file_of("v1")).read_bytes()
    part = place.library.with_suffix(".part")
    part.write_bytes(whole[:len(whole) // 2])
    os.replace(part, place.library)
    until_logged(host, "step file: ", str(place.library))
    same("v2", build_of(host))
    place.library.unlink()
    place.install("v1")
    until_built(host, "v1")


def without_the_manifest(place, host):
    place.write_manifest("drian: 3s", WATCHED)
    place.install("v2")
    until_built(host, "v2")
    holds("drian" not in host.log_text(), "the manifest left alone", host.log_text()[-400:])
    place.write_manifest(of_plugin=WATCHED)


def watched_from_now_on(place, host):
    place.write_manifest(of_plugin=WATCHED)
    host.process.send_signal(signal.SIGHUP)
    until_logged(host, "done in ")
    place.install("v2")
    until_built(host, "v2")


# ---- run --dev ----

def told_of_a_library(place, host):
    place.install("more")
    until_logged(host, "counting: changed (file), generation 1 -> 2, done, gate ", "+ hook more: on_success", "+ subscription more: more.>",
                 "reloaded (")
    same("more", build_of(host))
    place.install("v1")
    until_logged(host, "generation 2 -> 3, done", "- hook more: on_success", "- subscription more: more.>", "reloaded (")


def told_of_a_failure(place, host):
    place.install("create_fails")
    until_logged(host, "counting: changed (file), ", "failed", "step create: ", "reload failed: ", "step create: ", "no room for another one")
    same("v1", build_of(host))
    place.install("v2")
    until_built(host, "v2")


def told_of_the_manifest(place, host):
    place.write_manifest("operations: { max_document: 1KiB }")
    until_logged(host, "operations.max_document", "reloaded (")
    same(413, host.call("POST", "/v1/resources/note", {"text": "x" * 2000}).status, "a document that is too large now")
    place.write_manifest("operations: { max_document: 1KiB }\ndrian: 3s")
    until_logged(host, f"{place.manifest}:5:1: drian: ", "reload failed: reload: the manifest has 1 problem: nothing was changed")
    same("v2", build_of(host))


# ---- run --dev --build ----

def built_at_first(host):
    until_built(host, "first")
    until_logged(host, "build: done after ")


def built_on_a_change(source, host, compiler):
    compiler.write_source(source, "second")
    until_built(host, "second")
    until_logged(host, "build: done after ", "reloaded (", "build: done after ", "reloaded (")


def broken_and_mended(source, host, compiler):
    source.write_text("#error broken for a moment\n")
    until_logged(host, "build: ", "broken for a moment", "build: failed with exit status 1 after ")
    same("second", build_of(host))
    compiler.write_source(source, "third")
    until_built(host, "third")


def options_of():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True)
    parser.add_argument("--fixtures", required=True)
    parser.add_argument("--source", required=True)
    parser.add_argument("--compiler", required=True)
    parser.add_argument("--flag", action="append", default=[])
    return parser.parse_args()


def play_watch(report, options, compiler):
    with tempfile.TemporaryDirectory(prefix="backplane-watched-") as folder:
        place = CountingPlace(folder, options.fixtures)
        place.write_manifest(of_plugin=WATCHED)
        with ServedHost(options.program, place.manifest, folder) as host:
            report.step("a new file of a plugin that is watched is loaded by itself", a_new_file, place, host)
            report.step("a linker's output is loaded when it is whole", linked, place, host, compiler)
            report.step("a file that is touched, or written again with the same bytes, is no reload", touched, place, host)
            report.step("of two quick builds the last one wins", two_at_once, place, host)
            report.step("a file that does not load is told, and the next one is taken", a_file_that_does_not_load, place, host)
            report.step("the manifest is not read for it", without_the_manifest, place, host)
            report.step("it ends well", lambda: same(0, host.terminate()))
    with tempfile.TemporaryDirectory(prefix="backplane-watched-") as folder:
        place = CountingPlace(folder, options.fixtures)
        with ServedHost(options.program, place.manifest, folder) as host:
            report.step("a plugin whose entry says watch after a reload is watched from then on", watched_from_now_on, place, host)


def play_dev(report, options, compiler):
    with tempfile.TemporaryDirectory(prefix="backplane-dev-") as folder:
        place = CountingPlace(folder, options.fixtures)
        with ServedHost(options.program, place.manifest, folder, ["--dev"]) as host:
            report.step("run --dev loads a new library, and prints the handlers that changed", told_of_a_library, place, host)
            report.step("it prints why one does not load", told_of_a_failure, place, host)
            report.step("it follows the manifest, and prints its problems", told_of_the_manifest, place, host)
            report.step("it ends well", lambda: same(0, host.terminate()))
    with tempfile.TemporaryDirectory(prefix="backplane-dev-") as folder:
        place = CountingPlace(folder, options.fixtures)
        source = pathlib.Path(folder) / "source" / "counting.cpp"
        source.parent.mkdir()
        compiler.write_source(source, "first")
        build = shlex.join(compiler.line(source, place.library))
        with ServedHost(options.program, place.manifest, folder, ["--dev", "--build", build, "--source", str(source.parent)]) as host:
            report.step("run --dev --build builds to begin with", built_at_first, host)
            report.step("it builds when a source changes, and the new code answers", built_on_a_change, source, host, compiler)
            report.step("a build that fails is told, and the old code answers until the next", broken_and_mended, source, host, compiler)
            report.step("it ends well", lambda: same(0, host.terminate()))


def main():
    options, report = options_of(), Report()
    compiler = Compiler(options)
    play_watch(report, options, compiler)
    play_dev(report, options, compiler)
    sys.exit(1 if report.failed else 0)


if __name__ == "__main__":
    main()
