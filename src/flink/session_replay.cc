// SPDX-License-Identifier: Apache-2.0
#include "flink/session_replay.h"

#include <algorithm>
#include <array>

#include "backend/sql_text.h"

namespace fletching::flink {
namespace {

// A session that was changed more often is none that a person or a program sets up.
constexpr size_t kMost = 1000;

using Words = std::array<std::string_view, 4>;

Words first_words(std::string_view sql) {
  SqlScanner scanner(sql, *find_dialect("flink"));
  Words words{};
  for (auto& word : words) {
    if (scanner.next() != SqlToken::kWord) break;
    word = scanner.text();
  }
  return words;
}

bool any_of(std::string_view word, std::initializer_list<std::string_view> keywords) {
  return std::any_of(keywords.begin(), keywords.end(),
                     [word](auto keyword) { return is_keyword(word, keyword); });
}

// CREATE [OR ALTER] [TEMPORARY] [SYSTEM] ...
bool says_temporary(const Words& words) {
  return std::any_of(words.begin() + 1, words.end(),
                     [](auto word) { return is_keyword(word, "temporary"); });
}

}  // namespace

bool SessionReplay::note(std::string_view sql) {
  if (statements_.size() >= kMost) return false;
  const Words words = first_words(sql);
  bool lasting = any_of(words[0], {"set", "reset", "use", "load", "unload"}) ||
                 (any_of(words[0], {"add", "remove"}) && is_keyword(words[1], "jar"));
  if (any_of(words[0], {"create", "alter", "drop"})) {
    const bool catalog = is_keyword(words[1], "catalog");
    lasting = catalog || in_memory_ || says_temporary(words);
    if (catalog) in_memory_ = false;
  }
  if (is_keyword(words[0], "use") && is_keyword(words[1], "catalog")) {
    in_memory_ = false;
  }
  if (lasting) statements_.emplace_back(sql);
  return lasting;
}

}  // namespace fletching::flink
