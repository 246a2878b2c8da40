// One value of the manifest, from a node to what its key wants. Errors: "wanted ..., found ...".
#pragma once

#include "manifest/schema.hpp"
#include "manifest/source.hpp"

namespace backplane::manifest {

// Of the kinds that are one scalar. Paths start at `folder`.
base::Result<Value> convert_scalar(const Key& key, const Node& node, const std::filesystem::path& folder);

// A text that is not empty and passes the key's check.
base::Result<std::string> convert_text(const Key& key, const Node& node);

// The name of an action or of a group of them.
base::Result<model::ActionSet> convert_action(const Node& node);

// A map as JSON: plain scalars typed as in YAML 1.2, texts in quotes stay texts, and file:<path> becomes the content of
// that file (at most 64 KiB, UTF-8, without the line break at its end), which not everybody may read.
base::Json convert_document(const Node& node, const std::string& path, const Source& source, Problems& problems);

// The value of an integer, bytes or duration key as a manifest says it.
std::string written(Kind kind, std::int64_t value);

}  // namespace backplane::manifest
