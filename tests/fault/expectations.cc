// SPDX-License-Identifier: Apache-2.0
#include "expectations.h"

#include <cctype>
#include <fstream>
#include <regex>
#include <sstream>
#include <stdexcept>

namespace fletching::fault {
namespace {

std::vector<std::string> split(const std::string& text, char at) {
  std::vector<std::string> out;
  std::istringstream in(text);
  for (std::string word; std::getline(in, word, at);) {
    if (!word.empty()) out.push_back(word);
  }
  return out;
}

std::string trimmed(const std::string& text) {
  auto first = text.find_first_not_of(' ');
  auto last = text.find_last_not_of(' ');
  return first == std::string::npos ? "" : text.substr(first, last - first + 1);
}

// "NAME KEY=VALUE [OPTION=VALUE ...]"
void read_left(const std::string& text, Expectation& out) {
  auto open = text.find('[');
  out.scenario = trimmed(text.substr(0, open));
  if (open == std::string::npos) return;
  for (const auto& word :
       split(text.substr(open + 1, text.find(']') - open - 1), ' ')) {
    auto is = word.find('=');
    out.options[word.substr(0, is)] = word.substr(is + 1);
  }
}

// Takes "WORD NUMBER" off the end of `text`, if it is there.
bool take_number(std::string& text, const std::string& word, int64_t& number) {
  static const std::string kPattern = " (-?[0-9]+)$";
  std::smatch match;
  if (!std::regex_search(text, match, std::regex(" " + word + kPattern))) return false;
  number = std::stoll(match[1]);
  text = match.prefix();
  return true;
}

bool read_right(std::string text, Expectation& out) {
  int64_t number = 0;
  text = " " + text;
  take_number(text, "executed", out.executed);
  if (take_number(text, "within", number)) out.within = std::chrono::seconds(number);
  text = trimmed(text);
  std::smatch match;
  if (text == "either") return true;
  if (std::regex_match(text, match, std::regex("count (-?[0-9]+)"))) {
    out.outcome = Outcome::kCount;
    out.number = std::stoll(match[1]);
    return true;
  }
  if (std::regex_match(text, match, std::regex("rows ([0-9]+)(: (.*))?"))) {
    out.outcome = Outcome::kRows;
    out.number = std::stoll(match[1]);
    out.values = split(match[3], ',');
    return true;
  }
  out.outcome = Outcome::kError;
  static const std::string kBroken = "error INVALID_DATA,INTERNAL,IO";
  if (text.starts_with("broken")) text = kBroken + text.substr(6);
  if (!std::regex_match(text, match, std::regex("error ([A-Z_,]+)( /(.*)/)?")))
    return false;
  out.codes = split(match[1], ',');
  out.regex = match[3];
  return true;
}

}  // namespace

std::string Expectation::sql() const {
  if (!is_update()) return "scenario:" + scenario;
  return "insert into lights values ('scenario:" + scenario + "')";
}

std::string Expectation::test_name() const {
  std::string out = "L" + std::to_string(line) + "_" + scenario;
  for (char& c : out) c = std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
  return out;
}

std::vector<Expectation> read_expectations(const std::string& path) {
  std::ifstream in(path);
  if (!in) throw std::runtime_error("cannot read " + path);
  std::vector<Expectation> out;
  std::string text;
  for (int line = 1; std::getline(in, text); ++line) {
    if (text.empty() || text[0] == '#') continue;
    auto arrow = text.find(" -> ");
    Expectation one;
    one.line = line;
    bool fine = arrow != std::string::npos && read_right(text.substr(arrow + 4), one);
    if (!fine)
      throw std::runtime_error(path + ":" + std::to_string(line) + ": " + text);
    read_left(text.substr(0, arrow), one);
    out.push_back(std::move(one));
  }
  return out;
}

}  // namespace fletching::fault
