"""Rules on who may see whom: includes point down, third-party headers stay in their layer."""

import os
import re

# A layer and all that it may include.
_BELOW = {
    "base": [],
    "model": ["base"],
    "manifest": ["model"],
    "plugin": ["manifest"],
    "store": ["model"],
    "hooks": ["plugin"],
    "events": ["plugin", "store"],
    "operation": ["hooks", "events", "store"],
    "http": ["operation"],
    "app": ["http"],
}

# Headers of the outside world by the longest prefix that matches, and the folders of host/ that may see them.
_FENCES = {
    "nlohmann/": {"*"},
    "spdlog/": {"base"},
    "tl/": {"base"},
    "valijson/": {"base"},
    "yaml-cpp/": {"manifest"},
    "boost/": set(),
    "boost/dll": {"plugin"},
    "boost/beast": {"http"},
    "boost/asio": {"http"},
    "boost/system/": {"http", "plugin"},
    "boost/crc": {"base"},
    "boost/uuid/": {"operation"},
    "sqlite3.h": {"store/sqlite"},
    "CLI/": {"app"},
    "backplane/": {"plugin"},
}

# The same for the folders of plugins/.
_PLUGIN_FENCES = {
    "curl/": {"welcome_mail", "webhooks"},
    "openssl/": {"webhooks"},
}

# The operating system's own.
_SYSTEM = ("sys/", "linux/", "arpa/", "netinet/", "net/")
_SYSTEM_HEADERS = {
    "dirent.h", "dlfcn.h", "elf.h", "errno.h", "fcntl.h", "glob.h", "link.h", "netdb.h", "poll.h", "pthread.h", "pwd.h", "sched.h",
    "semaphore.h", "signal.h", "spawn.h", "syslog.h", "termios.h", "time.h", "ucontext.h", "unistd.h", "windows.h",
}
_C_HEADERS = {
    "assert.h", "ctype.h", "float.h", "inttypes.h", "limits.h", "locale.h", "math.h", "setjmp.h", "stdarg.h", "stdatomic.h",
    "stdbool.h", "stddef.h", "stdint.h", "stdio.h", "stdlib.h", "string.h", "threads.h",
}


def visible_from(layer):
    """The layer itself and everything below it."""
    seen = {layer}
    for lower in _BELOW[layer]:
        seen |= visible_from(lower)
    return seen


def is_standard(name):
    """<vector>, <string.h>, <sys/stat.h>: what comes with the language or the system."""
    return (re.fullmatch(r"[a-z0-9_]+", name) is not None or name in _C_HEADERS or name in _SYSTEM_HEADERS
            or name.startswith(_SYSTEM))


def fence_of(name):
    matching = [prefix for prefix in _FENCES if name.startswith(prefix)]
    return max(matching, key=len) if matching else None


def includes_point_down(tree):
    """host/<layer> and tests/<layer> include their own layer and those below it, written from host/ ("base/result.hpp")."""
    for file in tree.code("host", "tests"):
        layer = file.parts[1] if len(file.parts) > 2 else ""
        if file.parts[0] == "host" and layer not in _BELOW:
            yield file, 1, f"wanted a layer ({', '.join(_BELOW)}) as the folder below host/, found '{layer}'"
            continue
        for number, name, quoted in file.includes:
            top = name.split("/")[0]
            if quoted and top in _BELOW and "host/" + name in _with_templates(tree):
                if layer in _BELOW and top not in visible_from(layer):
                    yield file, number, f"{layer} may see {', '.join(sorted(visible_from(layer)))}; found \"{name}\""
            elif quoted and file.parts[0] == "host":
                yield file, number, f"wanted a file written from host/ (\"base/result.hpp\"), found \"{name}\""
            elif quoted and not _resolves_in_tests(tree, file, name):
                yield file, number, f"wanted a file below host/, tests/ or beside this one, found \"{name}\""


def _with_templates(tree):
    """Files as they are included: what CMake makes from <name>.in too."""
    return {path[:-3] if path.endswith(".in") else path for path in tree.by_path}


def _resolves_in_tests(tree, file, name):
    beside = os.path.normpath(os.path.join(os.path.dirname(file.path), name))
    return beside in tree.by_path or "tests/" + name in _with_templates(tree) or name.startswith("backplane/")


def third_party_stays_fenced(tree):
    """Each third-party header is seen by the one layer that wraps it."""
    for file in tree.code("host"):
        folder = "/".join(file.parts[1:-1])
        for number, name, quoted in file.includes:
            if quoted and not name.startswith("backplane/") or not quoted and is_standard(name) and name not in _FENCES:
                continue
            fence = fence_of(name)
            if fence is None:
                yield file, number, f"<{name}> is a third-party header that no layer may see"
                continue
            allowed = _FENCES[fence]
            if "*" not in allowed and not any(folder == it or folder.startswith(it + "/") for it in allowed):
                yield file, number, f"{fence} is seen only by {', '.join(sorted(allowed)) or 'nobody'}; found <{name}> in {folder}"


def sdk_depends_on_nothing(tree):
    """sdk/ sees the language and itself; nlohmann_json only in the adapter named after it and in what tests plugins."""
    for file in tree.code("sdk"):
        for number, name, _ in file.includes:
            with_json = file.stem in ("nlohmann", "testing") or "testing" in file.parts
            if not (name.startswith("backplane/") or is_standard(name) or with_json and name.startswith("nlohmann/")):
                yield file, number, f"the sdk may see the standard library and backplane/; found {name}"


def plugins_see_only_the_sdk(tree):
    """plugins/<name>/ sees the language, the sdk, files of its own folder, and the libraries that it is there to show."""
    for file in tree.code("plugins"):
        for number, name, quoted in file.includes:
            own = quoted and "/".join(file.parts[:-1]) + "/" + name in tree.by_path
            fenced = any(name.startswith(prefix) and file.parts[1] in folders for prefix, folders in _PLUGIN_FENCES.items())
            if not (name.startswith("backplane/") or is_standard(name) or own or fenced):
                yield file, number, f"a plugin may see backplane/ and its own folder; found {name}"


def namespaces_match_folders(tree):
    """A header of host/<layer> opens namespace backplane::<layer>."""
    for file in tree.code("host"):
        if len(file.parts) < 3 or file.suffix != ".hpp":
            continue
        wanted = "backplane::" + file.parts[1]
        for match in re.finditer(r"^namespace ([\w:]+) \{", file.code, re.MULTILINE):
            found = match.group(1)
            inside = found == wanted or found.startswith(wanted + "::")
            forward = found.startswith("backplane::") and not re.search(r"\{[^{}]*\(", _body(file.code, match.end()))
            if not (inside or forward or not found.startswith("backplane")):
                yield file, file.line_of(match.start()), f"wanted namespace {wanted}, found {found}"


def _body(code, start):
    end = code.find("\n}", start)
    return "{" + code[start:end if end >= 0 else None]


RULES = [includes_point_down, third_party_stays_fenced, sdk_depends_on_nothing, plugins_see_only_the_sdk,
         namespaces_match_folders]
