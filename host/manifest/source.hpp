// The files of a manifest: the one that was named, and those that it includes.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "manifest/prepare.hpp"
#include "manifest/yaml.hpp"

namespace backplane::manifest {

struct Source {
  std::string name;              // for messages: as it was given, or as its include says
  std::filesystem::path folder;  // absolute: where its relative paths start
  Node root;                     // a map, or null
};

inline constexpr std::size_t most_sources = 1000;

// Parses and prepares the manifest and then its fragments, each followed by its own. An include is a folder (its *.yaml
// and *.yml), a file or a pattern (glob); what it stands for is read in the order of the names. A file that is
// included twice, or by itself, is a problem. A file that could not be parsed is left out.
struct Sources {
  std::vector<Source> read;
  bool complete = true;  // false: a file could not be read or parsed
};
Sources read_sources(const std::filesystem::path& manifest, const Environment& environment, Problems& problems);

// What was found where something else was wanted: "nothing", "a list", "a map" or the text in quotes.
std::string found(const Node& node);

}  // namespace backplane::manifest
