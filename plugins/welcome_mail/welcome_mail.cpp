// Sends a mail to each user who has registered, by SMTP.
#include <curl/curl.h>
#include <dlfcn.h>
#include <backplane/backplane.hpp>

#include <algorithm>
#include <chrono>
#include <memory>

#include "message.hpp"

using namespace backplane::sdk;

namespace {

using std::chrono::milliseconds;
using welcome_mail::fault_of_address;

// Kept back from the handler's time, so that libcurl gives up before the host does.
constexpr milliseconds margin{50};

// libcurl, ready for any thread. It stays loaded when this plugin goes: a thread of its resolver's may still be at
// work.
void prepare_curl() {
  Dl_info found{};
  if (dladdr(reinterpret_cast<void*>(&curl_easy_init), &found) != 0)
    static_cast<void>(dlopen(found.dli_fname, RTLD_LAZY | RTLD_NOLOAD | RTLD_NODELETE));
  if (const CURLcode code = curl_global_init(CURL_GLOBAL_DEFAULT); code != CURLE_OK)
    throw Error(Status::plugin_fault, std::string("libcurl: ") + curl_easy_strerror(code));
}

// One conversation with the server.
class Transfer {
 public:
  Transfer() : curl_(curl_easy_init()) {
    if (!curl_) throw Error(Status::plugin_fault, "libcurl: out of memory");
    set(CURLOPT_ERRORBUFFER, error_);
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    set(CURLOPT_PROXY, "");
  }

  template <class T>
  void set(CURLoption option, T value) {
    if (const CURLcode code = curl_easy_setopt(curl_.get(), option, value); code != CURLE_OK)
      throw Error(Status::plugin_fault, std::string("libcurl: ") + curl_easy_strerror(code));
  }

  void to(std::string_view address) {
    recipients_.reset(curl_slist_append(nullptr, ("<" + std::string(address) + ">").c_str()));
    set(CURLOPT_MAIL_RCPT, recipients_.get());
  }

  CURLcode send(std::string_view text) {
    set(CURLOPT_UPLOAD, 1L);
    set(CURLOPT_READFUNCTION, &Transfer::read);
    set(CURLOPT_READDATA, static_cast<void*>(&text));
    return curl_easy_perform(curl_.get());
  }

  // The server's last reply, a number of three digits, or 0.
  long reply() const {
    long code = 0;
    curl_easy_getinfo(curl_.get(), CURLINFO_RESPONSE_CODE, &code);
    return code;
  }
  std::string why(CURLcode code) const { return error_[0] != '\0' ? error_ : curl_easy_strerror(code); }

 private:
  static std::size_t read(char* to, std::size_t size, std::size_t count, void* from) {
    auto& rest = *static_cast<std::string_view*>(from);
    const std::size_t length = rest.copy(to, size * count);
    rest.remove_prefix(length);
    return length;
  }

  struct Free {
    void operator()(CURL* curl) const { curl_easy_cleanup(curl); }
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
  };
  std::unique_ptr<curl_slist, Free> recipients_;
  std::unique_ptr<CURL, Free> curl_;
  char error_[CURL_ERROR_SIZE] = "";
};

class WelcomeMail : public Plugin {
 public:
  explicit WelcomeMail(Host host)
      : Plugin(host),
        server_(text("/server")),
        from_(text("/from")),
        from_name_(text("/from_name")),
        subject_(text("/subject", "Welcome")),
        body_(text("/body", "Hello,\n\nyour account {user_id} is ready.\n")),
        user_(text("/user")),
        password_(text("/password")),
        ca_file_(text("/ca_file")),
        tls_(text("/tls", "try")),
        timeout_(host.config().integer("/timeout_ms").value_or(10000)) {
    if (const auto fault = fault_of_address(from_))
      throw Error(Status::invalid_argument, "from: the address " + *fault);
    const bool encrypts = tls_ == "required" || server_.rfind("smtps:", 0) == 0;
    if (!user_.empty() && !encrypts)
      throw Error(Status::invalid_argument,
                  "user: wanted tls: required or an smtps:// server, so that nobody reads the password");
    prepare_curl();
    on_event<events::UserRegistered>(&WelcomeMail::welcome).background().named("welcome");
  }

