// Keeps what was deleted out of the database file. SQLite's secure_delete overwrites a deleted row with zeros, but when
// it moves rows between pages while it balances a tree, it may leave a copy behind in the unused part of a page,
// which later deletes do not reach. So the connections open the file through a VFS of ours, which is the
// system's own but for this: the unused part of every page is zeroed on its way into the file, connections that want to look
// at the file as memory share one map of it (file_map.hpp), and the write-ahead log is written in large pieces (log_file.hpp).
//
// The pages of the write-ahead log are left as they are (their checksums are made before they get here): a purge
// empties the log and drops the writer's pages from memory, and no copy is left anywhere.
#pragma once

#include <cstddef>
#include <span>

namespace backplane::store::sqlite {

// The name of that VFS; registers it at the first call. Any thread.
const char* page_scrub_vfs();

// Zeroes the unused part of a page of a tree; other pages stay as they are. `header`: where the page's header begins, 100
// in the first page of the file, else 0.
void scrub_page(std::span<unsigned char> page, std::size_t header);

// The largest number of pages of a file in which the trees' pages can be told from others by their first byte: beyond
// it, the pages are written as they are.
inline constexpr std::size_t most_scrubbed_pages = std::size_t{1} << 25u;

}  // namespace backplane::store::sqlite
