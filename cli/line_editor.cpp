#include "cli/line_editor.hpp"

#include "cli/display_text.hpp"

#include <fcntl.h>
#include <histedit.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <clocale>
#include <csignal>
#include <cstdio>
#include <cwchar>
#include <utility>

namespace sluice::cli {

namespace {

/// Lines that are kept.
constexpr auto history_lines_max = 2'000;
/// What a list of completions shows.
constexpr auto candidates_shown_max = std::size_t{100};
constexpr auto screen_columns = std::size_t{78};

struct history_closer {
  void operator()(History* handle) const noexcept {
    history_end(handle);
  }
};
struct editor_closer {
  void operator()(EditLine* handle) const noexcept {
    el_end(handle);
  }
};

/// Set by handlers of signals.
struct signal_flags {
  std::atomic<bool> is_interrupted = false;
  std::atomic<bool> is_resized = false;
};

signal_flags& flags() noexcept {
  static constinit auto result = signal_flags{};
  return result;
}

extern "C" void note_interrupt(int) {
  flags().is_interrupted.store(true);
}

extern "C" void note_resize(int) {
  flags().is_resized.store(true);
}

void handle(int signal, void (*handler)(int)) noexcept {
  struct sigaction action = {};
  action.sa_handler = handler;
  sigemptyset(&action.sa_mask);
  // Without SA_RESTART: reading is to end.
  ::sigaction(signal, &action, nullptr);
}

std::string list_of(const std::vector<std::string>& candidates) {
  auto result = std::string{"\n"};
  auto column = std::size_t{0};
  auto shown = std::size_t{0};
  for (const auto& each : candidates) {
    if (shown++ == candidates_shown_max) {
      result += "  … and " + std::to_string(candidates.size() - shown + 1)
                + " more";
      break;
    }
    const auto width = display_width(each) + 2;
    if (column > 0 && column + width > screen_columns) {
      result += "\n";
      column = 0;
    }
    result.append(printable(each)).append("  ");
    column += width;
  }
  return result + "\n";
}

} // namespace

struct line_editor::impl {
  std::string history_file;
  completer complete;
  std::string prompt;
  std::unique_ptr<History, history_closer> history;
  std::unique_ptr<EditLine, editor_closer> editor;
  std::mbstate_t decoding = {};
  bool is_cancelled = false;
};

namespace {

line_editor::impl& owner_of(EditLine* editor) noexcept {
  void* data = nullptr;
  el_get(editor, EL_CLIENTDATA, &data);
  return *static_cast<line_editor::impl*>(data);
}

const char* prompt_of(EditLine* editor) noexcept {
  return owner_of(editor).prompt.c_str();
}

/// libedit's own way to read would try again where a signal came.
int read_character(EditLine* editor, wchar_t* out) noexcept {
  auto& owner = owner_of(editor);
  while (true) {
    if (flags().is_resized.exchange(false))
      el_resize(editor);
    if (flags().is_interrupted.exchange(false)) {
      owner.is_cancelled = true;
      errno = EINTR;
      return -1;
    }
    auto waiting = pollfd{.fd = STDIN_FILENO, .events = POLLIN, .revents = 0};
    // A signal between the look above and here is seen half a second later.
    constexpr auto look_again_ms = 500;
    if (::poll(&waiting, 1, look_again_ms) <= 0)
      continue;
    auto byte = char{0};
    const auto count = ::read(STDIN_FILENO, &byte, 1);
    if (count < 0 && errno == EINTR)
      continue;
    if (count <= 0)
      return static_cast<int>(count);
    const auto used = std::mbrtowc(out, &byte, 1, &owner.decoding);
    if (used == static_cast<std::size_t>(-2))
      continue;
    if (used == static_cast<std::size_t>(-1)) {
      // No character of this locale: left out.
      owner.decoding = {};
      continue;
    }
    return 1;
  }
}

unsigned char complete_line(EditLine* editor, int) noexcept {
  try {
    const auto* const line = el_line(editor);
    const auto before = std::string_view{
        line->buffer, static_cast<std::size_t>(line->cursor - line->buffer)};
    auto found = owner_of(editor).complete(before);
    if (found.candidates.empty())
      return CC_REFRESH;
    const auto typed = before.substr(before.size() - found.replaced_bytes);
    auto text = found.text;
    if (found.candidates.size() == 1)
      text += " ";
    if (text == typed) {
      const auto list = list_of(found.candidates);
      std::fwrite(list.data(), 1, list.size(), stdout);
      std::fflush(stdout);
      return CC_REDISPLAY;
    }
    el_deletestr(editor, static_cast<int>(found.replaced_bytes));
    el_insertstr(editor, text.c_str());
    return CC_REFRESH;
  } catch (...) {
    return CC_ERROR;
  }
}

/// SQL may hold what nobody else is to read.
void make_private(const std::string& path) {
  constexpr auto owner_only = mode_t{0600};
  if (const auto file
      = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, owner_only);
      file >= 0)
    ::close(file);
}

} // namespace

