#!/usr/bin/env python3
"""Feeds the test of the tree small trees, good and bad: each rule must find what it is for, and nothing else."""

import os
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True

import document
import form
import frozen
import house
import layers
import listing
from tree import Tree

HEADER = "// What it is.\n#pragma once\n"


def found_in(files, *rules):
    """What the rules (all when none is given) say about a tree of these files: 'path:line' of each breach."""
    with tempfile.TemporaryDirectory() as root:
        for path, text in files.items():
            target = os.path.join(root, path)
            os.makedirs(os.path.dirname(target), exist_ok=True)
            with open(target, "w", encoding="utf-8", newline="") as stream:
                stream.write(text)
        tree = Tree(root)
        return [f"{path}:{line}" for path, line, _, _ in house.breaches(tree, rules or house.RULES)]


class Layers(unittest.TestCase):
    def test_a_small_good_tree_breaks_no_rule(self):
        self.assertEqual([], found_in({
            "CMakeLists.txt": "project(x)\n",
            "host/CMakeLists.txt": "add_subdirectory(base)\n",
            "host/base/CMakeLists.txt": "backplane_layer(base SOURCES log.cpp)\n",
            "host/base/log.hpp": HEADER + "\n#include <string>\n\nnamespace backplane::base {\nvoid log();\n}\n",
            "host/base/log.cpp": '#include "base/log.hpp"\n\n#include <spdlog/spdlog.h>\n#include <sys/stat.h>\n',
            "host/model/CMakeLists.txt": "backplane_layer(model SOURCES)\n",
            "host/model/name.hpp": HEADER + '#include "base/log.hpp"\nnamespace backplane::base {\nclass Log;\n}\n',
            "tests/base/CMakeLists.txt": "backplane_test(base SOURCES log_test.cpp)\n",
            "tests/base/log_test.cpp": '#include "base/log.hpp"\n',
            "packaging/docs/life-of-it.md": "# Life\n",
        }))

    def test_an_include_that_points_up_is_found(self):
        files = {"host/base/a.hpp": '#include "model/b.hpp"\n', "host/model/b.hpp": "\n"}
        self.assertEqual(["host/base/a.hpp:1"], found_in(files, layers.includes_point_down))

    def test_hooks_and_events_do_not_see_each_other(self):
        files = {"host/hooks/a.hpp": '#include "events/b.hpp"\n', "host/events/b.hpp": '\n#include "hooks/a.hpp"\n'}
        self.assertEqual(["host/events/b.hpp:2", "host/hooks/a.hpp:1"], found_in(files, layers.includes_point_down))

    def test_events_see_the_store_and_hooks_do_not(self):
        files = {"host/hooks/a.hpp": '#include "store/c.hpp"\n', "host/events/b.hpp": '#include "store/c.hpp"\n',
                 "host/store/c.hpp": "\n"}
        self.assertEqual(["host/hooks/a.hpp:1"], found_in(files, layers.includes_point_down))

    def test_a_relative_include_in_the_host_is_found(self):
        files = {"host/base/a.hpp": '#include "b.hpp"\n', "host/base/b.hpp": "\n"}
        self.assertEqual(["host/base/a.hpp:1"], found_in(files, layers.includes_point_down))

    def test_a_layer_s_tests_do_not_see_above_it(self):
        files = {"tests/base/a_test.cpp": '#include "http/b.hpp"\n#include "support/c.hpp"\n#include "d.hpp"\n',
                 "tests/base/d.hpp": "\n", "tests/support/c.hpp": '#include "http/b.hpp"\n', "host/http/b.hpp": "\n"}
        self.assertEqual(["tests/base/a_test.cpp:1"], found_in(files, layers.includes_point_down))

    def test_a_folder_of_the_host_that_is_no_layer_is_found(self):
        files = {"host/other/a.cpp": "\n", "host/main.cpp": "\n"}
        self.assertEqual(["host/main.cpp:1", "host/other/a.cpp:1"], found_in(files, layers.includes_point_down))

    def test_a_commented_include_does_not_count(self):
        files = {"host/base/a.hpp": '// #include "model/b.hpp"\n/*\n#include "model/b.hpp"\n*/\n', "host/model/b.hpp": "\n"}
        self.assertEqual([], found_in(files, layers.includes_point_down))


