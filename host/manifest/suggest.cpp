#include "manifest/suggest.hpp"

#include <algorithm>

namespace backplane::manifest {
namespace {

constexpr std::size_t longest_compared = 128;

std::string folded(std::string_view name) {
  std::string text(name);
  for (char& c : text) {
    if (c == '-') c = '_';
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

std::size_t distance(const std::string& a, const std::string& b) {
  std::vector<std::vector<std::size_t>> cost(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) cost[i][0] = i;
  for (std::size_t j = 0; j <= b.size(); ++j) cost[0][j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t differs = a[i - 1] == b[j - 1] ? 0 : 1;
      cost[i][j] = std::min({cost[i - 1][j] + 1, cost[i][j - 1] + 1, cost[i - 1][j - 1] + differs});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        cost[i][j] = std::min(cost[i][j], cost[i - 2][j - 2] + 1);
    }
  }
  return cost[a.size()][b.size()];
}

}  // namespace

std::optional<std::string> nearest(std::string_view found, const std::vector<std::string>& known) {
  if (found.empty() || found.size() > longest_compared) return std::nullopt;
  const std::string wrong = folded(found);
  std::optional<std::string> best;
  std::size_t least = std::min<std::size_t>(3, std::max<std::size_t>(1, found.size() / 3)) + 1;
  for (const std::string& name : known) {
    if (name.size() > longest_compared) continue;
    const std::size_t away = distance(wrong, folded(name));
    if (away >= least) continue;
    least = away;
    best = name;
  }
  return best;
}

std::string hint(std::string_view found, const std::vector<std::string>& known) {
  if (const auto name = nearest(found, known)) return "; did you mean \"" + *name + "\"?";
  if (known.empty()) return "";
  constexpr std::size_t most_listed = 20;
  std::string text = "; known: ";
  for (std::size_t i = 0; i < std::min(known.size(), most_listed); ++i) text += (i == 0 ? "" : ", ") + known[i];
  if (known.size() > most_listed) text += ", and " + std::to_string(known.size() - most_listed) + " more";
  return text;
}

}  // namespace backplane::manifest
