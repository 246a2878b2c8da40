// One HTTP POST, by libcurl: no redirect is followed, no proxy asked, nothing but http and https spoken.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace webhooks {

enum class Addresses { public_only, any };

struct Post {
  std::string url;
  std::vector<std::string> headers;  // "name: value"
  std::string body;
  std::chrono::milliseconds timeout{};  // from the first look-up to the last byte
  Addresses addresses = Addresses::public_only;
};

struct Posted {
  long status = 0;                     // of the answer; 0: there was none
  std::string failure;                 // why there was none, without the URL
  bool timed_out = false;              // that is why
  std::chrono::seconds retry_after{};  // what an answer 429 or 503 asked for, or 0
};

// Once in each plugin's life, before the first send().
void prepare_curl();

// Nothing for an http or https URL with a host, else what is wrong with it, without its text.
std::string fault_of_url(const std::string& url);

// Blocks until it is answered or its time is up. Any thread.
Posted send(const Post& post);

}  // namespace webhooks
