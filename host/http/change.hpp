// What concerns the host itself, and is answered on a thread of its own, because it takes its time.
#pragma once

#include "http/message.hpp"
#include "http/view.hpp"

namespace backplane::http {

// `call` is a copy without its head: it may outlive the connection.
Response answer_reload(const Call& call, const House& house);
Response answer_plugin_reload(const Call& call, const House& house);
Response answer_recorded(const Call& call, const House& house);

}  // namespace backplane::http
