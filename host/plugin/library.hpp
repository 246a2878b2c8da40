// A shared library, opened: its code is in the process from open() until it is closed or parked. Opening runs its
// static constructors, closing its destructors, both on the calling thread and under the loader's lock. Any thread;
// one object belongs to one thread at a time.
#pragma once

#include <filesystem>
#include <memory>

#include "base/result.hpp"
#include "plugin/private_copy.hpp"

struct bp_plugin;

namespace backplane::plugin {

// What closing came to. A library stays mapped when it has STB_GNU_UNIQUE symbols, thread-local destructors still to run,
// or was opened by others as well.
enum class Closed { unmapped, still_mapped };

class Library {
 public:
  // Opens the copy: every symbol resolved at once, none lent to other libraries. plugin_fault: the loader refuses it (its
  // own words), or a static constructor throws.
  static base::Result<Library> open(PrivateCopy copy);

  ~Library();  // closes it
  Library(Library&&) noexcept;
  Library& operator=(Library&&) = delete;

  // Calls the library's entry, backplane_plugin_1. plugin_fault: there is none, or it throws; the table it returns is
  // not looked into and may be NULL.
  base::Result<const bp_plugin*> call_entry() const;

  const std::filesystem::path& file() const { return copy_.path(); }

  // Closes it and says whether its code is really gone. Nothing may point into it any more.
  Closed close() &&;

  // Gives up the handle but leaves the code mapped, and the file in place for debuggers, until the process ends.
  void park() &&;

 private:
  struct Handle;
  Library(PrivateCopy copy, std::unique_ptr<Handle> handle);

  PrivateCopy copy_;
  std::unique_ptr<Handle> handle_;
};

}  // namespace backplane::plugin
