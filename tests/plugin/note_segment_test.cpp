#include "plugin/note_segment.hpp"

#include <elf.h>

#include <random>

#include "support/catch.hpp"

using backplane::plugin::texts_of_notes;

namespace {

void pad_to(std::string& bytes, std::size_t alignment) {
  bytes.resize((bytes.size() + alignment - 1) / alignment * alignment);
}

std::string note_of(std::string_view owner, Elf64_Word type, std::string_view text, std::size_t alignment = 4) {
  const Elf64_Nhdr head{static_cast<Elf64_Word>(owner.size()), static_cast<Elf64_Word>(text.size()), type};
  std::string bytes(reinterpret_cast<const char*>(&head), sizeof head);
  bytes += owner;
  pad_to(bytes, alignment);
  bytes += text;
  pad_to(bytes, alignment);
  return bytes;
}

constexpr std::string_view gnu_owner{"GNU", 4}, own_owner{"backplane", 10};
const std::string own_text = R"({"abi":"1.0"})";
const std::string build_id = note_of(gnu_owner, NT_GNU_BUILD_ID, std::string(20, '\x7b'));
// What -fcf-protection leaves: the features of the code.
const std::string property =
    note_of(gnu_owner, NT_GNU_PROPERTY_TYPE_0, std::string("\x02\0\0\xc0\x04\0\0\0\x03\0\0\0\0\0\0\0", 16), 8);
const std::string own_note = note_of(own_owner, 1, own_text);

// The texts found, each in brackets, or what is wrong.
std::string found_in(const std::string& bytes, std::uint64_t alignment) {
  const auto texts = texts_of_notes(bytes, alignment);
  if (!texts) return texts.error().message;
  std::string found;
  for (const std::string_view one : *texts) found += '[' + std::string(one) + ']';
  return found;
}

const std::string found_once = '[' + own_text + ']';
const std::string note_damage = "damaged: a note reaches beyond its segment";

}  // namespace

TEST_CASE("a note is found among others of its alignment") {
  CHECK(found_in(own_note, 4) == found_once);
  CHECK(found_in(build_id + own_note, 4) == found_once);
  CHECK(found_in(own_note + build_id, 4) == found_once);
  CHECK(found_in(own_note + build_id + own_note, 4) == found_once + found_once);
  CHECK(found_in(build_id, 4).empty());
  CHECK(found_in("", 4).empty());
}

TEST_CASE("a note that is padded to 4 is found once in a segment aligned to 8") {
  REQUIRE((property + build_id).size() == 0x44);
  CHECK(found_in(property + build_id + own_note, 8) == found_once);
  CHECK(found_in(property + own_note + build_id, 8) == found_once);
  CHECK(found_in(own_note, 8) == found_once);
  std::string between = build_id;
  pad_to(between, 8);
  CHECK(found_in(between + property + own_note, 8) == found_once);
  CHECK(found_in(between + property + build_id + own_note, 8) == found_once);
  CHECK(found_in(between + property + build_id + own_note + own_note, 8) == found_once + found_once);
}

TEST_CASE("notes of others, and of another type, are not taken") {
  CHECK(found_in(note_of(own_owner, 2, own_text) + note_of({"backplana", 10}, 1, own_text) +
                     note_of({"backplane", 9}, 1, own_text),
                 4)
            .empty());
}

TEST_CASE("a note without the padding at its end is whole, and one that is cut off is not") {
  for (const std::uint64_t alignment : {4, 8}) {
    for (const std::string& before : {std::string(), build_id, property, property + build_id}) {
      const std::string bytes = before + own_note;
      const std::size_t unpadded = before.size() + sizeof(Elf64_Nhdr) + 12 + own_text.size();
      CHECK(found_in(bytes.substr(0, unpadded), alignment) == found_once);
      for (std::size_t size = before.size() + sizeof(Elf64_Nhdr) + own_owner.size(); size < unpadded; ++size) {
        INFO(size << " of " << bytes.size() << " behind " << before.size() << ", aligned to " << alignment);
        CHECK(found_in(bytes.substr(0, size), alignment) == note_damage);
      }
    }
  }
}

TEST_CASE("a foreign note that reaches beyond its segment is damage") {
  std::string cut = build_id;
  cut[4] = '\x7f';
  CHECK(found_in(cut, 4) == note_damage);
  CHECK(found_in(cut, 8) == note_damage);
  CHECK(found_in(own_note + cut, 4) == note_damage);
}

TEST_CASE("bytes of any kind are read or refused, and what is found lies within them") {
  std::mt19937 random(20261125);
  for (int round = 0; round < 20'000; ++round) {
    std::string bytes = property + build_id + own_note + build_id;
    for (int i = 0; i < 4; ++i) bytes[random() % bytes.size()] = static_cast<char>(random() % 64);
    bytes.resize(bytes.size() - random() % 16);
    const auto texts = texts_of_notes(bytes, random() % 2 == 0 ? 8 : 4);
    if (!texts) continue;
    for (const std::string_view one : *texts) {
      REQUIRE(one.data() >= bytes.data());
      REQUIRE(one.data() + one.size() <= bytes.data() + bytes.size());
    }
  }
}
