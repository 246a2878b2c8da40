#include "plugin/elf_file.hpp"

#include <elf.h>

#include <algorithm>
#include <array>
#include <bit>
#include <optional>
#include <string_view>

#include "plugin/note_segment.hpp"
#include "plugin/random_access_file.hpp"

// Layouts and names: the System V ABI (gABI) and, for DT_GNU_HASH, glibc's elf/dl-lookup.c.
namespace backplane::plugin {
namespace {

using base::Code;
using base::Error;
using base::Result;

constexpr std::uint64_t most_note_bytes = 1 << 20;  // of all segments together: a file may name the same bytes many times
constexpr std::size_t most_notes = 8;

#if defined(__x86_64__)
constexpr Elf64_Half host_machine = EM_X86_64;
#elif defined(__aarch64__)
constexpr Elf64_Half host_machine = EM_AARCH64;
#elif defined(__riscv)
constexpr Elf64_Half host_machine = EM_RISCV;
#elif defined(__powerpc64__)
constexpr Elf64_Half host_machine = EM_PPC64;
#elif defined(__s390x__)
constexpr Elf64_Half host_machine = EM_S390;
#else
#error "name this machine's e_machine here"
#endif

std::string machine_name(unsigned machine) {
  switch (machine) {
    case EM_X86_64: return "x86-64";
    case EM_AARCH64: return "AArch64";
    case EM_RISCV: return "RISC-V";
    case EM_PPC64: return "PowerPC64";
    case EM_S390: return "s390x";
    case EM_386: return "x86 (32-bit)";
    case EM_ARM: return "ARM (32-bit)";
    default: return "machine number " + std::to_string(machine);
  }
}

Error bad(const std::string& message) { return {Code::invalid_argument, message}; }

// What old linkers put into every library's table of symbols by themselves.
bool is_linkers_own(std::string_view name) {
  constexpr std::array<std::string_view, 6> names{"_init", "_fini", "_edata", "_end", "__bss_start", "_etext"};
  return std::find(names.begin(), names.end(), name) != names.end();
}

// The members of the dynamic section that are followed here; 0: absent.
struct Dynamic {
  std::uint64_t symbols = 0, strings = 0, string_bytes = 0, hash = 0, gnu_hash = 0, run_path = 0, flags = 0;
  std::vector<std::uint64_t> needed;
};

class Reader {
 public:
  explicit Reader(RandomAccessFile file) : file_(std::move(file)) {}

  Result<ElfFile> read() {
    BACKPLANE_CHECK(read_header());
    BACKPLANE_CHECK(check_sections());
    BACKPLANE_CHECK(read_segments());
    BACKPLANE_CHECK(read_dynamic());
    BACKPLANE_CHECK(read_strings());
    BACKPLANE_CHECK(read_symbols());
    BACKPLANE_CHECK(read_notes());
    return std::move(found_);
  }

 private:
  Result<void> read_header() {
    if (file_.size() == 0) return bad("wanted a shared library (ELF), found an empty file");
    BACKPLANE_TRY(const std::string ident, file_.read("the file's first bytes", 0, std::min<std::uint64_t>(file_.size(), EI_NIDENT)));
    if (!ident.starts_with(std::string_view(ELFMAG, std::min<std::size_t>(SELFMAG, ident.size()))))
      return bad("wanted a shared library (ELF), found a file of another kind");
    BACKPLANE_TRY(header_, file_.read_one<Elf64_Ehdr>("the ELF header", 0));
    if (header_.e_ident[EI_CLASS] != ELFCLASS64) return Error{Code::unsupported, "wanted a 64-bit library, found another class"};
    constexpr auto order = std::endian::native == std::endian::little ? ELFDATA2LSB : ELFDATA2MSB;
    if (header_.e_ident[EI_DATA] != order) return Error{Code::unsupported, "wanted a library of this machine's byte order, found the other"};
    if (header_.e_machine != host_machine)
      return Error{Code::unsupported,
                   "wanted a library for " + machine_name(host_machine) + ", found one for " + machine_name(header_.e_machine)};
    if (header_.e_ident[EI_VERSION] != EV_CURRENT) return bad("wanted ELF version 1, found " + std::to_string(header_.e_ident[EI_VERSION]));
    if (header_.e_type == ET_EXEC) return bad("wanted a shared library, found a program");
    if (header_.e_type == ET_REL) return bad("wanted a shared library, found an object file (link it with -shared)");
    if (header_.e_type != ET_DYN) return bad("wanted a shared library, found ELF type " + std::to_string(header_.e_type));
    return base::ok();
  }

