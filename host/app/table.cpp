#include "app/table.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/json.hpp"

namespace backplane::app {
namespace {

using base::Json;

std::string cell_of(const Json& value) {
  if (value.is_null()) return "-";
  if (value.is_string()) return value.get_ref<const std::string&>().empty() ? "-" : value.get<std::string>();
  if (!value.is_array()) return base::to_text(value);
  std::string joined;
  for (const Json& element : value) joined += (joined.empty() ? "" : ",") + cell_of(element);
  return joined.empty() ? "-" : joined;
}

std::string title_of(std::string name) {
  std::transform(name.begin(), name.end(), name.begin(), [](char c) {
    if (c == '_') return ' ';
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  return name;
}

}  // namespace

std::string as_table(const Json& rows, std::vector<std::string> columns) {
  std::erase_if(columns, [&](const std::string& column) {
    return std::none_of(rows.begin(), rows.end(), [&](const Json& row) { return row.is_object() && row.contains(column); });
  });
  std::vector<std::vector<std::string>> lines(1);
  for (const auto& column : columns) lines.front().push_back(title_of(column));
  for (const Json& row : rows) {
    auto& line = lines.emplace_back();
    for (const auto& column : columns) line.push_back(row.is_object() && row.contains(column) ? cell_of(row[column]) : "-");
  }
  std::vector<std::size_t> widths(columns.size());
  for (const auto& line : lines)
    for (std::size_t i = 0; i < line.size(); ++i) widths[i] = std::max(widths[i], line[i].size());
  std::string text;
  for (const auto& line : lines) {
    for (std::size_t i = 0; i < line.size(); ++i) {
      text += line[i];
      if (i + 1 < line.size()) text.append(widths[i] - line[i].size() + 2, ' ');
    }
    text += '\n';
  }
  return text;
}

}  // namespace backplane::app
