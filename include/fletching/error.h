// SPDX-License-Identifier: Apache-2.0
// The one exception type of Fletching: what failed, why, and what to do about it.
#pragma once

#include <cstdint>
#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace fletching {

// The values are those of AdbcStatusCode (arrow-adbc/adbc.h), so that faces can cast.
enum class Code : uint8_t {
  kOk = 0,
  kUnknown = 1,
  kNotImplemented = 2,
  kNotFound = 3,
  kAlreadyExists = 4,
  kInvalidArgument = 5,
  kInvalidState = 6,
  kInvalidData = 7,
  kIntegrity = 8,
  kInternal = 9,
  kIo = 10,
  kCancelled = 11,
  kTimeout = 12,
  kUnauthenticated = 13,
  kUnauthorized = 14,
};

// "INVALID_ARGUMENT" and so on; never null.
[[nodiscard]] std::string_view code_name(Code code) noexcept;

// Thrown by every layer; translated once, at a face. Copying never throws and the state
// is immutable, so one Error may be read by many threads.
//
// A message reads "operation: what happened (what to do)" and holds no secret.
class Error : public std::exception {
 public:
  using Details = std::vector<std::pair<std::string, std::string>>;

  Error(Code code, std::string message);
  // sqlstate: five characters, or empty for the code's usual one.
  // vendor_code: the gRPC status code for errors that a server sent, else 0.
  // details: what came with it, for example gRPC trailers, name and raw value.
  Error(Code code, std::string message, std::string sqlstate, int32_t vendor_code = 0,
        Details details = {});

  [[nodiscard]] Code code() const noexcept;
  [[nodiscard]] const std::string& message() const noexcept;
  [[nodiscard]] const std::string& sqlstate() const noexcept;
  [[nodiscard]] int32_t vendor_code() const noexcept;
  [[nodiscard]] const Details& details() const noexcept;
  [[nodiscard]] const char* what() const noexcept override;

  // The same error with "context: " before its message.
  [[nodiscard]] Error with_context(std::string_view context) const;

 private:
  struct State;
  std::shared_ptr<const State> state_;
};

}  // namespace fletching
