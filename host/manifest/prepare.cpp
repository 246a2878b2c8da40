#include "manifest/prepare.hpp"

#include <set>

#include "model/name.hpp"

namespace backplane::manifest {
namespace {

bool is_name(std::string_view text) {
  if (text.empty() || (text.front() >= '0' && text.front() <= '9')) return false;
  for (const char c : text)
    if (!((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_')) return false;
  return true;
}

class Preparation {
 public:
  Preparation(const std::string& file, const Environment& environment, Problems& problems)
      : file_(file), environment_(environment), problems_(problems) {}

  void visit(Node& node, const std::string& path) {
    switch (node.kind) {
      case Node::Kind::null: return;
      case Node::Kind::scalar: return substitute(node, path);
      case Node::Kind::list:
        for (std::size_t i = 0; i < node.items.size(); ++i) visit(node.items[i], path + "[" + std::to_string(i) + "]");
        return;
      case Node::Kind::map: return visit_members(node, path);
    }
  }

 private:
  void report(const Node& at, const std::string& path, std::string message) {
    problems_.add({file_, at.line, at.column, path, std::move(message)});
  }

  void visit_members(Node& map, const std::string& path) {
    std::set<std::string> seen;
    std::vector<Member> good;
    for (Member& member : map.members) {
      const Node& key = member.key;
      const std::string here = path.empty() ? key.text : path + "." + key.text;
      if (key.kind != Node::Kind::scalar || key.text.find('\0') != std::string::npos) {
        report(key, path, "wanted a text without NUL as a key, found something else");
      } else if (key.text == "<<" && !key.quoted) {
        report(key, path, "wanted no merge key, found \"<<\": write the members out, or give a whole value by an alias");
      } else if (!seen.insert(key.text).second) {
        report(key, here, "wanted each key once, found " + in_quotes(key.text) + " a second time");
      } else {
        visit(member.value, here);
        good.push_back(std::move(member));
      }
    }
    map.members = std::move(good);
  }

  void substitute(Node& node, const std::string& path) {
    if (node.text.find('\0') != std::string::npos)
      return refuse(node, path, "wanted a text without NUL, found " + in_quotes(node.text));
    node.names_file = node.text.starts_with("file:") && !node.text.starts_with("file://");
    std::string result;
    std::string_view rest = node.text;
    while (true) {
      const std::size_t dollar = rest.find('$');
      result += rest.substr(0, dollar);
      if (dollar == std::string_view::npos) break;
      rest.remove_prefix(dollar + 1);
      if (rest.starts_with('$')) {
        result += '$';
        rest.remove_prefix(1);
      } else if (!rest.starts_with('{')) {
        result += '$';
      } else {
        const std::size_t end = rest.find('}');
        if (end == std::string_view::npos)
          return refuse(node, path, "wanted ${NAME} or ${NAME:-default}, found no closing brace in " + in_quotes(node.text));
        node.substituted = true;
        put_in(node, path, rest.substr(1, end - 1), result);
        rest.remove_prefix(end + 1);
      }
    }
    node.text = std::move(result);
  }

  void put_in(Node& node, const std::string& path, std::string_view reference, std::string& result) {
    const std::size_t separator = reference.find(":-");
    const std::string name(reference.substr(0, separator));
    if (!is_name(name))
      return refuse(node, path, "wanted ${NAME} or ${NAME:-default}, found " + in_quotes("${" + std::string(reference) + "}"));
    const auto value = environment_(name);
    if (separator != std::string_view::npos) {
      append(node, path, value && !value->empty() ? *value : std::string(reference.substr(separator + 2)), result);
    } else if (value) {
      append(node, path, *value, result);
    } else {
      refuse(node, path, "wanted the environment variable " + name + ", found it not set (${" + name + ":-default} gives it a default)");
    }
  }

  void append(Node& node, const std::string& path, const std::string& value, std::string& result) {
    if (!model::is_utf8(value)) return refuse(node, path, "wanted an environment variable in UTF-8, found something else");
    put_in_bytes_ += value.size();
    if (put_in_bytes_ > most_yaml_bytes)
      return refuse(node, path, "wanted at most " + std::to_string(most_yaml_bytes) + " bytes out of the environment, found more");
    result += value;
  }

  void refuse(Node& node, const std::string& path, std::string message) {
    if (!node.broken) report(node, path, std::move(message));
    node.broken = true;
  }

  std::size_t put_in_bytes_ = 0;
  const std::string& file_;
  const Environment& environment_;
  Problems& problems_;
};

}  // namespace

void prepare(Node& root, const std::string& file, const Environment& environment, Problems& problems) {
  Preparation(file, environment, problems).visit(root, "");
}

}  // namespace backplane::manifest
