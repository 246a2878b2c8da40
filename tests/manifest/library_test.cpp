#include "manifest/library.hpp"

#include "manifest/folder.hpp"

using namespace backplane::manifest;

TEST_CASE("a library is looked for in the folders in their order") {
  const Folder folder;
  folder.write("one/libother.so", "");
  folder.write("two/libaudit_log.so", "");
  folder.write("three/libaudit_log.so", "");
  const Settings settings = folder.settings(
      "version: 1\nplugin_dirs: [one, two, three]\nplugins: [{ id: a, library: audit_log }]\n");
  CHECK(settings.plugins.at(0).library == "audit_log");
  CHECK(settings.plugins.at(0).library_path == std::filesystem::canonical(folder.path()) / "two/libaudit_log.so");
}

TEST_CASE("a library with a slash in it is a path, relative to the manifest") {
  const Folder folder;
  folder.write("x/anything.so", "");
  CHECK(folder.settings("version: 1\nplugins: [{ id: a, library: ./x/anything.so }]\n").plugins.at(0).library_path ==
        std::filesystem::canonical(folder.path()) / "x/anything.so");
}

TEST_CASE("a plugin that is not required may be missing") {
  const Folder folder;
  const Settings settings = folder.settings("version: 1\nplugins: [{ id: a, library: none, required: false }]\n");
  CHECK(settings.plugins.at(0).library_path.empty());
  CHECK_FALSE(settings.plugins.at(0).required);
}

TEST_CASE("a folder with the name of a library is not one") {
  const Folder folder;
  std::filesystem::create_directories(folder.path() / "libs/liba.so");
  CHECK_FALSE(find_library("a", folder.path(), {folder.path() / "libs"}).has_value());
  CHECK_FALSE(find_library("./libs/liba.so", folder.path(), {}).has_value());
}
