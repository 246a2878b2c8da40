#include "post.hpp"

#include <curl/curl.h>
#include <dlfcn.h>
#include <unistd.h>
#include <backplane/error.hpp>

#include <memory>

#include "public_address.hpp"

namespace webhooks {
namespace {

using backplane::sdk::Error;
using backplane::sdk::Status;

constexpr std::size_t most_answer = 64 << 10;  // bytes of a body that are read, and thrown away

struct Free {
  void operator()(CURL* curl) const { curl_easy_cleanup(curl); }
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
  void operator()(char* text) const { curl_free(text); }
};

[[noreturn]] void fail(const std::string& why) { throw Error(Status::plugin_fault, "libcurl: " + why); }

template <class T>
void set(CURL* curl, CURLoption option, T value) {
  if (const CURLcode code = curl_easy_setopt(curl, option, value); code != CURLE_OK) fail(curl_easy_strerror(code));
}

// What the callbacks share.
struct Way {
  Addresses addresses;
  bool refused = false;
  std::size_t read = 0;
};

// Where libcurl is about to connect to, whatever the name resolved to this time, and for each address that it tries.
curl_socket_t open_socket(void* user_data, curlsocktype, curl_sockaddr* to) {
  auto& way = *static_cast<Way*>(user_data);
  if (way.addresses == Addresses::public_only && !is_public(&to->addr)) {
    way.refused = true;
    return CURL_SOCKET_BAD;
  }
  return ::socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
}

std::size_t discard(char*, std::size_t size, std::size_t count, void* user_data) {
  auto& way = *static_cast<Way*>(user_data);
  way.read += size * count;
  return way.read <= most_answer ? size * count : 0;
}

std::unique_ptr<curl_slist, Free> list_of(const std::vector<std::string>& headers) {
  std::unique_ptr<curl_slist, Free> list;
  for (const std::string& header : headers) {
    curl_slist* const longer = curl_slist_append(list.get(), header.c_str());
    if (longer == nullptr) fail("out of memory");
    static_cast<void>(list.release());
    list.reset(longer);
  }
  return list;
}

void describe(CURL* curl, const Post& post, curl_slist* headers, Way& way) {
  set(curl, CURLOPT_URL, post.url.c_str());
  set(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  set(curl, CURLOPT_FOLLOWLOCATION, 0L);
  set(curl, CURLOPT_PROXY, "");  // not even that of the environment: it would connect for us, wherever to
  set(curl, CURLOPT_NOSIGNAL, 1L);
  set(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(post.timeout.count()));
  set(curl, CURLOPT_HTTPHEADER, headers);
  set(curl, CURLOPT_USERAGENT, "backplane-webhooks/1.0");
  set(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(post.body.size()));
  set(curl, CURLOPT_POSTFIELDS, post.body.c_str());
  set(curl, CURLOPT_OPENSOCKETFUNCTION, &open_socket);
  set(curl, CURLOPT_OPENSOCKETDATA, static_cast<void*>(&way));
  set(curl, CURLOPT_WRITEFUNCTION, &discard);
  set(curl, CURLOPT_WRITEDATA, static_cast<void*>(&way));
}

}  // namespace

void prepare_curl() {
  // It stays loaded when this plugin goes: a thread of its resolver's may still be at work.
  Dl_info found{};
  if (dladdr(reinterpret_cast<void*>(&curl_easy_init), &found) != 0)
    static_cast<void>(dlopen(found.dli_fname, RTLD_LAZY | RTLD_NOLOAD | RTLD_NODELETE));
  if (const CURLcode code = curl_global_init(CURL_GLOBAL_DEFAULT); code != CURLE_OK) fail(curl_easy_strerror(code));
}

std::string fault_of_url(const std::string& url) {
  const std::unique_ptr<CURLU, Free> parsed(curl_url());
  if (!parsed) fail("out of memory");
  if (curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), CURLU_NON_SUPPORT_SCHEME) != CURLUE_OK)
    return "it is none";
  char* part = nullptr;
  if (curl_url_get(parsed.get(), CURLUPART_SCHEME, &part, 0) != CURLUE_OK) return "it has no scheme";
  const std::unique_ptr<char, Free> scheme(part);
  const std::string found = scheme.get();
  return found == "http" || found == "https" ? "" : "its scheme is " + found;
}

Posted send(const Post& post) {
  const std::unique_ptr<CURL, Free> curl(curl_easy_init());
  if (!curl) fail("out of memory");
  char error[CURL_ERROR_SIZE] = "";
  Way way{post.addresses};
  const auto headers = list_of(post.headers);
  describe(curl.get(), post, headers.get(), way);
  set(curl.get(), CURLOPT_ERRORBUFFER, error);

  CURLcode code = curl_easy_perform(curl.get());
  if (code == CURLE_WRITE_ERROR) code = CURLE_OK;  // a long answer: its status is all that counts
  Posted posted;
  posted.timed_out = code == CURLE_OPERATION_TIMEDOUT;
  if (code == CURLE_OK) {
    curl_off_t seconds = 0;
    curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &posted.status);
    curl_easy_getinfo(curl.get(), CURLINFO_RETRY_AFTER, &seconds);
    if (posted.status == 429 || posted.status == 503) posted.retry_after = std::chrono::seconds(seconds);
  } else if (way.refused && code == CURLE_COULDNT_CONNECT) {
    posted.failure = "its address is not a public one (allow_private)";
  } else {
    posted.failure = error[0] != '\0' ? error : curl_easy_strerror(code);
  }
  return posted;
}

}  // namespace webhooks