class Fences(unittest.TestCase):
    def test_each_third_party_header_stays_in_its_layer(self):
        homes = {"spdlog/spdlog.h": "base", "tl/expected.hpp": "base", "valijson/validator.hpp": "base",
                 "yaml-cpp/yaml.h": "manifest", "boost/dll/shared_library.hpp": "plugin", "sqlite3.h": "store/sqlite",
                 "boost/beast.hpp": "http", "boost/asio/io_context.hpp": "http", "CLI/CLI.hpp": "app",
                 "boost/crc.hpp": "base", "boost/uuid/uuid.hpp": "operation"}
        folders = ["base", "model", "manifest", "plugin", "store", "store/sqlite", "hooks", "operation", "http", "app"]
        for header, home in homes.items():
            for folder in folders:
                with self.subTest(header=header, folder=folder):
                    path = f"host/{folder}/a.cpp"
                    wanted = [] if folder == home else [path + ":1"]
                    self.assertEqual(wanted, found_in({path: f"#include <{header}>\n"}, layers.third_party_stays_fenced))

    def test_a_library_nobody_named_is_found(self):
        for header in ("boost/filesystem.hpp", "fmt/format.h", "curl/curl.h"):
            with self.subTest(header=header):
                files = {"host/http/a.cpp": f"#include <{header}>\n"}
                self.assertEqual(["host/http/a.cpp:1"], found_in(files, layers.third_party_stays_fenced))

    def test_the_c_abi_is_seen_by_the_plugin_layer_alone(self):
        files = {"host/plugin/a.cpp": '#include "backplane/backplane.h"\n', "host/hooks/b.cpp": "#include <backplane/backplane.h>\n"}
        self.assertEqual(["host/hooks/b.cpp:1"], found_in(files, layers.third_party_stays_fenced))

    def test_the_sdk_sees_nothing_of_the_host(self):
        files = {"sdk/include/backplane/a.hpp": '#include "base/result.hpp"\n#include "backplane/b.hpp"\n#include <map>\n',
                 "sdk/include/backplane/nlohmann.hpp": "#include <nlohmann/json.hpp>\n",
                 "sdk/include/backplane/c.hpp": "#include <nlohmann/json.hpp>\n"}
        self.assertEqual(["sdk/include/backplane/a.hpp:1", "sdk/include/backplane/c.hpp:1"],
                         found_in(files, layers.sdk_depends_on_nothing))

    def test_a_plugin_sees_the_sdk_and_its_own_folder(self):
        files = {"plugins/one/one.cpp": '#include <backplane/plugin.hpp>\n#include "own.hpp"\n#include "other.hpp"\n'
                                        '#include "base/result.hpp"\n',
                 "plugins/one/own.hpp": "\n", "plugins/two/other.hpp": "\n"}
        self.assertEqual(["plugins/one/one.cpp:3", "plugins/one/one.cpp:4"], found_in(files, layers.plugins_see_only_the_sdk))

    def test_a_header_in_another_layer_s_namespace_is_found(self):
        files = {"host/model/a.hpp": "namespace backplane::base {\nint f();\n}\n",
                 "host/model/b.hpp": "namespace backplane::model {\nint f();\n}\n"}
        self.assertEqual(["host/model/a.hpp:1"], found_in(files, layers.namespaces_match_folders))


