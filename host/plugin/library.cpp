#include "plugin/library.hpp"

#include <backplane/backplane.h>
#include <dlfcn.h>

#include <boost/dll/shared_library.hpp>
#include <exception>
#include <string>
#include <string_view>
#include <utility>

namespace backplane::plugin {
namespace {

using base::Code;
using base::Error;
using base::Result;

// dlerror's words out of Boost's "... (dlerror system message: <words>): Bad file descriptor", without the copy's path.
std::string words_of(const std::exception& error, const std::filesystem::path& file) {
  std::string text = error.what();
  constexpr std::string_view mark = "dlerror system message: ";
  if (const auto at = text.find(mark); at != std::string::npos) {
    const auto end = text.rfind("): ");
    text = text.substr(at + mark.size(), end == std::string::npos ? end : end - at - mark.size());
  }
  if (const std::string path = file.string() + ": "; text.starts_with(path)) text.erase(0, path.size());
  return text;
}

}  // namespace

struct Library::Handle {
  boost::dll::shared_library library;
};

Library::Library(PrivateCopy copy, std::unique_ptr<Handle> handle) : copy_(std::move(copy)), handle_(std::move(handle)) {}
Library::~Library() = default;  // the handle first, then the file
Library::Library(Library&&) noexcept = default;

Result<Library> Library::open(PrivateCopy copy) {
  namespace mode = boost::dll::load_mode;
  auto handle = std::make_unique<Handle>();
  try {
    // The overloads that take an error_code lose dlerror's text.
    handle->library.load(copy.path(), mode::rtld_now | mode::rtld_local);
  } catch (const boost::dll::fs::system_error& error) {
    return Error{Code::plugin_fault, "wanted it to load, found: " + words_of(error, copy.path())};
  } catch (const std::exception& error) {
    return Error{Code::plugin_fault, std::string("wanted it to load, found a static constructor that throws: ") + error.what()};
  } catch (...) {
    return Error{Code::plugin_fault, "wanted it to load, found a static constructor that throws"};
  }
  return Library(std::move(copy), std::move(handle));
}

Result<const bp_plugin*> Library::call_entry() const {
  const bp_plugin* (*entry)() = nullptr;
  try {
    entry = &handle_->library.get<const bp_plugin*()>("backplane_plugin_1");
  } catch (const boost::dll::fs::system_error& error) {
    return Error{Code::plugin_fault, "wanted the symbol backplane_plugin_1, found: " + words_of(error, file())};
  }
  try {
    return entry();
  } catch (const std::exception& error) {
    return Error{Code::plugin_fault, std::string("wanted a table, found an exception: ") + error.what()};
  } catch (...) {
    return Error{Code::plugin_fault, "wanted a table, found an exception"};
  }
}

Closed Library::close() && {
  const std::string file = copy_.path().string();
  handle_.reset();
  // dlclose returns 0 whether or not the code is gone: ask.
  void* const still_there = dlopen(file.c_str(), RTLD_LAZY | RTLD_NOLOAD);
  if (still_there == nullptr) return Closed::unmapped;
  dlclose(still_there);
  return Closed::still_mapped;
}

void Library::park() && {
  static_cast<void>(dlopen(copy_.path().c_str(), RTLD_LAZY | RTLD_NOLOAD | RTLD_NODELETE));
  handle_.reset();
  std::move(copy_).keep();
}

}  // namespace backplane::plugin
