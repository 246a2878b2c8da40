// What was looked up lately, under an owner's number and a text: a small memory in front of a search that costs more.
// What finds its place taken takes it. One thread's.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace backplane::base {

template <class T>
class Lately {
 public:
  // Null: it is not remembered. No owner has the number 0.
  const T* find(std::uint64_t owner, std::string_view text) const {
    const Entry& entry = entries_[place(owner, text)];
    return entry.owner == owner && entry.text == text ? &entry.value : nullptr;
  }

  const T& remember(std::uint64_t owner, std::string_view text, T value) {
    Entry& entry = entries_[place(owner, text)];
    entry.owner = owner;
    entry.text = text;
    entry.value = std::move(value);
    return entry.value;
  }

 private:
  static constexpr std::size_t places = 64;
  struct Entry {
    std::uint64_t owner = 0;
    std::string text;
    T value{};
  };

  // By the text's length and its last bytes, where those that belong together differ.
  static std::size_t place(std::uint64_t owner, std::string_view text) {
    std::uint64_t last = 0;
    const std::size_t size = std::min(text.size(), sizeof last);
    std::memcpy(&last, text.data() + text.size() - size, size);
    return ((last ^ (owner << 8u) ^ text.size()) * 0x9e3779b97f4a7c15u) >> 58u;
  }

  std::array<Entry, places> entries_;
};

}  // namespace backplane::base
