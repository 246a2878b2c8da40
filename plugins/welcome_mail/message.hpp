// A mail as text, headers and body, and what may be an address in it (RFC 5322, 2045, 2047). Plain functions: any
// thread.
#pragma once

#include <ctime>
#include <optional>
#include <string>
#include <string_view>

namespace welcome_mail {

// Nothing for an address that can stand in a header and in a command of SMTP as it is: a name of letters, digits and
// !#$%&'*+-/=?^_`{|}~ with single dots between, "@", a host name; ASCII, at most 254 bytes. Otherwise what is wrong
// with it, without its text. Quoted names, display names, comments and lists of addresses are none.
std::optional<std::string> fault_of_address(std::string_view text);

struct Message {
  std::string_view from, from_name;  // an address; its owner's name, or empty
  std::string_view to;               // an address
  std::string_view subject, body;    // UTF-8; line breaks of the body are "\n" or "\r\n"
  std::string_view event_id;         // what the Message-ID is made of: the same event, the same id
  std::time_t time = 0;
};

// The whole message, lines of at most 998 bytes that end with CRLF. Whatever is not printable ASCII is encoded: no text
// can begin a header of its own.
std::string text_of(const Message& message);

// `text` with each {email} and {user_id} replaced. What was put in is not looked at again.
std::string filled(std::string_view text, std::string_view email, std::string_view user_id);

}  // namespace welcome_mail
