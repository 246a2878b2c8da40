#include <memory>

#include "app/definition.hpp"

namespace backplane::app {
namespace {

using Shared = std::shared_ptr<ResourceOptions>;

// A verb of `resource`: its TYPE and, for all but create, its ID come first.
CLI::App& add_verb(CLI::App& resource, Invocation& into, Verb verb, const Shared& options, const std::string& name,
                   const std::string& description, const std::string& examples) {
  CLI::App& command = add_command(resource, name, description, examples);
  command.add_option("TYPE", options->type, "The resource type")->required()->type_name("");
  if (verb != Verb::create) command.add_option("ID", options->id, "The resource's id")->required()->type_name("");
  options->verb = verb;
  command.callback([options, &into] { into.command = *options; });
  return command;
}

void add_document(CLI::App& command, const Shared& options, const std::string& name) {
  command.add_option(name, options->document, "JSON text, @FILE, or - for standard input (default)")->type_name("");
}

void add_status(CLI::App& command, const Shared& options) {
  command.add_option("--status", options->status, "Status of the revision that is written")
      ->type_name("STATUS")
      ->check(CLI::IsMember({"stable", "draft"}));
}

void add_write_options(CLI::App& command, Invocation& into, const Shared& options) {
  if (options->verb != Verb::create)
    command.add_option("--if-match", options->if_match, "Only if this revision (3, or 3.2 for an edited draft) is current")
        ->type_name("REVISION");
  command.add_option("--idempotency-key", options->idempotency_key, "A repeat with this key gets the stored answer")
      ->type_name("KEY");
  command.add_flag("--dry-run", options->dry_run, "Do all but the commit and tell what each handler did");
  add_connection_options(command, into);
  add_json_option(command, into);
}

void define_writes(CLI::App& resource, Invocation& into) {
  auto create = std::make_shared<ResourceOptions>();
  auto& created = add_verb(resource, into, Verb::create, create, "create", "Make a new resource",
                           "backplane resource create note '{\"title\": \"First\"}'\n"
                           "backplane resource create note @note.json --id first --status draft");
  add_document(created, create, "DOCUMENT");
  created.add_option("--id", create->id, "Its id; default: a new UUIDv7")->type_name("ID");
  add_status(created, create);
  add_write_options(created, into, create);

  auto update = std::make_shared<ResourceOptions>();
  auto& updated = add_verb(resource, into, Verb::update, update, "update", "Replace a document: a new revision",
                           "backplane resource update note first @note.json --if-match 3");
  add_document(updated, update, "DOCUMENT");
  add_status(updated, update);
  add_write_options(updated, into, update);

  auto modify = std::make_shared<ResourceOptions>();
  auto& modified = add_verb(resource, into, Verb::modify, modify, "modify", "Edit the current draft revision in place",
                            "backplane resource modify note first '{\"title\": \"Better\"}'");
  add_document(modified, modify, "DOCUMENT");
  add_status(modified, modify);
  add_write_options(modified, into, modify);

  auto patch = std::make_shared<ResourceOptions>();
  auto& patched = add_verb(resource, into, Verb::patch, patch, "patch", "Change parts of a document: a new revision",
                           "backplane resource patch note first '{\"done\": true}'\n"
                           "backplane resource patch note first '[{\"op\": \"remove\", \"path\": \"/done\"}]'");
  add_document(patched, patch, "PATCH");
  auto* merge = patched.add_flag_callback("--merge", [patch] { patch->patch_kind = PatchKind::merge_patch; },
                                          "The patch is a merge patch (RFC 7396); default unless it is an array");
  patched.add_flag_callback("--json-patch", [patch] { patch->patch_kind = PatchKind::json_patch; },
                            "The patch is a JSON Patch (RFC 6902); default if it is an array")
      ->excludes(merge);
  add_status(patched, patch);
  add_write_options(patched, into, patch);
}

void define_lifecycle(CLI::App& resource, Invocation& into) {
  struct Row {
    Verb verb;
    const char* name;
    const char* description;
  };
  const Row rows[] = {
      {Verb::remove, "delete", "Delete a resource; `restore` brings it back"},
      {Verb::restore, "restore", "Bring a deleted resource back"},
      {Verb::purge, "purge", "Remove a resource and all its revisions for good"},
  };
  for (const Row& row : rows) {
    auto options = std::make_shared<ResourceOptions>();
    auto& command = add_verb(resource, into, row.verb, options, row.name, row.description,
                             std::string("backplane resource ") + row.name + " note first");
    add_write_options(command, into, options);
  }
  auto options = std::make_shared<ResourceOptions>();
  auto& switched = add_verb(resource, into, Verb::switch_to, options, "switch", "Make another revision the current one",
                            "backplane resource switch note first --revision 2");
  switched.add_option("--revision", options->revision, "Which one")->required()->type_name("N")->check(CLI::PositiveNumber);
  add_write_options(switched, into, options);
}

void define_get(CLI::App& resource, Invocation& into) {
  auto options = std::make_shared<ResourceOptions>();
  auto& command = add_verb(resource, into, Verb::get, options, "get", "Print a resource",
                           "backplane resource get note first\nbackplane resource get note first --revision 2");
  command.add_option("--revision", options->revision, "This revision instead of the current one")
      ->type_name("N")
      ->check(CLI::PositiveNumber);
  command.add_flag("--deleted", options->deleted, "Also when it is deleted");
  add_connection_options(command, into);
  add_json_option(command, into);
}

void define_pages(CLI::App& resource, Invocation& into) {
  auto search = std::make_shared<PageOptions>();
  auto& found = add_command(resource, "search", "Search the resources of a type",
                            "backplane resource search note --filter '/priority>=3' --sort=-/priority,id --limit 20\n"
                            "backplane resource search note --filter '/title^=Fi' --filter status=draft --all");
  found.add_option("TYPE", search->type, "The resource type")->required()->type_name("");
  found.add_option("--filter", search->filters, "All must hold, at most 16; a field is id, status, ... or an indexed /member; = != < <= > >= ^= (begins with)")
      ->type_name("FIELD=VALUE")
      ->allow_extra_args(false);
  found.add_option("--sort", search->sort, "Fields, at most 8; a - before one for descending")->type_name("[-]FIELD,...");
  found.add_option("--cursor", search->cursor, "Go on from a page's `next`")->type_name("CURSOR");
  found.add_flag("--total", search->total, "Also count all that match");
  auto* only = found.add_flag("--deleted-only", search->deleted_only, "Deleted ones only");
  found.add_flag("--deleted", search->deleted, "Deleted ones too")->excludes(only);

  auto revisions = std::make_shared<PageOptions>();
  revisions->revisions = true;
  auto& listed = add_command(resource, "revisions", "List the revisions of a resource", "backplane resource revisions note first");
  listed.add_option("TYPE", revisions->type, "The resource type")->required()->type_name("");
  listed.add_option("ID", revisions->id, "The resource's id")->required()->type_name("");
  listed.add_option("--after", revisions->after, "Only those after this one")->type_name("N");
  listed.add_flag("--deleted", revisions->deleted, "Also when it is deleted");

  for (auto [command, options] : {std::pair{&found, search}, std::pair{&listed, revisions}}) {
    command->add_option("--limit", options->limit, "At most so many in a page")->type_name("N")->check(CLI::PositiveNumber);
    command->add_flag("--all", options->all, "All pages, as one");
    add_connection_options(*command, into);
    add_json_option(*command, into);
    command->callback([options, &into] { into.command = *options; });
  }
}

void define_transfers(CLI::App& root, Invocation& into) {
  auto dump = std::make_shared<DumpOptions>();
  auto& dumped = add_command(root, "dump", "Write every resource, or those of some types, as a checksummed stream",
                             "backplane dump -o backup.dump\nbackplane dump --type note --type tag | gzip > notes.dump.gz");
  dumped.add_option("--type", dump->types, "Only this type; may be given several times")->type_name("TYPE")->allow_extra_args(false);
  dumped.add_option("-o,--output", dump->file, "Write to this file; it appears when the dump is whole")->type_name("FILE");
  dumped.add_option("--after", dump->after, "Only what comes after this resource: the rest of a dump that was cut")
      ->type_name("TYPE/ID");
  dumped.callback([dump, &into] { into.command = *dump; });

  auto load = std::make_shared<LoadOptions>();
  auto& loaded = add_command(root, "load", "Load the resources of a dump",
                             "backplane load backup.dump\ngunzip -c notes.dump.gz | backplane load - --on-conflict skip");
  loaded.add_option("FILE", load->file, "The dump, or - for standard input")->required()->type_name("FILE");
  loaded.add_option("--on-conflict", load->on_conflict, "What to do with a resource that exists already")
      ->capture_default_str()
      ->type_name("WAY")
      ->check(CLI::IsMember({"fail", "skip", "overwrite"}));
  loaded.add_option("--skip", load->skip, "Leave out the first N resources: to go on with a load that was cut")->type_name("N");
  loaded.callback([load, &into] { into.command = *load; });

  for (CLI::App* command : {&dumped, &loaded}) {
    command->add_flag("--progress", into.output.progress, "Tell progress also where standard error is no terminal");
    add_connection_options(*command, into);
    add_json_option(*command, into);
  }
}

}  // namespace

void define_data_commands(CLI::App& root, Invocation& into) {
  auto& resource = add_command(root, "resource", "Read and write the resources of the running host",
                               "backplane resource get note first\nbackplane resource create --help");
  resource.require_subcommand(1);
  define_writes(resource, into);
  define_get(resource, into);
  define_lifecycle(resource, into);
  define_pages(resource, into);
  define_transfers(root, into);
}

}  // namespace backplane::app