  // The section table is read by nobody at run time, but it is what a linker writes last: where it is whole, the file is.
  Result<void> check_sections() const {
    if (header_.e_shoff == 0) return base::ok();
    if (header_.e_shentsize != sizeof(Elf64_Shdr))
      return bad("damaged: wanted section headers of 64 bytes, found " + std::to_string(header_.e_shentsize));
    BACKPLANE_TRY(const auto first, file_.read_one<Elf64_Shdr>("the section table", header_.e_shoff));
    const std::uint64_t count = header_.e_shnum != 0 ? header_.e_shnum : first.sh_size;
    BACKPLANE_TRY(const auto sections, file_.read_table<Elf64_Shdr>("the section table", header_.e_shoff, count));
    for (std::size_t i = 1; i < sections.size(); ++i)
      if (sections[i].sh_type != SHT_NOBITS && sections[i].sh_type != SHT_NULL)
        BACKPLANE_CHECK(file_.check_range("section " + std::to_string(i), sections[i].sh_offset, sections[i].sh_size));
    return base::ok();
  }

  Result<void> read_segments() {
    if (header_.e_phentsize != sizeof(Elf64_Phdr))
      return bad("damaged: wanted program headers of 56 bytes, found " + std::to_string(header_.e_phentsize));
    BACKPLANE_TRY(segments_, file_.read_table<Elf64_Phdr>("the program header table", header_.e_phoff, header_.e_phnum));
    bool has_load = false;
    for (std::size_t i = 0; i < segments_.size(); ++i) {
      const Elf64_Phdr& segment = segments_[i];
      const std::string name = "segment " + std::to_string(i);
      if (segment.p_type == PT_NULL) continue;
      BACKPLANE_CHECK(file_.check_range(name, segment.p_offset, segment.p_filesz));
      if (segment.p_type != PT_LOAD) continue;
      has_load = true;
      if (segment.p_memsz < segment.p_filesz || segment.p_vaddr + segment.p_memsz < segment.p_vaddr)
        return bad("damaged: " + name + " is larger in the file than in memory, or wraps around");
      if (segment.p_align > 1 && (!std::has_single_bit(segment.p_align) || (segment.p_vaddr - segment.p_offset) % segment.p_align != 0))
        return bad("damaged: " + name + " is not aligned as it says");
    }
    return has_load ? base::ok() : Result<void>(bad("damaged: wanted a segment to load, found none"));
  }

  const Elf64_Phdr* segment_of(Elf64_Word type) const {
    const auto found = std::find_if(segments_.begin(), segments_.end(), [&](const auto& segment) { return segment.p_type == type; });
    return found == segments_.end() ? nullptr : &*found;
  }

  Result<void> read_dynamic() {
    const Elf64_Phdr* const segment = segment_of(PT_DYNAMIC);
    if (segment == nullptr) return bad("wanted a shared library, found no dynamic section");
    BACKPLANE_TRY(const auto entries, file_.read_table<Elf64_Dyn>("the dynamic section", segment->p_offset, segment->p_filesz / sizeof(Elf64_Dyn)));
    for (const Elf64_Dyn& entry : entries) {
      if (entry.d_tag == DT_NULL) break;
      take(entry);
    }
    if ((dynamic_.flags & DF_1_PIE) != 0) return bad("wanted a shared library, found a program (link it with -shared)");
    if (dynamic_.symbols == 0 || dynamic_.strings == 0) return bad("damaged: wanted a table of dynamic symbols, found none");
    return base::ok();
  }

  void take(const Elf64_Dyn& entry) {
    const std::uint64_t value = entry.d_un.d_val;
    switch (entry.d_tag) {
      case DT_SYMTAB: dynamic_.symbols = value; break;
      case DT_STRTAB: dynamic_.strings = value; break;
      case DT_STRSZ: dynamic_.string_bytes = value; break;
      case DT_HASH: dynamic_.hash = value; break;
      case DT_GNU_HASH: dynamic_.gnu_hash = value; break;
      case DT_FLAGS_1: dynamic_.flags = value; break;
      case DT_RPATH:
      case DT_RUNPATH: dynamic_.run_path = value; break;
      case DT_NEEDED: dynamic_.needed.push_back(value); break;
      default: break;
    }
  }

  // Where the byte at a virtual address lies in the file.
  Result<std::uint64_t> offset_of(std::string_view what, std::uint64_t address) const {
    for (const Elf64_Phdr& segment : segments_)
      if (segment.p_type == PT_LOAD && address >= segment.p_vaddr && address - segment.p_vaddr < segment.p_filesz)
        return segment.p_offset + (address - segment.p_vaddr);
    return bad("damaged: " + std::string(what) + " lies outside every segment");
  }

  Result<void> read_strings() {
    BACKPLANE_TRY(const std::uint64_t offset, offset_of("the table of names", dynamic_.strings));
    BACKPLANE_TRY(strings_, file_.read("the table of names", offset, dynamic_.string_bytes));
    for (const std::uint64_t name : dynamic_.needed) {
      BACKPLANE_TRY(std::string needed, name_at(name));
      found_.needed.push_back(std::move(needed));
    }
    if (dynamic_.run_path != 0) {
      BACKPLANE_TRY(found_.run_path, name_at(dynamic_.run_path));
    }
    return base::ok();
  }

