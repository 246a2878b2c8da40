#include "plugin/elf_file.hpp"

#include <elf.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <random>
#include <utility>

#include "support/temporary_directory.hpp"
#include "support/catch.hpp"

using backplane::base::Code;
using backplane::plugin::read_elf;
using backplane::tests::content_of;
using backplane::tests::fixture;
using backplane::tests::TemporaryDirectory;

namespace {

using Strings = std::vector<std::string>;

bool holds(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

template <class T>
T at(const std::string& bytes, std::size_t offset) {
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

template <class T>
void put(std::string& bytes, std::size_t offset, const T& value) {
  std::memcpy(bytes.data() + offset, &value, sizeof value);
}

std::vector<Elf64_Phdr> segments_of(const std::string& bytes) {
  const auto header = at<Elf64_Ehdr>(bytes, 0);
  std::vector<Elf64_Phdr> segments(header.e_phnum);
  std::memcpy(segments.data(), bytes.data() + header.e_phoff, segments.size() * sizeof(Elf64_Phdr));
  return segments;
}

// The library with these notes, in one segment, instead of its own.
std::string with_notes(std::string bytes, const std::string& notes, std::uint64_t alignment) {
  auto segments = segments_of(bytes);
  bytes.resize((bytes.size() + 7) / 8 * 8);
  bool is_put = false;
  for (Elf64_Phdr& segment : segments) {
    if (segment.p_type != PT_NOTE) continue;
    segment.p_type = std::exchange(is_put, true) ? PT_NULL : PT_NOTE;
    segment.p_offset = bytes.size();
    segment.p_filesz = notes.size();
    segment.p_align = alignment;
  }
  REQUIRE(is_put);
  std::memcpy(bytes.data() + at<Elf64_Ehdr>(bytes, 0).e_phoff, segments.data(), segments.size() * sizeof(Elf64_Phdr));
  return bytes + notes;
}

// What read_elf says about these bytes.
std::string error_of(const TemporaryDirectory& directory, const std::string& bytes) {
  const auto elf = read_elf(directory.write("changed.so", bytes));
  return elf ? "" : elf.error().message;
}

}  // namespace

TEST_CASE("a plugin's exports, note and needs are read without running it") {
  const auto elf = read_elf(fixture("good"));
  REQUIRE(elf.has_value());
  CHECK(elf->exports == Strings{"backplane_plugin_1"});
  CHECK(elf->unique.empty());
  REQUIRE(elf->notes.size() == 1);
  CHECK(holds(elf->notes[0], "\"abi\":\"1.0\""));
  CHECK(holds(elf->notes[0], "\"id\": \"good\""));
  CHECK(elf->notes[0].back() == '}');
  CHECK_FALSE(elf->needed.empty());
  CHECK(elf->run_path.find("$ORIGIN") == std::string::npos);
}

TEST_CASE("a library whose constructor would crash is read all the same") {
  CHECK(read_elf(fixture("constructor_crashes")).has_value());
}

TEST_CASE("a library without a note has none") { CHECK(read_elf(fixture("no_note"))->notes.empty()); }

TEST_CASE("every export is listed, sorted") {
  CHECK(read_elf(fixture("extra_exports"))->exports == Strings{"backplane_plugin_1", "extra_exports_answer"});
  CHECK(read_elf(fixture("no_entry"))->exports.empty());
}

#if !defined(__clang__)
TEST_CASE("symbols of which there is one for the whole process are found") {
  const auto elf = read_elf(fixture("unique_symbols"));
  REQUIRE(elf.has_value());
  REQUIRE_FALSE(elf->unique.empty());
  CHECK(holds(elf->unique.front() + elf->unique.back(), "Registry"));
}
#endif

TEST_CASE("a library without section headers is read as well") {
  const TemporaryDirectory directory;
  std::string bytes = content_of(fixture("good"));
  auto header = at<Elf64_Ehdr>(bytes, 0);
  header.e_shoff = 0;
  header.e_shnum = 0;
  header.e_shstrndx = 0;
  put(bytes, 0, header);
  const auto elf = read_elf(directory.write("sectionless.so", bytes));
  REQUIRE(elf.has_value());
  CHECK(elf->exports == Strings{"backplane_plugin_1"});
  CHECK(elf->notes.size() == 1);
}

TEST_CASE("what is no file to read is refused with what it is") {
  const TemporaryDirectory directory;
  const auto missing = read_elf(directory / "missing.so");
  REQUIRE_FALSE(missing.has_value());
  CHECK(missing.error().code == Code::not_found);
  CHECK(read_elf(directory.path()).error().message == "wanted a regular file, found a directory");
  REQUIRE(mkfifo((directory / "pipe.so").c_str(), 0600) == 0);
  CHECK(read_elf(directory / "pipe.so").error().message == "wanted a regular file, found a pipe");
}

TEST_CASE("what is no shared library is refused with what it is") {
  const TemporaryDirectory directory;
  CHECK(error_of(directory, "") == "wanted a shared library (ELF), found an empty file");
  CHECK(error_of(directory, "#!/bin/sh\necho no library\n") == "wanted a shared library (ELF), found a file of another kind");
  CHECK(error_of(directory, "\x7f" "EL") != "");
  CHECK(error_of(directory, "\x7f" "ELF") != "");
  CHECK(read_elf(BACKPLANE_PROBE).error().message == "wanted a shared library, found a program (link it with -shared)");
}

TEST_CASE("a library for another machine is refused with both machines' names") {
  const TemporaryDirectory directory;
  std::string bytes = content_of(fixture("good"));
  auto header = at<Elf64_Ehdr>(bytes, 0);
  const auto own = header.e_machine;
  header.e_machine = own == EM_AARCH64 ? EM_X86_64 : EM_AARCH64;
  put(bytes, 0, header);
  const auto elf = read_elf(directory.write("foreign.so", bytes));
  REQUIRE_FALSE(elf.has_value());
  CHECK(elf.error().code == Code::unsupported);
  CHECK(holds(elf.error().message, own == EM_AARCH64 ? "found one for x86-64" : "found one for AArch64"));

  header.e_machine = own;
  header.e_ident[EI_CLASS] = ELFCLASS32;
  put(bytes, 0, header);
  CHECK(holds(error_of(directory, bytes), "wanted a 64-bit library"));
}

TEST_CASE("a library cut off at any byte is refused") {
  const TemporaryDirectory directory;
  const std::string bytes = content_of(fixture("good"));
  const auto file = directory.write("cut.so", bytes);
  // Every byte of the headers, then in steps that share no factor with any alignment.
  for (std::size_t size = bytes.size() - 1; size > 0; size -= size > 1024 ? std::min<std::size_t>(37, size - 1024) : 1) {
    std::filesystem::resize_file(file, size);
    const auto elf = read_elf(file);
    INFO("at byte " << size << " of " << bytes.size());
    REQUIRE_FALSE(elf.has_value());
    REQUIRE(elf.error().code == Code::invalid_argument);
  }
}

TEST_CASE("a library with damaged bytes is refused or read, and never more than that") {
  const TemporaryDirectory directory;
  const std::string good = content_of(fixture("good"));
  const auto file = directory.write("damaged.so", good);
  std::fstream stream(file, std::ios::binary | std::ios::in | std::ios::out);
  const auto put_byte = [&](std::size_t place, char byte) { stream.seekp(static_cast<std::streamoff>(place)).put(byte).flush(); };
  std::mt19937 random(20260131);
  std::size_t refused = 0;
  for (int round = 0; round < 5000; ++round) {
    // The headers and the tables that are followed are at the beginning, the section table at the end.
    const std::size_t reach = round % 3 == 0 ? good.size() : std::min<std::size_t>(good.size(), 2048);
    std::vector<std::size_t> places(1 + random() % 4);
    for (std::size_t& place : places) put_byte(place = random() % reach, static_cast<char>(random()));
    const auto elf = read_elf(file);
    if (!elf) ++refused;
    else REQUIRE(elf->exports.size() < 1000);
    for (const std::size_t place : places) put_byte(place, good[place]);
  }
  REQUIRE(read_elf(file).has_value());
  CHECK(refused > 0);
}

TEST_CASE("a note that a linker put behind one of another alignment, into the same segment, is found") {
  const TemporaryDirectory directory;
  const std::string text = R"({"abi":"1.0"})";
  const auto note_of = [](std::string_view owner, Elf64_Word type, std::string_view content) {
    const Elf64_Nhdr head{static_cast<Elf64_Word>(owner.size()), static_cast<Elf64_Word>(content.size()), type};
    std::string bytes(reinterpret_cast<const char*>(&head), sizeof head);
    for (const std::string_view part : {owner, content}) bytes.append(part).resize((bytes.size() + 3) / 4 * 4);
    return bytes;
  };
  const std::string_view gnu("GNU", 4);
  const std::string notes = note_of(gnu, NT_GNU_PROPERTY_TYPE_0, std::string(16, '\0')) +  // of alignment 8: its size is right for both
                            note_of(gnu, NT_GNU_BUILD_ID, std::string(20, 'x')) + note_of({"backplane", 10}, 1, text);
  const std::string bytes = with_notes(content_of(fixture("good")), notes, 8);
  const auto elf = read_elf(directory.write("mixed.so", bytes));
  REQUIRE(elf.has_value());
  CHECK(elf->notes == Strings{text});
}

TEST_CASE("notes beyond a mebibyte are refused, also when a file names the same bytes many times") {
  const TemporaryDirectory directory;
  const std::string good = content_of(fixture("good"));
  CHECK(error_of(directory, with_notes(good, std::string((1 << 20) + 4, '\0'), 4)) ==
        "wanted notes of at most 1 MiB, found 1048580 bytes");
  std::string bytes = with_notes(good, std::string(3 << 18, '\0'), 4);
  const auto header = at<Elf64_Ehdr>(bytes, 0);
  const std::size_t table = bytes.size();
  auto segments = segments_of(bytes);
  const auto notes = *std::find_if(segments.begin(), segments.end(), [](const auto& segment) { return segment.p_type == PT_NOTE; });
  segments.push_back(notes);
  bytes.append(reinterpret_cast<const char*>(segments.data()), segments.size() * sizeof(Elf64_Phdr));
  auto changed = header;
  changed.e_phoff = table;
  changed.e_phnum = static_cast<Elf64_Half>(segments.size());
  put(bytes, 0, changed);
  CHECK(error_of(directory, bytes) == "wanted notes of at most 1 MiB, found 1572864 bytes");
}

TEST_CASE("sizes in a note that wrap around are refused") {
  const TemporaryDirectory directory;
  std::string bytes = content_of(fixture("good"));
  const auto note = bytes.find(std::string("backplane\0", 10)) - sizeof(Elf64_Nhdr);
  auto head = at<Elf64_Nhdr>(bytes, note);
  REQUIRE(head.n_type == 1);
  for (const std::uint32_t size : {0xffffffffu, 0xfffffff0u, 0x80000000u}) {
    auto changed = head;
    changed.n_descsz = size;
    put(bytes, note, changed);
    CHECK(error_of(directory, bytes) == "damaged: a note reaches beyond its segment");
    changed = head;
    changed.n_namesz = size;
    put(bytes, note, changed);
    CHECK(error_of(directory, bytes) == "damaged: a note reaches beyond its segment");
  }
}
