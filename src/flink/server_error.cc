// SPDX-License-Identifier: Apache-2.0
#include "flink/server_error.h"

#include <algorithm>
#include <array>
#include <vector>

#include "flink/answer.h"

namespace fletching::flink {
namespace {

// One exception of a Java stack trace, without its package.
struct JavaCause {
  std::string name, message;
};

constexpr size_t kLongestText = 4000;
constexpr std::string_view kEnd = "End of exception on server side";
constexpr std::string_view kCausedBy = "\nCaused by: ";

std::string_view trimmed(std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

// "org.apache.flink.X: message" up to the first frame of the stack.
JavaCause cause_of(std::string_view text) {
  text = text.substr(0, text.find("\n\tat "));
  text = text.substr(0, text.find("\n\t... "));
  text = trimmed(text.substr(0, text.find(kEnd)));
  const size_t colon = text.find(": ");
  std::string_view name = text.substr(0, colon);
  // Text that only looks like it: names of classes have no blanks.
  if (name.find_first_of(" \n") != std::string_view::npos) {
    return {"", std::string(text)};
  }
  const size_t dot = name.find_last_of(".$");
  if (dot != std::string_view::npos) name.remove_prefix(dot + 1);
  const auto message =
      colon == std::string_view::npos ? std::string_view() : text.substr(colon + 2);
  return {std::string(name), std::string(trimmed(message))};
}

std::vector<JavaCause> causes_of(std::string_view trace) {
  constexpr std::string_view kBegin = "<Exception on server side:";
  if (trace.starts_with(kBegin)) trace.remove_prefix(kBegin.size());
  std::vector<JavaCause> causes;
  while (true) {
    const size_t end = trace.find(kCausedBy);
    causes.push_back(cause_of(trimmed(trace.substr(0, end))));
    if (end == std::string_view::npos) return causes;
    trace.remove_prefix(end + kCausedBy.size());
  }
}

bool says_nothing_new(const JavaCause& cause) {
  return cause.message.empty() || cause.message == "null";
}

std::string text_of(const std::vector<JavaCause>& causes) {
  auto last = std::find_if_not(causes.rbegin(), causes.rend(), says_nothing_new);
  if (last == causes.rend()) return causes.back().name;
  // An outer cause may repeat the text and say where in the SQL it is.
  const JavaCause* best = &*last;
  for (const JavaCause& cause : causes) {
    const bool adds = cause.message.size() > last->message.size() &&
                      cause.message.ends_with(last->message) &&
                      cause.message.find("Exception: ") == std::string::npos;
    if (adds && cause.message.size() > best->message.size()) best = &cause;
  }
  std::string text =
      best->name.empty() ? best->message : best->name + ": " + best->message;
  if (text.size() > kLongestText) {
    text.resize(kLongestText);
    text += " ...";
  }
  return text;
}

bool holds(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

struct Meaning {
  Code code;
  const char* sqlstate;  // "": the code's usual one
};

Meaning meaning_of_status(int status) {
  switch (status) {
    case 400:
    case 422:
      return {Code::kInvalidArgument, ""};
    case 401:
      return {Code::kUnauthenticated, ""};
    case 403:
      return {Code::kUnauthorized, ""};
    case 404:
    case 410:
      return {Code::kNotFound, ""};
    case 408:
      return {Code::kTimeout, ""};
    case 409:
      return {Code::kAlreadyExists, "42710"};
    case 429:
    case 502:
    case 503:
    case 504:
      return {Code::kIo, "08004"};
    default:
      return {Code::kUnknown, ""};
  }
}

// By the exceptions that the planner and running jobs throw, then by what Confluent
// says of the same.
Meaning meaning_of_words(std::string_view kinds, std::string_view text) {
  constexpr std::array<std::string_view, 4> kSyntax = {
      "SqlParserException ", "ParseException ", "SqlParserEOFException ",
      "SqlValidatorException "};
  for (const auto name : kSyntax) {
    if (holds(kinds, name)) return {Code::kInvalidArgument, "42000"};
  }
  // The same without their classes, as Confluent tells of them.
  constexpr std::array<std::string_view, 8> kPlanner = {
      "only single statement supported",
      "SQL parse failed",
      "SQL validation failed",
      "Object '",
      "Table (or view) '",
      "Illegal use of ",
      "Non-query expression ",
      "Encountered \""};
  for (const auto words : kPlanner) {
    if (holds(text, words)) return {Code::kInvalidArgument, "42000"};
  }
  constexpr std::array<std::string_view, 4> kValues = {
      "ArithmeticException ", "NumberFormatException ", "DateTimeException ",
      "DateTimeParseException "};
  for (const auto name : kValues) {
    if (holds(kinds, name)) return {Code::kInvalidData, "22000"};
  }
  if (holds(kinds, "ValidationException ")) return {Code::kInvalidArgument, "42000"};
  if (holds(kinds, "CatalogException ") || holds(kinds, "NotExistException ")) {
    return {Code::kNotFound, ""};
  }
  if (holds(kinds, "AlreadyExistException ")) return {Code::kAlreadyExists, ""};
  return {Code::kUnknown, ""};
}

std::string shown(std::string_view body) {
  std::string text(trimmed(body.substr(0, 200)));
  std::replace_if(
      text.begin(), text.end(),
      [](char c) { return static_cast<unsigned char>(c) < ' '; }, ' ');
  return text;
}

void read_errors(const std::string& body, ServerWords& words) {
  const Answer answer(body, "reading an error");
  answer.each_text("/errors", [&](std::string_view text) {
    words.trace = text;  // the last one has it
  });
  answer.each("/errors", [&](const std::string& json) {
    if (!json.starts_with('{')) return;
    const Answer one(json, "reading an error");
    auto detail = one.text("/detail");
    if (!detail || detail->empty()) detail = one.text("/title");
    if (!detail || detail->empty()) return;
    if (!words.text.empty()) words.text += "; ";
    words.text += *detail;
    if (words.code.empty()) words.code = one.text("/code").value_or("");
  });
  if (words.text.empty()) words.text = answer.text("/message").value_or("");
  if (words.text.empty()) words.text = answer.text("/error/message").value_or("");
}

}  // namespace

std::string innermost_cause(std::string_view trace) {
  return text_of(causes_of(trace));
}

ServerWords words_of(const HttpResponse& response) {
  ServerWords words;
  try {
    read_errors(response.body, words);
  } catch (const Error&) {
    // No JSON: a page of a proxy, say.
  }
  if (!words.trace.empty()) {
    const auto causes = causes_of(words.trace);
    words.text = text_of(causes);
    for (const auto& cause : causes) words.kinds += cause.name + " ";
  }
  if (words.text.empty()) {
    words.text = "HTTP " + std::to_string(response.status);
    const std::string body = shown(response.body);
    if (!body.empty()) words.text += ", '" + body + "'";
  }
  return words;
}

Error server_error(const HttpResponse& response, std::string_view doing) {
  const ServerWords words = words_of(response);
  Meaning meaning = meaning_of_status(response.status);
  if (meaning.code == Code::kUnknown) {
    return statement_error(doing, words.text, words.kinds, response.status);
  }
  std::string text = std::string(doing) + ": " + words.text;
  if (response.status == 401)
    text += " (are user and password, or key and secret, right?)";
  Error::Details details;
  if (!words.code.empty()) details.emplace_back("code", words.code);
  return Error(meaning.code, std::move(text), meaning.sqlstate, response.status,
               std::move(details));
}

Error statement_error(std::string_view doing, std::string_view text,
                      std::string_view kinds, int32_t http_status) {
  const Meaning meaning = meaning_of_words(kinds, text);
  return Error(meaning.code, std::string(doing) + ": " + std::string(text),
               meaning.sqlstate, http_status);
}

}  // namespace fletching::flink
