// The functions of the host's table that read documents; their contracts stand in backplane.h. A NULL document reads as one
// in which nothing is found.
#pragma once

#include <backplane/backplane.h>

#include <cstdint>

namespace backplane::plugin {

bp_string document_json(const bp_document* document);
std::int32_t document_get(const bp_document* document, const bp_pointer* pointer, bp_value* out);
std::int32_t document_find(const bp_document* document, bp_string pointer, bp_value* out);
std::int32_t document_each(const bp_document* document, bp_string pointer, bp_each_fn each, void* user_data);
std::int32_t document_text(const bp_document* document, bp_string pointer, void (*receive)(void*, bp_string), void* user_data);

}  // namespace backplane::plugin