line_editor::line_editor(std::string history_file, completer complete)
    : impl_{std::make_unique<impl>()} {
  // libedit works with the characters of the locale.
  std::setlocale(LC_CTYPE, "");
  impl_->history_file = std::move(history_file);
  impl_->complete = std::move(complete);
  impl_->history.reset(history_init());
  auto event = HistEvent{};
  history(impl_->history.get(), &event, H_SETSIZE, history_lines_max);
  history(impl_->history.get(), &event, H_SETUNIQUE, 1);
  if (!impl_->history_file.empty())
    history(impl_->history.get(), &event, H_LOAD, impl_->history_file.c_str());
  handle(SIGINT, note_interrupt);
  handle(SIGWINCH, note_resize);
  auto* const editor = el_init("sluice", stdin, stdout, stderr);
  impl_->editor.reset(editor);
  el_set(editor, EL_CLIENTDATA, impl_.get());
  el_set(editor, EL_PROMPT, prompt_of);
  el_set(editor, EL_EDITOR, "emacs");
  el_set(editor, EL_SIGNAL, 0);
  el_set(editor, EL_HIST, ::history, impl_->history.get());
  el_set(editor, EL_GETCFN, read_character);
  // The names must outlive the editor; el_set would copy them, and never free.
  el_wset(editor, EL_ADDFN, L"sluice-complete", L"Complete a word",
          complete_line);
  el_set(editor, EL_BIND, "^I", "sluice-complete", nullptr);
  el_set(editor, EL_BIND, "^R", "em-inc-search-prev", nullptr);
  // What the user likes better.
  el_source(editor, nullptr);
}

line_editor::~line_editor() {
  auto event = HistEvent{};
  if (!impl_->history_file.empty()) {
    make_private(impl_->history_file);
    history(impl_->history.get(), &event, H_SAVE, impl_->history_file.c_str());
  }
  std::signal(SIGINT, SIG_DFL);
  std::signal(SIGWINCH, SIG_DFL);
}

line_editor::input line_editor::read_line(const std::string& prompt) {
  impl_->prompt = prompt;
  impl_->is_cancelled = false;
  // Before the prompt is there: what is typed at once, as Control-D, would get
  // another meaning when the terminal changes its ways.
  el_set(impl_->editor.get(), EL_PREP_TERM, 1);
  auto count = 0;
  const auto* const line = el_gets(impl_->editor.get(), &count);
  if (impl_->is_cancelled) {
    std::fputs("^C\n", stdout);
    std::fflush(stdout);
    el_reset(impl_->editor.get());
    return {outcome::interrupted};
  }
  if (line == nullptr || count <= 0)
    return {outcome::end};
  auto result = input{outcome::line, line};
  while (result.text.ends_with('\n') || result.text.ends_with('\r'))
    result.text.pop_back();
  auto event = HistEvent{};
  if (result.text.find_first_not_of(" \t") != std::string::npos)
    history(impl_->history.get(), &event, H_ENTER, result.text.c_str());
  return result;
}

bool line_editor::was_interrupted() noexcept {
  return flags().is_interrupted.exchange(false);
}

} // namespace sluice::cli
