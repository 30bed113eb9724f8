// SPDX-License-Identifier: Apache-2.0
#include "flink/answer.h"

#include "fletching/error.h"

namespace fletching::flink {

namespace dom = simdjson::dom;

Answer::Answer(std::string_view json, std::string_view doing) : doing_(doing) {
  const auto error = parser_.parse(json.data(), json.size()).get(root_);
  if (error == simdjson::SUCCESS) return;
  throw Error(Code::kInvalidData, doing_ + ": the server's answer is no JSON (" +
                                      simdjson::error_message(error) + ")");
}

std::optional<dom::element> Answer::at(const char* path) const {
  dom::element found;
  if (root_.at_pointer(path).get(found) != simdjson::SUCCESS) return std::nullopt;
  return found;
}

std::optional<std::string> Answer::text(const char* path) const {
  std::string_view found;
  const auto element = at(path);
  if (!element || element->get(found) != simdjson::SUCCESS) return std::nullopt;
  return std::string(found);
}

std::optional<bool> Answer::boolean(const char* path) const {
  bool found = false;
  const auto element = at(path);
  if (!element || element->get(found) != simdjson::SUCCESS) return std::nullopt;
  return found;
}

std::optional<int64_t> Answer::number(const char* path) const {
  int64_t found = 0;
  const auto element = at(path);
  if (!element || element->get(found) != simdjson::SUCCESS) return std::nullopt;
  return found;
}

std::optional<std::string> Answer::json(const char* path) const {
  const auto element = at(path);
  if (!element) return std::nullopt;
  return simdjson::minify(*element);
}

bool Answer::is_object(const char* path) const {
  const auto element = at(path);
  return element && element->is_object();
}

std::string Answer::needed(const char* path) const {
  auto found = text(path);
  if (found) return *std::move(found);
  throw Error(Code::kInvalidData,
              doing_ + ": the server's answer has no '" + (path + 1) + "'");
}

void Answer::each(const char* path,
                  const std::function<void(std::string)>& take) const {
  dom::array items;
  const auto element = at(path);
  if (!element || element->get(items) != simdjson::SUCCESS) return;
  for (const dom::element item : items) take(simdjson::minify(item));
}

void Answer::each_text(const char* path,
                       const std::function<void(std::string_view)>& take) const {
  dom::array items;
  const auto element = at(path);
  if (!element || element->get(items) != simdjson::SUCCESS) return;
  for (const dom::element item : items) {
    std::string_view text;
    if (item.get(text) == simdjson::SUCCESS) take(text);
  }
}

void Answer::each_member(
    const char* path,
    const std::function<void(std::string_view, std::string)>& take) const {
  dom::object members;
  const auto element = at(path);
  if (!element || element->get(members) != simdjson::SUCCESS) return;
  for (const auto [name, value] : members) {
    std::string_view text;
    const bool is_text = value.get(text) == simdjson::SUCCESS;
    take(name, is_text ? std::string(text) : simdjson::minify(value));
  }
}

}  // namespace fletching::flink
