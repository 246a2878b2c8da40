#include "signature.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <backplane/error.hpp>

#include <cstdio>

namespace webhooks {
namespace {

using backplane::sdk::Error;
using backplane::sdk::Status;

constexpr std::string_view prefix = "whsec_";
constexpr std::size_t least_key = 24, most_key = 64, new_key = 32;

const unsigned char* bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

void require(bool done, const char* what) {
  if (!done) throw Error(Status::plugin_fault, std::string("OpenSSL: ") + what + " failed");
}

std::string base64(std::string_view text) {
  std::string out((text.size() + 2) / 3 * 4 + 1, '\0');  // and the zero that OpenSSL writes behind it
  const int length =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()), bytes(text), static_cast<int>(text.size()));
  out.resize(static_cast<std::size_t>(length));
  return out;
}

}  // namespace

std::optional<std::string> key_of(std::string_view secret) {
  if (secret.substr(0, prefix.size()) != prefix) return std::nullopt;
  const std::string_view digits = secret.substr(prefix.size());
  const std::size_t padding = digits.size() - digits.find_last_not_of('=') - 1;
  if (digits.empty() || digits.size() % 4 != 0 || digits.size() > most_key * 2 || padding > 2) return std::nullopt;
  std::string key(digits.size() / 4 * 3, '\0');
  const int length =
      EVP_DecodeBlock(reinterpret_cast<unsigned char*>(key.data()), bytes(digits), static_cast<int>(digits.size()));
  if (length != static_cast<int>(key.size())) return std::nullopt;
  key.resize(key.size() - padding);
  if (key.size() < least_key || key.size() > most_key) return std::nullopt;
  // What reads back otherwise had white space in it, which OpenSSL passes over, or bits too many.
  return base64(key) == digits ? std::optional(key) : std::nullopt;
}

std::string new_secret() {
  std::string key(new_key, '\0');
  require(RAND_bytes(reinterpret_cast<unsigned char*>(key.data()), static_cast<int>(key.size())) == 1, "RAND_bytes");
  return std::string(prefix) + base64(key);
}

std::string signature(std::string_view key, std::string_view id, std::int64_t timestamp, std::string_view payload) {
  const std::string content = std::string(id) + "." + std::to_string(timestamp) + "." + std::string(payload);
  unsigned char mac[EVP_MAX_MD_SIZE];
  unsigned int length = 0;
  require(HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), bytes(content), content.size(), mac, &length) !=
              nullptr,
          "HMAC");
  return "v1," + base64({reinterpret_cast<const char*>(mac), length});
}

std::string digest(std::string_view first, std::string_view second) {
  const std::string content = std::to_string(first.size()) + ":" + std::string(first) + std::string(second);
  unsigned char hash[EVP_MAX_MD_SIZE];
  unsigned int length = 0;
  require(EVP_Digest(content.data(), content.size(), hash, &length, EVP_sha256(), nullptr) == 1, "EVP_Digest");
  std::string out;
  for (unsigned int i = 0; i < 16; ++i) {
    char digits[3];
    std::snprintf(digits, sizeof digits, "%02x", static_cast<unsigned>(hash[i]));
    out += digits;
  }
  return out;
}

}  // namespace webhooks
