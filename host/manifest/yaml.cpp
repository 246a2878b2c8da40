#include "manifest/yaml.hpp"

#include <yaml-cpp/depthguard.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <map>
#include <sstream>

#include "model/name.hpp"

namespace backplane::manifest {
namespace {

// What the parser reports, put together. It never throws; beyond a limit it only counts.
class TreeBuilder final : public YAML::EventHandler {
 public:
  TreeBuilder(std::string_view text, const std::string& file, Problems& problems)
      : text_(text), file_(file), problems_(problems) {
    for (std::size_t start = 0; start != std::string_view::npos;) {
      lines_.push_back(start);
      const std::size_t end = text.find('\n', start);
      start = end == std::string_view::npos ? end : end + 1;
    }
  }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents_ == 2) report(mark, "wanted one document, found a second one");
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    Node node = node_at(mark, Node::Kind::null);
    if (!open_.empty() && !ignoring()) place_of_nothing(mark, node);
    leaf(std::move(node), anchor);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    if (ignoring()) return;
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) {
      report(mark, "wanted an alias of something complete, found one inside its own anchor");
      put(node_at(mark, Node::Kind::null));
      return;
    }
    if (!count(found->second.nodes, node_at(mark, Node::Kind::null))) return;
    const Node here = node_at(mark, Node::Kind::null);
    Node copy = found->second.node;
    copy.line = here.line;
    copy.column = here.column;
    put(std::move(copy));
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, const std::string& value) override {
    check_tag(mark, tag);
    Node node = node_at(mark, Node::Kind::scalar);
    node.text = value;
    node.quoted = tag != "?";
    note_quote(mark);
    leaf(std::move(node), anchor);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, Node::Kind::list);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, Node::Kind::map);
  }
  void OnMapEnd() override { close(); }

  void report(const YAML::Mark& mark, std::string message) {
    const Node at = node_at(mark, Node::Kind::null);
    problems_.add({file_, at.line, at.column, "", std::move(message)});
  }

  std::size_t documents() const { return documents_; }

  // The library takes the end of the file for the end of a text in quotes, after a line break.
  void check_last_quote() {
    if (!last_quoted_) return;
    const char quote = text_[*last_quoted_];
    for (std::size_t i = *last_quoted_ + 1; i < text_.size(); ++i) {
      if (quote == '"' && text_[i] == '\\') ++i;
      else if (text_[i] == quote) return;
    }
    report(last_mark_, "wanted YAML, found a mistake: a text whose quotes are not closed");
  }

  Node take() { return std::move(root_); }

 private:
  struct Open {
    Node node;
    YAML::anchor_t anchor;
    std::size_t nodes_before;
    std::optional<Node> key;  // map: read, its value not yet
  };
  struct Anchored {
    Node node;
    std::size_t nodes;
  };

  // The first character of a mark's line, as a byte of the text.
  std::size_t start_of(const YAML::Mark& mark) const {
    return lines_[std::min(static_cast<std::size_t>(std::max(mark.line, 0)), lines_.size() - 1)];
  }

  // The library counts lines from 0, and columns in bytes.
  Node node_at(const YAML::Mark& mark, Node::Kind kind) const {
    Node node;
    node.kind = kind;
    node.line = static_cast<std::size_t>(std::max(mark.line, 0)) + 1;
    node.column = 1 + characters_before(std::min(start_of(mark) + static_cast<std::size_t>(std::max(mark.column, 0)), text_.size()),
                                        start_of(mark));
    return node;
  }

  // The characters from `start`, the first byte of a line, to `end`. Counts on from where it stopped before: a line may be
  // as long as the file.
  std::size_t characters_before(std::size_t end, std::size_t start) const {
    if (counted_from_ != start || counted_to_ > end) {
      counted_from_ = counted_to_ = start;
      counted_ = 0;
    }
    for (; counted_to_ < end; ++counted_to_)
      if ((static_cast<unsigned char>(text_[counted_to_]) & 0xc0u) != 0x80u) ++counted_;
    return counted_;
  }

  // What is not written is reported by the parser where the next thing stands. Its place is the key that it belongs to, or
  // the dash before it.
  void place_of_nothing(const YAML::Mark& mark, Node& node) const {
    if (const auto& key = open_.back().key) {
      if (node.line == key->line) return;
      node.line = key->line;
      node.column = key->column;
      return;
    }
    std::size_t at = std::min(start_of(mark) + static_cast<std::size_t>(std::max(mark.column, 0)), text_.size());
    std::size_t lines = 0;
    while (at > 0 && (text_[at - 1] == ' ' || text_[at - 1] == '\n' || text_[at - 1] == '\r'))
      if (text_[--at] == '\n') ++lines;
    if (at == 0 || text_[at - 1] != '-') return;
    const std::size_t start = text_.substr(0, at).rfind('\n');
    node.line -= std::min(lines, node.line - 1);
    node.column = at - (start == std::string_view::npos ? 0 : start + 1);
  }


  void note_quote(const YAML::Mark& mark) {
    const std::size_t at = start_of(mark) + static_cast<std::size_t>(std::max(mark.column, 0));
    last_quoted_.reset();
    if (at >= text_.size() || (text_[at] != '"' && text_[at] != '\'')) return;
    last_quoted_ = at;
    last_mark_ = mark;
  }

  void check_tag(const YAML::Mark& mark, const std::string& tag) {
    if (tag.empty() || tag == "?" || tag == "!" || ignoring()) return;
    report(mark, "wanted no tag, found " + in_quotes(tag) + ": write a text in quotes, anything else plain");
  }

  bool ignoring() const { return documents_ > 1 || too_deep_ > 0 || full_; }

  bool count(std::size_t more, const Node& at) {
    nodes_ += more;
    if (nodes_ <= most_yaml_nodes) return true;
    full_ = true;
    problems_.add({file_, at.line, at.column, "",
                   "wanted at most " + std::to_string(most_yaml_nodes) + " values, found more (aliases filled in)"});
    return false;
  }

  void leaf(Node node, YAML::anchor_t anchor) {
    if (ignoring() || !count(1, node)) return;
    if (anchor != YAML::NullAnchor) anchors_[anchor] = {node, 1};
    put(std::move(node));
  }

  void open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, Node::Kind kind) {
    check_tag(mark, tag);
    if (too_deep_ > 0 || (!ignoring() && open_.size() >= most_yaml_depth)) {
      if (too_deep_++ == 0)
        report(mark, "wanted at most " + std::to_string(most_yaml_depth) + " levels, found one more");
      return;
    }
    if (documents_ > 1) return;
    if (!full_) count(1, node_at(mark, kind));
    open_.push_back({node_at(mark, kind), anchor, nodes_, std::nullopt});
  }

  void close() {
    if (too_deep_ > 0) {
      --too_deep_;
      return;
    }
    if (documents_ > 1) return;
    Open done = std::move(open_.back());
    open_.pop_back();
    if (full_) return;
    if (done.anchor != YAML::NullAnchor) anchors_[done.anchor] = {done.node, nodes_ - done.nodes_before + 1};
    put(std::move(done.node));
  }

  // Where the next node goes: the root, the end of a list, the key or the value of a map's next member.
  void put(Node node) {
    if (open_.empty()) {
      root_ = std::move(node);
      return;
    }
    Open& here = open_.back();
    if (here.node.kind == Node::Kind::list) {
      here.node.items.push_back(std::move(node));
    } else if (!here.key) {
      here.key = std::move(node);
    } else {
      here.node.members.push_back({std::move(*here.key), std::move(node)});
      here.key.reset();
    }
  }

  std::string_view text_;
  const std::string& file_;
  Problems& problems_;
  Node root_;
  std::vector<Open> open_;
  std::map<YAML::anchor_t, Anchored> anchors_;
  std::size_t documents_ = 0;
  std::size_t nodes_ = 0;
  std::size_t too_deep_ = 0;
  bool full_ = false;
  std::vector<std::size_t> lines_;            // the first byte of each line
  std::optional<std::size_t> last_quoted_;    // the last scalar, if it is in quotes
  YAML::Mark last_mark_;
  mutable std::size_t counted_from_ = 0;
  mutable std::size_t counted_to_ = 0;
  mutable std::size_t counted_ = 0;
};

