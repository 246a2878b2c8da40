// YAML text as a tree of plain nodes with their places: the subset that a manifest may use. Not in it: tags, a second
// document, tabs before the first character of a line; and what prepare.hpp refuses.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "manifest/problem.hpp"

namespace backplane::manifest {

struct Member;

struct Node {
  enum class Kind { null, scalar, list, map };

  Kind kind = Kind::null;
  std::size_t line = 1;
  std::size_t column = 1;
  std::string text;             // scalar: what is written, references to the environment replaced
  bool quoted = false;          // scalar: in quotes or a block, and so always a text
  bool substituted = false;     // scalar: held a reference to the environment
  bool names_file = false;      // scalar: was written as file:...
  bool broken = false;          // scalar: a problem was reported, its text means nothing
  std::vector<Node> items;      // list
  std::vector<Member> members;  // map

  // The value of a member of a map, or nothing.
  const Node* find(std::string_view name) const;
};

struct Member {
  Node key;
  Node value;
};

inline constexpr std::size_t most_yaml_bytes = 1 << 20;
inline constexpr std::size_t most_yaml_depth = 64;
inline constexpr std::size_t most_yaml_nodes = 100'000;  // after aliases are filled in

// Parses one document. Nothing: `problems` says why, under the name `file`. An empty document is null.
std::optional<Node> parse_yaml(std::string_view text, const std::string& file, Problems& problems);

}  // namespace backplane::manifest
