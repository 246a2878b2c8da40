#include "manifest/source.hpp"

#include <glob.h>

#include <algorithm>
#include <map>

#include "manifest/file.hpp"

namespace backplane::manifest {
namespace {

namespace fs = std::filesystem;

class SourceReading {
 public:
  SourceReading(const Environment& environment, Problems& problems) : environment_(environment), problems_(problems) {}

  // Where a file is asked for: the place of an include, or the manifest itself.
  struct Asked {
    std::string file;
    std::size_t line = 1;
    std::size_t column = 1;
    std::string path;
  };

  void read(const fs::path& path, const std::string& name, const Asked& asked) {
    const auto refuse = [&](std::string message) {
      sources_.complete = false;
      problems_.add({asked.file, asked.line, asked.column, asked.path, std::move(message)});
    };
    std::error_code ignored;
    const fs::path real = fs::weakly_canonical(path, ignored);
    if (const auto open = std::find_if(open_.begin(), open_.end(), [&](const auto& file) { return file.first == real; }); open != open_.end())
      return refuse("wanted no cycle of includes, found " + cycle_from(open) + name);
    if (const auto before = seen_.find(real); before != seen_.end())
      return refuse("wanted each file once, found " + in_quotes(name) + ", which is included at " + before->second);
    if (seen_.size() == most_sources) return refuse("wanted at most " + std::to_string(most_sources) + " files, found more");

    auto text = read_file(path, most_yaml_bytes);
    if (!text) return refuse(text.error().message + (asked.path.empty() ? "" : " (" + in_quotes(name) + ")"));
    seen_[real] = asked.file + ':' + std::to_string(asked.line) + ':' + std::to_string(asked.column);
    auto root = parse_yaml(*text, name, problems_);
    if (!root) {
      sources_.complete = false;
      return;
    }
    prepare(*root, name, environment_, problems_);
    if (root->kind != Node::Kind::map && root->kind != Node::Kind::null) {
      sources_.complete = false;
      return problems_.add({name, root->line, root->column, "", "wanted a map of keys, found " + found(*root)});
    }
    const Node* include = root->find("include");
    const Node wanted = include != nullptr ? *include : Node{};
    sources_.read.push_back({name, real.parent_path(), std::move(*root)});
    open_.emplace_back(real, name);
    read_included(wanted, real.parent_path(), name);
    open_.pop_back();
  }

  Sources take() { return std::move(sources_); }

 private:
  using OpenFile = std::pair<fs::path, std::string>;

  std::string cycle_from(std::vector<OpenFile>::const_iterator open) const {
    std::string text;
    for (; open != open_.end(); ++open) text += open->second + " -> ";
    return text;
  }

  void read_included(const Node& include, const fs::path& folder, const std::string& name) {
    const auto one = [&](const Node& node, const std::string& path) {
      if (node.broken) return;
      const Asked asked{name, node.line, node.column, path};
      if (node.kind != Node::Kind::scalar || node.text.empty())
        problems_.add({name, node.line, node.column, path, "wanted a path, found " + found(node)});
      else
        read_entry(node.text, folder, fs::path(name).parent_path(), asked);
    };
    if (include.kind == Node::Kind::null) return;
    if (include.kind != Node::Kind::list) return one(include, "include");
    for (std::size_t i = 0; i < include.items.size(); ++i) one(include.items[i], "include[" + std::to_string(i) + "]");
  }

  // One include; `shown` is `folder` as messages name it.
  void read_entry(const std::string& entry, const fs::path& folder, const fs::path& shown, const Asked& asked) {
    std::vector<fs::path> files;
    std::error_code error;
    if (entry.find_first_of("*?[") != std::string::npos) {
      files = matches(folder / entry);
    } else if (fs::is_directory(folder / entry, error)) {
      for (fs::directory_iterator at(folder / entry, error), end; !error && at != end; at.increment(error))
        if (at->path().extension() == ".yaml" || at->path().extension() == ".yml") files.push_back(at->path());
      if (error)
        return problems_.add({asked.file, asked.line, asked.column, asked.path, "wanted a readable folder, found: " + error.message()});
    } else {
      files.push_back(folder / entry);
    }
    std::sort(files.begin(), files.end());
    const bool absolute = fs::path(entry).is_absolute();
    for (const fs::path& file : files)
      read(file, absolute ? file.string() : (shown / file.lexically_relative(folder)).string(), asked);
  }

  static std::vector<fs::path> matches(const fs::path& pattern) {
    glob_t found{};
    std::vector<fs::path> files;
    if (::glob(pattern.c_str(), 0, nullptr, &found) == 0) files.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
    ::globfree(&found);
    return files;
  }

  const Environment& environment_;
  Problems& problems_;
  Sources sources_;
  std::map<fs::path, std::string> seen_;  // and where it was asked for
  std::vector<OpenFile> open_;
};

}  // namespace

Sources read_sources(const fs::path& manifest, const Environment& environment, Problems& problems) {
  SourceReading reading(environment, problems);
  reading.read(manifest, manifest.string(), {manifest.string(), 1, 1, ""});
  return reading.take();
}

std::string found(const Node& node) {
  switch (node.kind) {
    case Node::Kind::null: return "nothing";
    case Node::Kind::scalar: return in_quotes(node.text);
    case Node::Kind::list: return "a list";
    case Node::Kind::map: return "a map";
  }
  return "nothing";
}

}  // namespace backplane::manifest