// Tabs as indentation mean different things to different readers of YAML; the library's own errors for them name
// anything but the tab.
bool has_tabs(std::string_view text, const std::string& file, Problems& problems) {
  bool found = false;
  for (std::size_t start = 0, line = 1; start < text.size(); ++line) {
    const std::size_t end = std::min(text.find('\n', start), text.size());
    const std::string_view row = text.substr(start, end - start);
    const std::size_t first = std::min(row.find_first_not_of(" \t\r"), row.size());
    const std::size_t tab = row.substr(0, first).find('\t');
    if (tab != std::string_view::npos && first < row.size() && row[first] != '#') {
      problems.add({file, line, tab + 1, "", "wanted spaces as indentation, found a tab"});
      found = true;
    }
    start = end + 1;
  }
  return found;
}

std::string plain_message(const YAML::Exception& error, std::string_view text) {
  if (!std::string_view(error.msg).starts_with(YAML::ErrorMsg::UNKNOWN_ANCHOR)) return "wanted YAML, found a mistake: " + error.msg;
  std::string_view name = text.substr(std::min(static_cast<std::size_t>(std::max(error.mark.pos, 0)), text.size()));
  name = name.substr(0, name.find_first_of(" \t\r\n,]}"));
  return "wanted an alias of an anchor that stands above, found " + in_quotes(name);
}

