#include <nlohmann/json.hpp>

#include "base/json.hpp"
#include "http/route.hpp"
#include "http/view.hpp"

namespace backplane::http {
namespace {

constexpr std::string_view top = R"(<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Backplane</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 56rem; padding: 0 1rem; color: #1c2530; }
h1 { margin-bottom: 0; } h2 { margin-top: 2rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .3rem .8rem .3rem 0; border-bottom: 1px solid #dde3ea; vertical-align: top; }
code { font: 14px ui-monospace, monospace; overflow-wrap: anywhere; }
.muted { color: #5b6875; }
@media (prefers-color-scheme: dark) { body { background: #12181f; color: #e4e9ef; } a { color: #8fc1ff; }
th, td { border-color: #2c3642; } .muted { color: #9aa7b4; } }
</style>
</head>
<body>
<h1>Backplane</h1>
)";

std::string escaped(std::string_view text) {
  std::string html;
  for (const char c : text) {
    switch (c) {
      case '&': html.append("&amp;"); break;
      case '<': html.append("&lt;"); break;
      case '>': html.append("&gt;"); break;
      case '"': html.append("&quot;"); break;
      default: html.push_back(c);
    }
  }
  return html;
}

// A scalar as people write it, anything else as JSON.
std::string shown(const base::Json& value) {
  return escaped(value.is_string() ? value.get_ref<const std::string&>() : base::to_text(value));
}

std::string member(const base::Json& object, const char* name) {
  const auto found = object.find(name);
  return found == object.end() ? "" : shown(*found);
}

void append_types(std::string& html, const std::string& text) {
  html.append("<h2>Resource types</h2>\n<ul>\n");
  const auto types = base::parse_json(text);
  if (types && types->is_array()) {
    for (const base::Json& entry : *types) {
      const std::string type = entry.is_object() ? member(entry, "type") : shown(entry);
      html.append("<li><a href=\"/v1/resources/").append(type).append("\">").append(type).append("</a></li>\n");
    }
  }
  html.append("</ul>\n");
}

void append_plugins(std::string& html, const std::string& text) {
  html.append("<h2>Plugins</h2>\n<table><tr><th>id</th><th>version</th><th>state</th></tr>\n");
  const auto plugins = base::parse_json(text);
  if (plugins && plugins->is_array()) {
    for (const base::Json& plugin : *plugins) {
      if (!plugin.is_object()) continue;
      html.append("<tr><td><code>").append(member(plugin, "id")).append("</code></td><td>").append(member(plugin, "version"));
      html.append("</td><td>").append(member(plugin, "state")).append("</td></tr>\n");
    }
  }
  html.append("</table>\n");
}

void append_routes(std::string& html) {
  html.append("<h2>Routes</h2>\n<table><tr><th>method</th><th>path</th><th></th></tr>\n");
  for (const Route& route : routes()) {
    const bool linked = route.method == Method::get && route.path.find('{') == std::string_view::npos && route.path != "/v1/hooks";
    html.append("<tr><td>").append(name_of(route.method)).append("</td><td><code>");
    if (linked) html.append("<a href=\"").append(route.path).append("\">");
    html.append(escaped(route.path)).append(linked ? "</a>" : "").append("</code></td><td class=\"muted\">");
    html.append(escaped(route.summary)).append("</td></tr>\n");
  }
  html.append("</table>\n");
}

}  // namespace

Response view_page(const Call&, const House& house) {
  Response response{.content_type = html_media_type};
  std::string& html = response.body;
  html.append(top);
  const bool ready = !house.draining && house.surroundings.ready();
  html.append("<p class=\"muted\">").append(ready ? "Ready for operations." : "Not ready for operations.").append("</p>\n");
  append_types(html, house.surroundings.types());
  append_plugins(html, house.surroundings.plugins());
  append_routes(html);
  html.append("</body>\n</html>\n");
  response.fields =
      "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n"
      "Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'\r\n";
  return response;
}

}  // namespace backplane::http
