#include "message.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdio>

namespace welcome_mail {
namespace {

constexpr std::size_t most_address = 254, most_name = 64, most_label = 63;
constexpr std::string_view line_end = "\r\n";

bool is_alphanumeric(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }
bool is_name_character(char c) {
  return is_alphanumeric(c) || (c != '\0' && std::string_view("!#$%&'*+-/=?^_`{|}~").find(c) != std::string_view::npos);
}
bool is_label_character(char c) { return is_alphanumeric(c) || c == '-'; }

// "-" is neither the first nor the last of a part of a host's name.
bool is_label(std::string_view part) {
  return part.size() <= most_label && part.front() != '-' && part.back() != '-' &&
         std::all_of(part.begin(), part.end(), is_label_character);
}
bool is_atom(std::string_view part) { return std::all_of(part.begin(), part.end(), is_name_character); }

// One part or more with single dots between.
bool is_dotted(std::string_view text, bool (*fits)(std::string_view)) {
  for (;;) {
    const std::string_view part = text.substr(0, text.find('.'));
    if (part.empty() || !fits(part)) return false;
    if (part.size() == text.size()) return true;
    text.remove_prefix(part.size() + 1);
  }
}

std::string base64(std::string_view bytes) {
  constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::string_view group = bytes.substr(i, 3);
    std::uint32_t bits = 0;
    for (std::size_t k = 0; k < 3; ++k)
      bits = bits << 8 | (k < group.size() ? static_cast<unsigned char>(group[k]) : 0u);
    for (std::size_t k = 0; k < 4; ++k) out += k <= group.size() ? digits[bits >> (18 - 6 * k) & 63] : '=';
  }
  return out;
}

bool is_printable(char c) { return c >= ' ' && c <= '~'; }

// Encoded words of RFC 2047, at most 75 characters each and a line each; no character of UTF-8 is cut.
std::string encoded_words(std::string_view text) {
  constexpr std::size_t most_bytes = 45;
  const auto continues = [&](std::size_t at) { return at < text.size() && (text[at] & 0xC0) == 0x80; };
  std::string out;
  while (!text.empty()) {
    std::size_t length = std::min(most_bytes, text.size());
    while (length > 1 && continues(length)) --length;
    out += (out.empty() ? "" : "\r\n ") + ("=?UTF-8?B?" + base64(text.substr(0, length)) + "?=");
    text.remove_prefix(length);
  }
  return out;
}

std::string unstructured(std::string_view text) {
  constexpr std::size_t most_plain = 60;
  const bool plain = text.size() <= most_plain && std::all_of(text.begin(), text.end(), is_printable) &&
                     text.find("=?") == std::string_view::npos;
  return plain ? std::string(text) : encoded_words(text);
}

std::string mailbox(std::string_view name, std::string_view address) {
  if (name.empty()) return std::string(address);
  const bool plain = std::all_of(name.begin(), name.end(), [](char c) { return is_alphanumeric(c) || c == ' '; });
  return (plain && name.size() <= 60 ? std::string(name) : encoded_words(name)) + " <" + std::string(address) + ">";
}

// "<018f-...@example.org>". Event ids may hold any printable character: all but the plainest are escaped.
std::string message_id(std::string_view event_id, std::string_view from) {
  std::string out = "<";
  for (const char c : event_id) {
    char escape[4];
    std::snprintf(escape, sizeof escape, "=%02X", static_cast<unsigned>(static_cast<unsigned char>(c)));
    out += is_label_character(c) ? std::string(1, c) : escape;
  }
  return out + std::string(from.substr(from.rfind('@'))) + ">";
}

// "Wed, 01 May 2024 12:00:00 +0000", in English whatever the locale.
std::string date(std::time_t time) {
  constexpr const char* days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr const char* months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  std::tm utc{};
  gmtime_r(&time, &utc);
  char text[64];
  std::snprintf(text, sizeof text, "%s, %02d %s %d %02d:%02d:%02d +0000", days[utc.tm_wday], utc.tm_mday,
                months[utc.tm_mon], utc.tm_year + 1900, utc.tm_hour, utc.tm_min, utc.tm_sec);
  return text;
}

// Base64 in lines of 76: no line of the body is too long, and none begins with a dot.
std::string encoded_body(std::string_view text) {
  std::string canonical;
  char before = '\0';
  for (const char c : text) {
    if (c == '\n' && before != '\r') canonical += '\r';
    canonical += before = c;
  }
  const std::string digits = base64(canonical);
  std::string out;
  for (std::size_t i = 0; i < digits.size(); i += 76) out.append(digits, i, 76).append(line_end);
  return out;
}

}  // namespace

std::optional<std::string> fault_of_address(std::string_view text) {
  const std::size_t at = text.find('@');
  const std::string_view name = text.substr(0, at);
  if (text.size() > most_address) return "has " + std::to_string(text.size()) + " bytes, wanted at most 254";
  if (at == std::string_view::npos) return "has no @";
  if (name.size() > most_name || !is_dotted(name, is_atom))
    return "has something else than letters, digits, !#$%&'*+-/=?^_`{|}~ and single dots before the @, or more than 64";
  if (!is_dotted(text.substr(at + 1), is_label)) return "has no host name after the @";
  return std::nullopt;
}

std::string text_of(const Message& message) {
  std::string out;
  const auto add = [&](std::string_view name, std::string_view value) {
    out.append(name).append(": ").append(value).append(line_end);
  };
  add("Date", date(message.time));
  add("From", mailbox(message.from_name, message.from));
  add("To", message.to);
  add("Message-ID", message_id(message.event_id, message.from));
  add("Subject", unstructured(message.subject));
  add("Auto-Submitted", "auto-generated");
  add("MIME-Version", "1.0");
  add("Content-Type", "text/plain; charset=utf-8");
  add("Content-Transfer-Encoding", "base64");
  return out.append(line_end).append(encoded_body(message.body));
}

std::string filled(std::string_view text, std::string_view email, std::string_view user_id) {
  constexpr std::string_view email_mark = "{email}", user_mark = "{user_id}";
  std::string out;
  while (!text.empty()) {
    const bool is_email = text.substr(0, email_mark.size()) == email_mark;
    const bool is_user = text.substr(0, user_mark.size()) == user_mark;
    out.append(is_email ? email : is_user ? user_id : text.substr(0, 1));
    text.remove_prefix(is_email ? email_mark.size() : is_user ? user_mark.size() : 1);
  }
  return out;
}

}  // namespace welcome_mail
