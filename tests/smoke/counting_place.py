"""A folder with a manifest and the fixture `counting`, whose builds are put in one another's place."""

import os
import pathlib
import shutil

from expect import answered

MANIFEST = """version: 1
data_dir: {data}
resources: [{{ type: note }}]
{more}
plugins:
  - id: counting
    library: plugins/counting.so
    config: {{ record: {folder}/record }}
    grants: {{ resources: {{ {granted} }}, hooks: {{ "*": [full] }}, subscribe: ["*"] }}
{of_plugin}
"""


class CountingPlace:
    def __init__(self, folder, fixtures, data=None):
        self.folder, self.fixtures = folder, os.path.abspath(fixtures)
        self.data = data or os.path.join(folder, "data")
        self.library = pathlib.Path(folder) / "plugins" / "counting.so"
        self.manifest = pathlib.Path(folder) / "backplane.yaml"
        self.state = pathlib.Path(self.data) / "state" / "counting"
        self.library.parent.mkdir()
        self.install("v1")
        self.write_manifest()

    def install(self, build):
        """As a linker's rename would."""
        part = self.library.with_suffix(".part")
        shutil.copyfile(self.file_of(build), part)
        os.replace(part, self.library)

    def file_of(self, build):
        return os.path.join(self.fixtures, f"counting_{build}.so")

    def write_manifest(self, more="", of_plugin="", granted="note: [read, write]"):
        part = self.manifest.with_suffix(".part")
        part.write_text(MANIFEST.format(data=self.data, folder=self.folder, more=more, of_plugin=of_plugin,
                                        granted=granted))
        os.replace(part, self.manifest)


def note_of(host):
    """A note is created; what the plugin wrote into it: {"build", "counts"}."""
    return answered(201, host.call("POST", "/v1/resources/note", {})).json["data"]


def build_of(host):
    return note_of(host)["build"]


def until_built(host, build):
    host.until(f"a note of build {build}", lambda: build_of(host) == build)


def until_logged(host, *parts):
    """Waits until the host's output has all of these after one another."""
    def is_there():
        text, at = host.log_text(), 0
        for part in parts:
            at = text.find(part, at)
            if at < 0:
                return False
        return True

    try:
        host.until(f"the output to tell of {parts}", is_there)
    except AssertionError as error:
        raise AssertionError(f"{error}; the output\n{host.log_text()}") from None
