// backplane manifest schema|reference
#include <ostream>

#include "app/command.hpp"
#include "manifest/describe.hpp"

namespace backplane::app {

ExitCode carry_out(const ManifestOptions& options, Context& context) {
  std::string text;
  switch (options.document) {
    case ManifestDocument::schema: text = manifest::manifest_json_schema(); break;
    case ManifestDocument::reference: text = manifest::manifest_reference(); break;
  }
  context.console.out << text << (text.ends_with('\n') ? "" : "\n");
  return ExitCode::done;
}

}  // namespace backplane::app
