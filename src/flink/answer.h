// SPDX-License-Identifier: Apache-2.0
// The small JSON answers of Flink's REST APIs. What is missing or of another type than
// expected is nullopt: servers come in many versions.
#pragma once

#include <simdjson.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace fletching::flink {

class Answer {
 public:
  // Throws kInvalidData "doing: the server's answer is no JSON".
  Answer(std::string_view json, std::string_view doing);

  // Paths are JSON pointers (RFC 6901): "/status/phase"; "" is the whole.
  [[nodiscard]] std::optional<std::string> text(const char* path) const;
  [[nodiscard]] std::optional<bool> boolean(const char* path) const;
  [[nodiscard]] std::optional<int64_t> number(const char* path) const;
  // The member's own JSON, for what others read or nobody has to.
  [[nodiscard]] std::optional<std::string> json(const char* path) const;
  [[nodiscard]] bool is_object(const char* path) const;
  // text(), or kInvalidData "doing: the server's answer has no 'path'".
  [[nodiscard]] std::string needed(const char* path) const;

  // The JSON of each item of a list; nothing where there is none.
  void each(const char* path, const std::function<void(std::string)>& take) const;
  // The items that are text.
  void each_text(const char* path,
                 const std::function<void(std::string_view)>& take) const;
  // Members of an object; values that are no text as their JSON.
  void each_member(
      const char* path,
      const std::function<void(std::string_view, std::string)>& take) const;

 private:
  [[nodiscard]] std::optional<simdjson::dom::element> at(const char* path) const;

  std::string doing_;
  simdjson::dom::parser parser_;
  simdjson::dom::element root_;
};

}  // namespace fletching::flink