 private:
  std::string text(std::string_view pointer, std::string_view otherwise = {}) const {
    return std::string(host().config().string(pointer).value_or(otherwise));
  }

  long starttls() const {
    if (tls_ == "none") return CURLUSESSL_NONE;
    return tls_ == "required" ? CURLUSESSL_ALL : CURLUSESSL_TRY;
  }

  void welcome(const events::UserRegistered& user, Event& event) {
    if (const auto fault = fault_of_address(user.email)) return refuse(event, "the address " + *fault);
    welcome_mail::Message message;
    message.from = from_;
    message.from_name = from_name_;
    message.to = user.email;
    message.subject = subject_;
    const std::string body = welcome_mail::filled(body_, user.email, user.user_id);
    message.body = body;
    message.event_id = event.id();
    message.time = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
    send(message, event);
  }

  void send(const welcome_mail::Message& message, const Event& event) {
    const auto left = std::chrono::duration_cast<milliseconds>(event.remaining()) - margin;
    if (left <= milliseconds(0)) throw Error(Status::timeout, server_ + ": no time is left for it");
    Transfer transfer;
    transfer.set(CURLOPT_URL, server_.c_str());
    transfer.set(CURLOPT_USE_SSL, starttls());
    if (!ca_file_.empty()) transfer.set(CURLOPT_CAINFO, ca_file_.c_str());
    if (!user_.empty()) {
      transfer.set(CURLOPT_USERNAME, user_.c_str());
      transfer.set(CURLOPT_PASSWORD, password_.c_str());
    }
    transfer.set(CURLOPT_TIMEOUT_MS, static_cast<long>(std::min(left, timeout_).count()));
    transfer.set(CURLOPT_MAIL_FROM, ("<" + from_ + ">").c_str());
    transfer.to(message.to);
    const CURLcode code = transfer.send(welcome_mail::text_of(message));
    if (code == CURLE_OK) return;
    // The server does not want this recipient: whoever registers such addresses must not look like a fault of ours.
    if (code == CURLE_SEND_ERROR && transfer.reply() >= 550 && transfer.reply() <= 559)
      return refuse(event, server_ + " refused it with " + std::to_string(transfer.reply()));
    throw Error(Status::unavailable, server_ + ": " + transfer.why(code));
  }

  void refuse(const Event& event, const std::string& why) const {
    host().warning("no mail for event " + std::string(event.id()) + ": " + why);
  }

  const std::string server_, from_, from_name_, subject_, body_, user_, password_, ca_file_, tls_;
  const milliseconds timeout_;
};

}  // namespace

BACKPLANE_PLUGIN(WelcomeMail, {
  "id": "welcome-mail",
  "version": "1.0.0",
  "description": "Sends a mail to each user who has registered.",
  "events": { "subscribe": ["user.registered"] },
  "config_schema": {
    "type": "object",
    "properties": {
      "server": {
        "type": "string", "pattern": "^smtps?://[^/?#@ ]+$",
        "description": "The mail server: smtp://host:port, or smtps://host:port for TLS from the first byte."
      },
      "from": { "type": "string", "description": "The address that mails come from." },
      "from_name": { "type": "string", "description": "The name beside it." },
      "subject": { "type": "string", "description": "The subject; default: Welcome." },
      "body": { "type": "string", "description": "The text; {email} and {user_id} are replaced." },
      "tls": {
        "enum": ["none", "try", "required"],
        "description": "STARTTLS on an smtp:// server: never, if it offers it (default), or no mail without it."
      },
      "ca_file": { "type": "string", "minLength": 1, "description": "Certificates to trust instead of the system's." },
      "user": { "type": "string", "minLength": 1, "description": "The name to log in by; wants TLS." },
      "password": { "type": "string", "description": "The password; file:<path> keeps it out of the manifest." },
      "timeout_ms": {
        "type": "integer", "minimum": 1, "maximum": 3600000,
        "description": "Time for one mail, at most what is left of the deadline; default: 10000."
      }
    },
    "required": ["server", "from"],
    "additionalProperties": false
  }
});
