#include "plugin/note_segment.hpp"

#include <backplane/backplane.h>
#include <elf.h>

#include <array>
#include <cstring>
#include <span>

namespace backplane::plugin {
namespace {

constexpr std::string_view own_owner(BP_NOTE_OWNER, sizeof BP_NOTE_OWNER);
// Where the text begins after the head, whichever of the two its name is padded to.
constexpr std::uint64_t own_text_at = sizeof(Elf64_Nhdr) + 12;
static_assert((sizeof(Elf64_Nhdr) + own_owner.size() + 3) / 4 * 4 == own_text_at && own_text_at % 8 == 0);

constexpr std::array<std::uint64_t, 2> paddings{4, 8};

std::uint64_t padded_to(std::uint64_t alignment, std::uint64_t size) {
  return (size + alignment - 1) / alignment * alignment;
}

// Follows the notes by every padding that they may have: nothing in the bytes tells which it is. A way that is wrong
// leads into the middle of a note and sooner or later beyond the end, so only a segment without any way to its end is
// damaged.
class NoteWalk {
 public:
  NoteWalk(std::string_view bytes, std::uint64_t alignment)
      : bytes_(bytes), paddings_(paddings.data(), alignment == 8 ? 2 : 1), begins_(bytes.size() / 4 + 1) {}

  base::Result<std::vector<std::string_view>> read() {
    reach(0);
    for (std::uint64_t at = 0; at + sizeof(Elf64_Nhdr) <= bytes_.size(); at += 4)
      if (begins_[at / 4]) read_note(at);
    if (!has_end_ || is_cut_off_)
      return base::Error{base::Code::invalid_argument, "damaged: a note reaches beyond its segment"};
    return std::move(texts_);
  }

 private:
  void read_note(std::uint64_t at) {
    Elf64_Nhdr head;
    std::memcpy(&head, bytes_.data() + at, sizeof head);
    // Widened: the sizes are 32-bit numbers from the file, whose sum must not wrap around.
    const std::uint64_t name_end = at + sizeof head + std::uint64_t{head.n_namesz};
    for (const std::uint64_t padding : paddings_) {
      const std::uint64_t text_at = padded_to(padding, name_end);
      if (text_at > bytes_.size() || head.n_descsz > bytes_.size() - text_at) continue;
      for (const std::uint64_t next : paddings_) reach(padded_to(next, text_at + head.n_descsz));
    }
    if (head.n_type == BP_NOTE_TYPE && bytes_.substr(at + sizeof head, head.n_namesz) == own_owner)
      take_text(at + own_text_at, head.n_descsz);
  }

  void take_text(std::uint64_t at, std::uint64_t size) {
    is_cut_off_ = is_cut_off_ || at > bytes_.size() || size > bytes_.size() - at;
    if (is_cut_off_) return;
    const std::string_view text = bytes_.substr(at, size);
    texts_.push_back(text.substr(0, text.find_last_not_of('\0') + 1));
  }

  // The last note's padding may be missing.
  void reach(std::uint64_t place) {
    if (place >= bytes_.size())
      has_end_ = true;
    else
      begins_[place / 4] = true;
  }

  std::string_view bytes_;
  std::span<const std::uint64_t> paddings_;
  std::vector<bool> begins_;  // at each fourth byte: whether a note may begin there
  bool has_end_ = false;
  bool is_cut_off_ = false;  // one of ours
  std::vector<std::string_view> texts_;
};

}  // namespace

base::Result<std::vector<std::string_view>> texts_of_notes(std::string_view bytes, std::uint64_t alignment) {
  return NoteWalk(bytes, alignment).read();
}

}  // namespace backplane::plugin