class Form(unittest.TestCase):
    def test_a_stranger_at_the_top_is_found(self):
        files = {"src/a.cpp": "\n", "NOTES.md": "\n", "host/x": "\n", "README.md": "\n", ".ci/run": "\n"}
        self.assertEqual(["NOTES.md:1", "src/a.cpp:1"], found_in(files, form.top_level_is_fixed))

    def test_names_that_are_not_snake_case_or_say_nothing_are_found(self):
        files = {"host/base/JsonText.cpp": "\n", "host/base/string_util.hpp": "\n", "host/base/a.cpp": "class PluginManager {};\n",
                 "host/base/b.cpp": "// class PluginManager\n", "packaging/docs/life-of-it.md": "\n", "tests/helpers/c.cpp": "\n"}
        self.assertEqual(["host/base/JsonText.cpp:1", "host/base/a.cpp:1", "host/base/string_util.hpp:1", "tests/helpers/c.cpp:1"],
                         found_in(files, form.names_are_plain))

    def test_two_files_of_one_name_in_a_layer_are_found(self):
        files = {"host/store/row.hpp": "\n", "host/store/sqlite/row.hpp": "\n", "host/http/row.hpp": "\n", "tests/store/row.hpp": "\n"}
        self.assertEqual(["host/store/sqlite/row.hpp:1"], found_in(files, form.names_are_unique))

    def test_a_header_without_guard_or_opening_is_found(self):
        files = {"host/base/a.hpp": "#pragma once\n", "host/base/b.hpp": "// What it is.\n", "host/base/c.hpp": HEADER,
                 "sdk/include/backplane/d.h": "/* What. */\n#ifndef BACKPLANE_D_H\n#define BACKPLANE_D_H\n#endif\n"}
        self.assertEqual(["host/base/a.hpp:1", "host/base/b.hpp:1"], found_in(files, form.headers_open_well))

    def test_four_hundred_lines_are_enough(self):
        files = {"host/base/a.cpp": "\n" * 400, "host/base/b.cpp": "\n" * 401}
        self.assertEqual(["host/base/b.cpp:401"], found_in(files, form.files_are_short))

    def test_tabs_trailing_space_and_missing_newlines_are_found(self):
        files = {"host/a.cpp": "int\ta;\n", "host/b.cpp": "int b; \n", "host/c.cpp": "int c;", "host/d.cpp": "int d;\r\n",
                 "host/e.cpp": "int e;\n\n", "host/f.cpp": "int f;\n", "README.md": "two  \n"}
        self.assertEqual(["README.md:1", "host/a.cpp:1", "host/b.cpp:1", "host/c.cpp:1", "host/d.cpp:1", "host/e.cpp:2"],
                         found_in(files, form.text_is_clean))

    def test_marks_of_unfinished_work_are_found(self):
        files = {"host/a.cpp": "// " + "TO" "DO: later\n", "README.md": "\n" + "FIX" "ME\n", "host/b.cpp": "int TODOS;\n"}
        self.assertEqual(["README.md:2", "host/a.cpp:1"], found_in(files, form.nothing_is_put_off))

    def test_sleeping_tests_are_found_and_dawdling_fixtures_are_not(self):
        nap = "std::this_thread::" + "sleep_for(1s);\n"
        files = {"tests/base/a.cpp": nap, "tests/fixtures/slow/slow.cpp": nap, "tests/smoke/b.py": "time." + "sleep(1)\n",
                 "tests/base/c.cpp": "// never sleep(1) here\n", "host/base/d.cpp": nap}
        self.assertEqual(["tests/base/a.cpp:1", "tests/smoke/b.py:1"], found_in(files, form.tests_never_sleep))

    def test_a_throw_in_the_host_is_found(self):
        files = {"host/a.cpp": '// throw\nconst char* s = "throw";\n  throw 1;\n', "sdk/b.hpp": "throw 1;\n"}
        self.assertEqual(["host/a.cpp:3"], found_in(files, form.host_never_throws))

    def test_a_default_over_an_enum_class_is_found_and_over_numbers_is_not(self):
        bad = "switch (x) {\n  case Phase::before:\n    return 1;\n  default:\n    return 2;\n}\n"
        plain = "switch (c) {\n  case 1: break;\n  default: break;\n}\n"
        nested = "switch (x) {\n  case A::b: {\n" + plain + "  }\n}\n"
        inner = "switch (c) {\n  case 1: {\n" + bad + "  }\n  default: break;\n}\n"
        foreign = bad.replace("Phase", "boost::beast::http::field")
        files = {"host/a.cpp": bad, "host/b.cpp": plain, "host/c.cpp": nested, "host/d.cpp": inner, "host/e.cpp": foreign,
                 "host/phase.hpp": "enum class Phase { before };\nenum class A : int { b };\n"}
        self.assertEqual(["host/a.cpp:1", "host/d.cpp:3"], found_in(files, form.switches_name_every_value))

    def test_what_a_raw_string_holds_is_not_code(self):
        files = {"host/a.cpp": 'auto s = R"(\n throw "\n)";\nconst char c = \'"\';\nint n = 1\'000;\nthrow 1;\n'}
        self.assertEqual(["host/a.cpp:6"], found_in(files, form.host_never_throws))


