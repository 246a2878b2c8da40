#include "plugin/trial_load.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>
#include <string_view>

#include "plugin/probe_process.hpp"

namespace backplane::plugin {
namespace {

using base::Code;
using base::Error;
using base::Result;
using Outcome = Result<std::chrono::microseconds>;
using Outcomes = std::vector<Outcome>;

// Takes the first word off the line.
std::string_view next_word(std::string_view& line) {
  const auto space = std::min(line.find(' '), line.size());
  const auto word = line.substr(0, space);
  line.remove_prefix(std::min(space + 1, line.size()));
  return word;
}

template <class T>
std::optional<T> number_from(std::string_view text) {
  T number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

Error fault(std::string found) {
  return {Code::plugin_fault, "wanted it to load in a trial process, found: " + std::move(found)};
}

// The loader's words without the file's own name, and with the cause where they are known to puzzle.
std::string explained(std::string_view words, const std::filesystem::path& file) {
  const std::string path = file.string() + ": ";
  if (words.starts_with(path)) words.remove_prefix(path.size());
  std::string text(words);
  if (words.starts_with("undefined symbol"))
    text += " (the library was linked without what defines it; link with -Wl,-z,defs to see this when building)";
  if (words.find("cannot open shared object file") != std::string_view::npos)
    text += " (a library that it needs is not where the loader looks; the folder of the plugin's own file is not searched)";
  return text;
}

// One run of the probe over the files: the outcomes of as many of them, from the first on, as it lived to see.
class Run {
 public:
  Run(std::span<const std::filesystem::path> files, std::chrono::milliseconds deadline) : files_(files), deadline_(deadline) {}

  Outcomes in(ProbeProcess probe) {
    while (const auto line = probe.next_line(deadline_)) take(*line);
    if (step_.empty() || outcomes_.size() == files_.size()) return std::move(outcomes_);
    const std::string_view what = step_ == "open" ? "while its static constructors ran: " : "while its entry function ran: ";
    outcomes_.emplace_back(fault(std::string(what) + probe.how_it_ended()));
    return std::move(outcomes_);
  }

 private:
  // Lines come in the order of the files; what is not of the protocol is left aside.
  void take(std::string_view line) {
    const auto word = next_word(line);
    if (number_from<std::size_t>(next_word(line)) != outcomes_.size() || outcomes_.size() == files_.size()) return;
    if (word == "open" || word == "entry") {
      step_ = word;
    } else if (word == "good" || word == "bad") {
      const auto took = number_from<std::chrono::microseconds::rep>(line);
      const std::filesystem::path& file = files_[outcomes_.size()];
      outcomes_.push_back(word == "good" && took ? Outcome(std::chrono::microseconds(*took)) : Outcome(fault(explained(line, file))));
      step_.clear();
    }
  }

  std::span<const std::filesystem::path> files_;
  std::chrono::milliseconds deadline_;
  std::string step_;  // of the file at hand: "open", "entry"; empty: none is
  Outcomes outcomes_;
};

}  // namespace

Outcomes trial_load(const std::filesystem::path& probe, std::span<const std::filesystem::path> files,
                    std::chrono::milliseconds deadline) {
  Outcomes outcomes;
  while (outcomes.size() < files.size()) {
    const auto rest = files.subspan(outcomes.size());
    auto started = ProbeProcess::start(probe, rest);
    Outcomes found = started ? Run(rest, deadline).in(std::move(*started)) : Outcomes();
    // Without any outcome it is the probe that fails: another run would fare no better.
    if (found.empty()) {
      const Error error = started ? Error{Code::unavailable, probe.string() + ": wanted the program that tries plugins out, found one that reports nothing"}
                                  : started.error();
      outcomes.resize(files.size(), error);
    }
    std::move(found.begin(), found.end(), std::back_inserter(outcomes));
  }
  return outcomes;
}

}  // namespace backplane::plugin
