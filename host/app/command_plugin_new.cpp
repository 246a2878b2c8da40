// backplane plugin new: the SDK's template with the plugin's name in place of @PLUGIN_ID@, @PLUGIN_LIBRARY@ and
// @PLUGIN_CLASS@.
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <ostream>

#include "app/command.hpp"
#include "app/place.hpp"
#include "base/json.hpp"
#include "model/name.hpp"

namespace backplane::app {
namespace {

namespace fs = std::filesystem;
using base::Code;
using base::Error;
using base::Result;

struct Names {
  std::string id;       // price-check
  std::string library;  // price_check
  std::string type;     // PriceCheckPlugin: the suffix keeps it apart from the SDK's own names
};

Names names_of(const std::string& id) {
  Names names{id, id, id.front() >= '0' && id.front() <= '9' ? "The" : ""};
  std::replace(names.library.begin(), names.library.end(), '-', '_');
  bool begins_word = true;
  for (const char c : id) {
    if (c != '-') names.type += begins_word && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    begins_word = c == '-';
  }
  names.type += "Plugin";
  return names;
}

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) text.replace(at, from.size(), to);
}

std::string with_names(std::string text, const Names& names) {
  replace_all(text, "@PLUGIN_ID@", names.id);
  replace_all(text, "@PLUGIN_LIBRARY@", names.library);
  replace_all(text, "@PLUGIN_CLASS@", names.type);
  return text;
}

Error cannot(const char* what, const fs::path& path, const std::string& why) {
  return {Code::storage, std::string("cannot ") + what + " " + path.string() + ": " + why};
}

Result<void> copy_file(const fs::path& from, const fs::path& to, const Names& names) {
  std::ifstream in(from, std::ios::binary);
  const std::string text(std::istreambuf_iterator<char>(in), {});
  if (!in.is_open() || in.bad()) return cannot("read", from, std::strerror(errno));
  std::ofstream out(to, std::ios::binary);
  out << with_names(text, names);
  out.close();
  if (!out) return cannot("write", to, std::strerror(errno));
  return base::ok();
}

// Returns the files made, relative to `to`.
Result<std::vector<std::string>> copy_template(const fs::path& from, const fs::path& to, const Names& names) {
  std::error_code error;
  fs::create_directories(to, error);
  if (error) return cannot("make", to, error.message());
  std::vector<std::string> made;
  for (auto entry = fs::recursive_directory_iterator(from, error); !error && entry != fs::recursive_directory_iterator();
       entry.increment(error)) {
    const fs::path target = to / with_names(entry->path().lexically_relative(from).string(), names);
    if (entry->is_directory()) {
      fs::create_directories(target, error);
      if (error) return cannot("make", target, error.message());
      continue;
    }
    BACKPLANE_CHECK(copy_file(entry->path(), target, names));
    made.push_back(target.lexically_relative(to).string());
  }
  if (error) return cannot("read", from, error.message());
  std::sort(made.begin(), made.end());
  return made;
}

Result<std::vector<std::string>> make_plugin(const PluginNewOptions& options, const fs::path& folder) {
  BACKPLANE_CHECK(model::check_plugin_id(options.name));
  std::error_code error;
  if (fs::exists(folder, error) && !(fs::is_directory(folder, error) && fs::is_empty(folder, error)))
    return Error{Code::already_exists, folder.string() + ": wanted no such folder or an empty one, found something in it"};
  BACKPLANE_TRY(const fs::path from, plugin_template());
  return copy_template(from, folder, names_of(options.name));
}

}  // namespace

ExitCode carry_out(const PluginNewOptions& options, Context& context) {
  const fs::path folder = options.dir.empty() ? options.name : options.dir;
  const auto made = make_plugin(options, folder);
  if (!made) return report(context, made.error());
  if (context.output.json) {
    std::string files;
    for (const std::string& file : *made) files += (files.empty() ? "" : ",") + base::quote_json(file);
    context.console.out << "{\"dir\":" << base::quote_json(folder.string()) << ",\"files\":[" << files << "]}\n";
    return ExitCode::done;
  }
  context.console.out << "made " << folder.string() << ":\n";
  for (const std::string& file : *made) context.console.out << "  " << file << '\n';
  context.console.out << "next: cmake -S " << folder.string() << " -B " << (folder / "build").string() << " && cmake --build "
                      << (folder / "build").string() << '\n';
  return ExitCode::done;
}

}  // namespace backplane::app
