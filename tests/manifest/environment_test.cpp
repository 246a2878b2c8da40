#include <nlohmann/json.hpp>

#include "manifest/folder.hpp"

using namespace backplane;
using namespace backplane::manifest;

namespace {

// A manifest with one plugin and this configuration.
std::string with_config(const std::string& config) {
  return "version: 1\nplugins:\n  - id: a\n    library: ./libgood.so\n    config:\n" + config;
}

base::Json config_of(const Folder& folder, const std::string& config) {
  folder.write("libgood.so", "");
  return folder.settings(with_config(config)).plugins.at(0).config.json();
}

std::string problems_of(const Folder& folder, const std::string& config) {
  folder.write("libgood.so", "");
  return folder.problems(with_config(config));
}

}  // namespace

TEST_CASE("a reference to the environment is replaced by the variable's value") {
  Folder folder;
  folder.set("PORT", "9000");
  folder.set("THREADS", "3");
  const Settings settings = folder.settings("version: 1\nhttp:\n  listen: 127.0.0.1:${PORT}\n  threads: ${THREADS}\n");
  CHECK(settings.http.port == 9000);
  CHECK(settings.http.threads == 3);
}

TEST_CASE("a number out of the environment may stand in quotes, as it must inside brackets") {
  Folder folder;
  folder.set("THREADS", "3");
  CHECK(folder.settings("version: 1\nhttp: { threads: \"${THREADS}\" }\n").http.threads == 3);
}

TEST_CASE("a default is taken for a variable that is not set or empty") {
  Folder folder;
  folder.set("EMPTY", "");
  folder.set("FULL", "5s");
  CHECK(folder.settings("version: 1\ndrain: ${NONE:-1s}\n").drain == std::chrono::seconds(1));
  CHECK(folder.settings("version: 1\ndrain: ${EMPTY:-2s}\n").drain == std::chrono::seconds(2));
  CHECK(folder.settings("version: 1\ndrain: ${FULL:-3s}\n").drain == std::chrono::seconds(5));
}

TEST_CASE("a variable that is not set is a problem, and the only one of its value") {
  const Folder folder;
  CHECK(folder.problems("version: 1\ndrain: ${NONE}\n") ==
        "m.yaml:2:8: drain: wanted the environment variable NONE, found it not set (${NONE:-default} gives it a default)\n");
}

TEST_CASE("a malformed reference is a problem") {
  const Folder folder;
  CHECK(folder.problems("version: 1\ndata_dir: a${B\n") ==
        "m.yaml:2:11: data_dir: wanted ${NAME} or ${NAME:-default}, found no closing brace in \"a${B\"\n");
  CHECK(folder.problems("version: 1\ndata_dir: ${1B}\n") ==
        "m.yaml:2:11: data_dir: wanted ${NAME} or ${NAME:-default}, found \"${1B}\"\n");
}

TEST_CASE("two dollar signs are one, and a dollar sign elsewhere is itself") {
  const Folder folder;
  CHECK(config_of(folder, "      a: $$\n      b: $${HOME}\n      c: 5$ a$b $\n") ==
        base::Json({{"a", "$"}, {"b", "${HOME}"}, {"c", "5$ a$b $"}}));
}

TEST_CASE("what is put in is not searched for references again") {
  Folder folder;
  folder.set("A", "${B}");
  folder.set("B", "never");
  CHECK(config_of(folder, "      a: x${A}y\n").at("a") == "x${B}y");
}

TEST_CASE("a configuration has the types of YAML 1.2, and texts in quotes stay texts") {
  Folder folder;
  folder.set("NUMBER", "42");
  const auto config = config_of(folder,
                                "      t: true\n      n: ~\n      i: 12\n      h: 0x1F\n      o: 0o17\n      m: -3\n"
                                "      f: 1.5e2\n      big: 18446744073709551615\n      q: '12'\n      y: yes\n      v: 1.2.3\n"
                                "      z: 007\n      e: ${NUMBER}\n      s: \"${NUMBER}\"\n      l: [1, two, [three]]\n      none:\n");
  CHECK(config == base::Json::parse(R"({"t": true, "n": null, "i": 12, "h": 31, "o": 15, "m": -3, "f": 150.0,
    "big": 18446744073709551615, "q": "12", "y": "yes", "v": "1.2.3", "z": 7, "e": 42, "s": "42", "l": [1, "two", ["three"]],
    "none": null})"));
}

TEST_CASE("a secret is the content of its file without the line break at its end") {
  const Folder folder;
  folder.write("secret", "hush\n");
  folder.write("two_lines", "a\nb\n\n");
  CHECK(config_of(folder, "      a: file:secret\n      b: 'file:two_lines'\n      c: file:///etc/hostname\n") ==
        base::Json({{"a", "hush"}, {"b", "a\nb\n"}, {"c", "file:///etc/hostname"}}));
}

TEST_CASE("a secret's path may come out of the environment, but a variable's value never names a file") {
  Folder folder;
  folder.write("secret", "hush");
  folder.set("NAME", "secret");
  folder.set("SNEAKY", "file:secret");
  CHECK(config_of(folder, "      a: file:${NAME}\n      b: ${SNEAKY}\n") == base::Json({{"a", "hush"}, {"b", "file:secret"}}));
}

TEST_CASE("a secret that everybody may read is refused") {
  const Folder folder;
  folder.write("secret", "hush", 0644);
  CHECK(problems_of(folder, "      a: file:secret\n") ==
        "m.yaml:6:10: plugins[0].config.a: wanted a secret that only its owner or group may read, found a file that everybody "
        "may read (chmod o-r) (\"file:secret\")\n");
}

TEST_CASE("a secret that is missing, too large or not a text is refused") {
  const Folder folder;
  folder.write("large", std::string((64 << 10) + 1, 'x'));
  folder.write("binary", "\xff\xfe");
  CHECK(problems_of(folder, "      a: file:none\n      b: file:large\n      c: file:binary\n      d: 'file:'\n") ==
        "m.yaml:6:10: plugins[0].config.a: wanted a readable file, found: No such file or directory (\"file:none\")\n"
        "m.yaml:7:10: plugins[0].config.b: wanted at most 65536 bytes, found more (\"file:large\")\n"
        "m.yaml:8:10: plugins[0].config.c: wanted UTF-8 without NUL, found something else (\"file:binary\")\n"
        "m.yaml:9:10: plugins[0].config.d: wanted file:<path>, found no path (\"file:\")\n");
}

TEST_CASE("the environment cannot fill the memory") {
  Folder folder;
  folder.set("LARGE", std::string(100'000, 'x'));
  std::string list;
  for (int i = 0; i < 20; ++i) list += "      - ${LARGE}\n";
  CHECK(problems_of(folder, "      a:\n" + list).find("wanted at most 1048576 bytes out of the environment") != std::string::npos);
}

TEST_CASE("the variables of the process are what a manifest sees") {
  REQUIRE(::setenv("BACKPLANE_MANIFEST_TEST", "here", 1) == 0);
  CHECK(process_environment("BACKPLANE_MANIFEST_TEST") == "here");
  CHECK_FALSE(process_environment("BACKPLANE_MANIFEST_TEST_NONE").has_value());
}
