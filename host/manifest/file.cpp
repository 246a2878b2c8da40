#include "manifest/file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace backplane::manifest {
namespace {

class Descriptor {
 public:
  explicit Descriptor(const std::filesystem::path& path)
      : number_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)) {}
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int number() const { return number_; }

 private:
  int number_;
};

base::Error unreadable(std::string message) { return {base::Code::invalid_argument, std::move(message)}; }

base::Error system_error() {
  return unreadable("wanted a readable file, found: " + std::generic_category().message(errno));
}

base::Error too_large(std::size_t most) {
  return unreadable("wanted at most " + std::to_string(most) + " bytes, found more");
}

}  // namespace

base::Result<std::string> read_file(const std::filesystem::path& path, std::size_t most, Readers readers) {
  const Descriptor file(path);
  struct stat facts {};
  if (file.number() < 0 || ::fstat(file.number(), &facts) != 0) return system_error();
  if (!S_ISREG(facts.st_mode))
    return unreadable(S_ISDIR(facts.st_mode) ? "wanted a file, found a folder"
                                             : "wanted a regular file, found another kind");
  if (readers == Readers::not_everybody && (facts.st_mode & S_IROTH) != 0)
    return unreadable(
        "wanted a secret that only its owner or group may read, found a file that everybody may read (chmod o-r)");
  if (facts.st_size > 0 && static_cast<std::size_t>(facts.st_size) > most) return too_large(most);

  std::string content;
  char block[16384];
  while (true) {
    const ssize_t got = ::read(file.number(), block, sizeof block);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return system_error();
    if (got == 0) return content;
    content.append(block, static_cast<std::size_t>(got));
    if (content.size() > most) return too_large(most);
  }
}

}  // namespace backplane::manifest