  Result<std::string> name_at(std::uint64_t offset) const {
    const auto end = offset < strings_.size() ? strings_.find('\0', offset) : std::string::npos;
    if (end == std::string::npos) return bad("damaged: a name lies outside the table of names");
    return strings_.substr(offset, end - offset);
  }

  // The file does not say how many dynamic symbols there are, except by the tables that look them up.
  Result<std::uint64_t> count_symbols() const {
    if (dynamic_.gnu_hash != 0) return count_by_gnu_hash();
    if (dynamic_.hash == 0) return bad("damaged: wanted a hash table of symbols, found none");
    BACKPLANE_TRY(const std::uint64_t offset, offset_of("the hash table", dynamic_.hash));
    BACKPLANE_TRY(const auto sizes, file_.read_table<std::uint32_t>("the hash table", offset, 2));
    return sizes[1];
  }

  // The last symbol ends the chain of the bucket that starts last.
  Result<std::uint64_t> count_by_gnu_hash() const {
    constexpr std::string_view what = "the hash table";
    BACKPLANE_TRY(std::uint64_t offset, offset_of(what, dynamic_.gnu_hash));
    BACKPLANE_TRY(const auto head, file_.read_table<std::uint32_t>(what, offset, 4));
    const auto [bucket_count, first_symbol, bloom_words] = std::array{head[0], head[1], head[2]};
    offset += 4 * sizeof(std::uint32_t) + std::uint64_t{bloom_words} * sizeof(std::uint64_t);
    BACKPLANE_TRY(const auto buckets, file_.read_table<std::uint32_t>(what, offset, bucket_count));
    offset += buckets.size() * sizeof(std::uint32_t);
    const std::uint32_t last = buckets.empty() ? 0 : *std::max_element(buckets.begin(), buckets.end());
    if (last < first_symbol || last == 0) return first_symbol;
    for (std::uint64_t symbol = last;;) {
      const std::uint64_t at = offset + (symbol - first_symbol) * sizeof(std::uint32_t);
      const std::uint64_t left = at < file_.size() ? (file_.size() - at) / sizeof(std::uint32_t) : 0;
      BACKPLANE_TRY(const auto chain, file_.read_table<std::uint32_t>(what, at, std::clamp<std::uint64_t>(left, 1, 1024)));
      for (const std::uint32_t hash : chain) {
        ++symbol;
        if ((hash & 1) != 0) return symbol;
      }
    }
  }

  Result<void> read_symbols() {
    BACKPLANE_TRY(const std::uint64_t count, count_symbols());
    BACKPLANE_TRY(const std::uint64_t offset, offset_of("the table of symbols", dynamic_.symbols));
    BACKPLANE_TRY(const auto symbols, file_.read_table<Elf64_Sym>("the table of symbols", offset, count));
    for (const Elf64_Sym& symbol : symbols) {
      const auto binding = ELF64_ST_BIND(symbol.st_info);
      const auto visibility = ELF64_ST_VISIBILITY(symbol.st_other);
      // SHN_ABS: the names of versions, which a version script defines.
      if (symbol.st_shndx == SHN_UNDEF || symbol.st_shndx == SHN_ABS || binding == STB_LOCAL) continue;
      if (visibility != STV_DEFAULT && visibility != STV_PROTECTED) continue;
      BACKPLANE_TRY(std::string name, name_at(symbol.st_name));
      if (binding == STB_GNU_UNIQUE) found_.unique.push_back(std::move(name));
      else if (!is_linkers_own(name)) found_.exports.push_back(std::move(name));
    }
    std::sort(found_.exports.begin(), found_.exports.end());
    std::sort(found_.unique.begin(), found_.unique.end());
    return base::ok();
  }

  Result<void> read_notes() {
    std::uint64_t total = 0;
    for (const Elf64_Phdr& segment : segments_) {
      if (segment.p_type != PT_NOTE) continue;
      total += segment.p_filesz;
      if (total > most_note_bytes) return Error{Code::too_large, "wanted notes of at most 1 MiB, found " + std::to_string(total) + " bytes"};
      BACKPLANE_TRY(const std::string bytes, file_.read("the notes", segment.p_offset, segment.p_filesz));
      BACKPLANE_TRY(const auto texts, texts_of_notes(bytes, segment.p_align));
      for (const std::string_view text : texts)
        if (found_.notes.size() < most_notes) found_.notes.emplace_back(text);
    }
    return base::ok();
  }

  RandomAccessFile file_;
  Elf64_Ehdr header_{};
  std::vector<Elf64_Phdr> segments_;
  Dynamic dynamic_;
  std::string strings_;
  ElfFile found_;
};

}  // namespace

Result<ElfFile> read_elf(const std::filesystem::path& file) {
  BACKPLANE_TRY(RandomAccessFile opened, RandomAccessFile::open(file));
  return Reader(std::move(opened)).read();
}

}  // namespace backplane::plugin