// The place of the first character that is not UTF-8.
Problem not_utf8(std::string_view text, const std::string& file) {
  std::size_t line = 1;
  std::size_t column = 1;
  while (!text.empty()) {
    const auto lead = static_cast<unsigned char>(text.front());
    const std::size_t size = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    if (!model::is_utf8(text.substr(0, size))) break;
    ++column;
    if (lead == '\n') {
      ++line;
      column = 1;
    }
    text.remove_prefix(size);
  }
  return {file, line, column, "", "wanted UTF-8 without NUL, found something else"};
}

}  // namespace

const Node* Node::find(std::string_view name) const {
  for (const Member& member : members)
    if (member.key.text == name) return &member.value;
  return nullptr;
}

std::optional<Node> parse_yaml(std::string_view text, const std::string& file, Problems& problems) {
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  if (text.size() > most_yaml_bytes) {
    problems.add({file, 1, 1, "", "wanted at most " + std::to_string(most_yaml_bytes) + " bytes, found " + std::to_string(text.size())});
    return std::nullopt;
  }
  if (!model::is_utf8(text)) {
    problems.add(not_utf8(text, file));
    return std::nullopt;
  }
  if (has_tabs(text, file, problems)) return std::nullopt;

  Problems found;
  TreeBuilder builder(text, file, found);
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    // Beyond the second document nothing is wanted, and some texts make the library find one after the other for ever.
    while (builder.documents() < 2 && parser.HandleNextDocument(builder)) {
    }
    builder.check_last_quote();
  } catch (const YAML::DeepRecursion& error) {
    // The library's own limit lies far beyond ours, which was met and reported before.
    if (found.empty()) found.add({file, 1, 1, "", std::string("wanted fewer levels: ") + error.what()});
  } catch (const YAML::Exception& error) {
    builder.report(error.mark, plain_message(error, text));
  } catch (const std::exception& error) {
    found.add({file, 1, 1, "", std::string("wanted YAML, found a mistake: ") + error.what()});
  }
  const bool good = found.empty();
  for (Problem& problem : found.take()) problems.add(std::move(problem));
  if (!good) return std::nullopt;
  return builder.take();
}

}  // namespace backplane::manifest
