// What Standard Webhooks signs with and how (https://www.standardwebhooks.com); the cryptography is OpenSSL's. Plain
// functions: any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace webhooks {

// The key behind a secret: "whsec_" and the Base64 of 24 to 64 bytes. Nothing: it is none.
std::optional<std::string> key_of(std::string_view secret);

// A new secret of 32 random bytes.
std::string new_secret();

// "v1,<Base64 of HMAC-SHA256>" over "id.timestamp.payload". `id` holds no dot.
std::string signature(std::string_view key, std::string_view id, std::int64_t timestamp, std::string_view payload);

// 32 hexadecimal digits of SHA-256 over both texts.
std::string digest(std::string_view first, std::string_view second);

}  // namespace webhooks
