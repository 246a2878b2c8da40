// Documents as nlohmann::json and as structs of your own. Optional: include it beside backplane.hpp where
// nlohmann_json (3.9 or later) is at hand.
//
//   struct Note { std::string title; int pages; };
//   NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Note, title, pages)
//
//   Note note = input_as<Note>(op);
//   note.pages += 1;
//   replace(op, note);
#pragma once

#include <backplane/operation.hpp>

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace backplane::sdk {

// The document as nlohmann::json; null when there is none.
inline nlohmann::json to_json(const Document& document) {
  return document ? nlohmann::json::parse(document.json()) : nlohmann::json();
}

// The document, or a text such as Resource::json(), as a T that nlohmann_json knows. Error invalid_document when a
// member is missing or of another type, with nlohmann_json's own words.
template <class T>
T as(std::string_view json) {
  try {
    return nlohmann::json::parse(json).template get<T>();
  } catch (const nlohmann::json::exception& error) {
    throw Error(Status::invalid_document, error.what());
  }
}
template <class T>
T as(const Document& document) {
  return as<T>(document.json());
}
template <class T>
T input_as(const Operation& op) {
  return as<T>(op.input());
}

// The other way: JSON text for whatever wants one (Host::create, Rejection's details, Json::raw).
template <class T>
std::string text_of(const T& value) {
  return nlohmann::json(value).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

// Replaces the document to be written.
template <class T>
void replace(Operation& op, const T& value) {
  op.replace(text_of(value));
}

}  // namespace backplane::sdk
