// backplane resource create|get|update|modify|patch|delete|restore|purge|switch
#include "app/argument_text.hpp"
#include "app/command.hpp"
#include "app/resource_request.hpp"

namespace backplane::app {

ExitCode carry_out(const ResourceOptions& options, Context& context) {
  std::string document;
  if (takes_document(options.verb)) {
    auto text = text_of_argument(options.document, context.console.in);
    if (!text) return report(context, text.error());
    document = std::move(*text);
  }
  auto request = request_of(options, std::move(document));
  if (!request) return report(context, request.error());
  return ask_and_print(context, std::move(*request));
}

}  // namespace backplane::app