class Listing(unittest.TestCase):
    def test_a_source_in_no_list_is_found(self):
        files = {"host/base/CMakeLists.txt": "backplane_layer(base SOURCES a.cpp # b.cpp\n)\n", "host/base/a.cpp": "\n",
                 "host/base/b.cpp": "\n", "host/store/CMakeLists.txt": "backplane_layer(store SOURCES sqlite/c.cpp)\n",
                 "host/store/sqlite/c.cpp": "\n", "host/store/sqlite/d.cpp": "\n"}
        self.assertEqual(["host/base/b.cpp:1", "host/store/sqlite/d.cpp:1"], found_in(files, listing.sources_are_listed))

    def test_a_loop_may_add_the_suffix(self):
        files = {"tests/fixtures/CMakeLists.txt": "foreach(name throws stuck)\n  add_library(${name} MODULE ${name}.cpp)\nendforeach()\n",
                 "tests/fixtures/throws.cpp": "\n", "tests/fixtures/other.cpp": "\n"}
        self.assertEqual(["tests/fixtures/other.cpp:1"], found_in(files, listing.sources_are_listed))

    def test_a_loop_may_add_the_folder(self):
        files = {"tests/sdk/CMakeLists.txt": "foreach(source abi.c abi.cpp)\n  check(header/${source})\nendforeach()\n",
                 "tests/sdk/header/abi.c": "\n", "tests/sdk/header/more.c": "\n"}
        self.assertEqual(["tests/sdk/header/more.c:1"], found_in(files, listing.sources_are_listed))

    def test_a_glob_is_found(self):
        self.assertEqual(["host/CMakeLists.txt:1"], found_in({"host/CMakeLists.txt": "file(GLOB all *.cpp)\n"}, listing.globs_are_not_used))


class Documents(unittest.TestCase):
    def test_a_link_or_a_path_that_leads_nowhere_is_found(self):
        files = {"packaging/docs/a.md": "[b](b.md) [there](../run.sh#x) [web](https://a.b/c) `host/base/gone.hpp`\n`host/base/` [up](../../host)\n"
                                         "```cpp\n[](Operation& op) {}\n```\n",
                 "packaging/run.sh": "\n", "host/base/log.hpp": HEADER}
        self.assertEqual(["packaging/docs/a.md:1", "packaging/docs/a.md:1"], found_in(files, document.documents_point_at_files))


class Frozen(unittest.TestCase):
    RELEASED = ("#define BP_ABI_MINOR 0\n#define BP_CREATE (UINT64_C(1) << 0)\ntypedef enum bp_kind { BP_NULL = 0, BP_ONE = 1 } bp_kind;\n"
                "typedef struct bp_string {\n  const char *data; /* text */\n} bp_string;\n"
                "typedef struct bp_table {\n  uint32_t size;\n  int32_t (*call)(void *it);\n} bp_table;\n"
                "typedef int32_t (*bp_fn)(void *user_data);\n")

    def found_when(self, *changes):
        current = self.RELEASED
        for before, after in changes:
            self.assertIn(before, current)
            current = current.replace(before, after)
        return len(found_in({"tests/sdk/frozen/v1_0/backplane/backplane.h": self.RELEASED, "sdk/include/backplane/backplane.h": current},
                            frozen.the_abi_only_grows))

    def test_what_is_appended_is_no_breach(self):
        self.assertEqual(0, self.found_when())
        self.assertEqual(0, self.found_when(("MINOR 0", "MINOR 1"), ("BP_ONE = 1 }", "BP_ONE = 1, BP_TWO = 2 }"),
                                            ("(void *it);", "(void *it);\n  int32_t more;"), ("/* text */", "/* other words */"),
                                            ("typedef enum", "#define BP_GET (UINT64_C(1) << 1)\ntypedef enum")))

    def test_what_is_changed_is_found(self):
        for before, after in (("<< 0", "<< 1"), ("BP_ONE = 1", "BP_ONE = 10"), ("uint32_t size;", "uint64_t size;"), ("*call)(void", "*call)(const void"),
                              ("  uint32_t size;\n", "  uint32_t first;\n  uint32_t size;\n"), ("*data; ", "*data; int more; "),
                              ("(void *user_data)", "(void *user_data, int more)"), ("bp_fn", "bp_other_fn")):
            self.assertEqual(1, self.found_when((before, after)), before)

    def test_a_header_that_is_gone_is_found(self):
        self.assertTrue(found_in({"tests/sdk/frozen/v1_0/backplane/backplane.h": self.RELEASED}, frozen.the_abi_only_grows))


class Command(unittest.TestCase):
    def test_every_rule_says_what_it_is_for_and_none_is_left_out(self):
        for module in (layers, form, listing, document, frozen):
            for rule in module.RULES:
                self.assertTrue(rule.__doc__)
                self.assertIn(rule, house.RULES)

    def test_an_empty_tree_is_no_success(self):
        with tempfile.TemporaryDirectory() as root:
            self.assertEqual(1, house.main([root]))


if __name__ == "__main__":
    unittest.main()
