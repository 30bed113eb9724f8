// SPDX-License-Identifier: Apache-2.0
// The messages of Arrow's streaming format from bytes that come in pieces (Arrow
// Columnar Format, "Encapsulated message format").
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "base/body.h"

namespace fletching {

// One stream, one thread. Lengths come from outside: memory grows with what arrives.
class StreamAssembler {
 public:
  // Fills in some bytes, at least one, or returns 0 at the end of the input. May throw;
  // the next call goes on where it was.
  using Source = std::function<size_t(std::span<uint8_t>)>;

  // The next message; false at the end of the stream. Throws kInvalidData for what is
  // no such stream, naming Arrow files.
  bool next(const Source& source);
  // The stream has ended by its own marker and not with the input.
  [[nodiscard]] bool has_said_end() const noexcept { return said_end_; }
  [[nodiscard]] std::span<const uint8_t> header() const noexcept { return header_; }
  [[nodiscard]] Body take_body() noexcept { return std::move(body_); }
  // Bytes of the message that came last.
  [[nodiscard]] size_t size() const noexcept { return header_.size() + body_size_; }

 private:
  enum class Part : uint8_t { kWord, kLength, kHeader, kBody };

  bool fill(const Source& source, std::span<uint8_t> out);
  bool take_word(const Source& source);
  void take_length(uint32_t length);
  void take_header(const Source& source);
  void take_rest(const Source& source);

  Part part_ = Part::kWord;
  size_t filled_ = 0;  // of the part
  std::array<uint8_t, 4> word_{};
  std::vector<uint8_t> header_;
  uint32_t header_size_ = 0;
  size_t body_size_ = 0;
  Body body_;
  bool begun_ = false;
  bool ended_ = false;
  bool said_end_ = false;
};

}  // namespace fletching
