// A plugin's library as a host opens it, for tests.
#pragma once

#include <backplane/backplane.h>

#include <dlfcn.h>

#include <stdexcept>
#include <string>
#include <utility>

namespace sdk_test {

class Library {
 public:
  explicit Library(const std::string& name)
      : path_(std::string(PLUGIN_DIR) + "/lib" + name + ".so"),
        handle_(dlopen(path_.c_str(), RTLD_NOW | RTLD_LOCAL)) {
    if (handle_ == nullptr) throw std::runtime_error(dlerror());
  }
  ~Library() {
    if (handle_ != nullptr) dlclose(handle_);
  }
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;

  using Entry = const bp_plugin* (*)();
  Entry entry() const { return reinterpret_cast<Entry>(dlsym(handle_, "backplane_plugin_1")); }

  // Closes it; true when nothing of it is mapped any more.
  bool unmaps() {
    dlclose(std::exchange(handle_, nullptr));
    void* still = dlopen(path_.c_str(), RTLD_NOW | RTLD_NOLOAD);
    if (still != nullptr) dlclose(still);
    return still == nullptr;
  }

 private:
  std::string path_;
  void* handle_;
};

}  // namespace sdk_test
