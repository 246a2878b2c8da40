#include "model/document.hpp"

#include <mutex>
#include <nlohmann/json.hpp>

#include "base/json_text.hpp"

namespace backplane::model {

struct Document::Body {
  explicit Body(std::string checked) : text(std::move(checked)) {}
  Body(std::string checked, base::Json value) : text(std::move(checked)), parsed(std::move(value)) {
    std::call_once(once, [] {});
  }

  std::string text;
  mutable std::once_flag once;
  mutable base::Json parsed;
};

Document::Document(std::shared_ptr<const Body> body) : body_(std::move(body)) {}

Document::Document() {
  static const auto empty = std::make_shared<const Body>("{}", base::Json::object());
  body_ = empty;
}

base::Result<Document> Document::parse(std::string_view text, const base::JsonLimits& limits) {
  BACKPLANE_TRY(auto value, base::parse_json(text, limits));
  return Document(std::make_shared<const Body>(base::minify_json(text), std::move(value)));
}

Document Document::trusted(std::string text) { return Document(std::make_shared<const Body>(std::move(text))); }

Document Document::from(base::Json value) {
  std::string text = base::to_text(value);
  return Document(std::make_shared<const Body>(std::move(text), std::move(value)));
}

base::Result<Document> Document::from(const base::Json& value, const base::JsonLimits& limits) {
  // Read again, for its depth.
  return parse(base::to_text(value), limits);
}

std::string_view Document::text() const { return body_->text; }

const base::Json& Document::json() const {
  std::call_once(body_->once, [&] { body_->parsed = base::Json::parse(body_->text, nullptr, false); });
  return body_->parsed;
}

bool Document::operator==(const Document& other) const {
  return body_ == other.body_ || body_->text == other.body_->text || json() == other.json();
}

}  // namespace backplane::model
