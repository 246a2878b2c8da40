#include "manifest/problem.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/json.hpp"

namespace backplane::manifest {

std::string to_text(const std::vector<Problem>& problems) {
  std::string text;
  for (const Problem& problem : problems) {
    text += problem.file + ':' + std::to_string(problem.line) + ':' + std::to_string(problem.column) + ": ";
    if (!problem.path.empty()) text += problem.path + ": ";
    text += problem.message + '\n';
  }
  return text;
}

std::string to_json_text(const std::vector<Problem>& problems) {
  base::Json list = base::Json::array();
  for (const Problem& problem : problems)
    list.push_back({{"file", problem.file},
                    {"line", problem.line},
                    {"column", problem.column},
                    {"path", problem.path},
                    {"message", problem.message}});
  return base::to_text(list);
}

void Problems::add(Problem problem) {
  if (full()) return;
  if (problems_.size() == most) problem.message = "too many problems: the ones after this place are not listed";
  problems_.push_back(std::move(problem));
}

std::vector<Problem> Problems::take() {
  std::vector<std::string> files;
  for (const Problem& problem : problems_)
    if (std::find(files.begin(), files.end(), problem.file) == files.end()) files.push_back(problem.file);
  const auto rank = [&](const Problem& problem) {
    return std::tuple(std::find(files.begin(), files.end(), problem.file) - files.begin(), problem.line, problem.column);
  };
  std::stable_sort(problems_.begin(), problems_.end(),
                   [&](const Problem& a, const Problem& b) { return rank(a) < rank(b); });
  return std::move(problems_);
}

std::string in_quotes(std::string_view text) {
  constexpr std::size_t longest = 80;
  if (text.size() <= longest) return base::quote_json(text);
  std::size_t end = longest;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0u) == 0x80u) --end;  // not within a character
  return base::quote_json(std::string(text.substr(0, end)) + "...");
}

}  // namespace backplane::manifest
