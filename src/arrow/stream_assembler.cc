// SPDX-License-Identifier: Apache-2.0
#include "arrow/stream_assembler.h"

#include <algorithm>
#include <cstring>
#include <string>

#include "arrow/flat.h"
#include "arrow/ipc_format.h"
#include "fletching/error.h"

namespace fletching {
namespace {

constexpr uint32_t kMarker = 0xFFFFFFFF;
constexpr uint32_t kMaxHeader = uint32_t{1} << 30;
constexpr int64_t kMaxBody = int64_t{1} << 36;
constexpr size_t kStep = size_t{1} << 20;

[[noreturn]] void bad(const std::string& what) {
  throw Error(Code::kInvalidData, "reading an Arrow stream: " + what);
}

// The first bytes of a file of Arrow's, which servers offer under no name or a
// stream's.
void check_magic(std::span<const uint8_t, 4> word) {
  const std::string_view text(reinterpret_cast<const char*>(word.data()), word.size());
  if (text == "ARRO") {
    throw Error(Code::kNotImplemented,
                "reading an Arrow stream: it is an Arrow file, not a stream (read it "
                "with pyarrow.ipc.open_file, or have the server offer a stream)");
  }
}

}  // namespace

// False at the end of the input, if nothing of the part has come.
bool StreamAssembler::fill(const Source& source, std::span<uint8_t> out) {
  while (filled_ < out.size()) {
    const size_t got = source(out.subspan(filled_));
    if (got == 0) {
      if (filled_ == 0) return false;
      bad("it ends inside of a message");
    }
    filled_ += got;
  }
  filled_ = 0;
  return true;
}

bool StreamAssembler::take_word(const Source& source) {
  if (!fill(source, word_)) {
    if (part_ == Part::kLength) bad("it ends inside of a message");
    ended_ = true;
    return false;
  }
  if (!begun_) check_magic(word_);
  begun_ = true;
  return true;
}

void StreamAssembler::take_length(uint32_t length) {
  if (length == 0) {  // the end of the stream, as it says itself
    ended_ = said_end_ = true;
    return;
  }
  if (length > kMaxHeader) bad("a message's header is too large");
  header_size_ = length;
  header_.clear();
  part_ = Part::kHeader;
}

void StreamAssembler::take_header(const Source& source) {
  while (header_.size() < header_size_) {
    const size_t old = header_.size();
    const size_t step = std::min<size_t>(header_size_ - old, kStep);
    header_.resize(old + step);
    size_t got = 0;
    try {
      got = source(std::span(header_).subspan(old));
    } catch (...) {
      header_.resize(old);
      throw;
    }
    if (got == 0) bad("it ends inside of a message");
    header_.resize(old + got);
  }
  const auto length =
      flat::Table::root(header_).scalar<int64_t>(ipc::message::kBodyLength, 0);
  if (length < 0 || length > kMaxBody) bad("a message's body is too large");
  body_size_ = static_cast<size_t>(length);
  body_ = Body::allocate(body_size_);  // only reserved until bytes are put there
  part_ = Part::kBody;
}

void StreamAssembler::take_rest(const Source& source) {
  if (body_size_ > 0 && !fill(source, {body_.data(), body_size_})) {
    bad("it ends inside of a message");
  }
  part_ = Part::kWord;
}

bool StreamAssembler::next(const Source& source) {
  while (!ended_) {
    switch (part_) {
      case Part::kWord:
      case Part::kLength: {
        if (!take_word(source)) break;
        uint32_t word = 0;
        std::memcpy(&word, word_.data(), sizeof word);
        if (part_ == Part::kWord && word == kMarker) {
          part_ = Part::kLength;
        } else {
          take_length(word);  // without a marker: framed as before 2019
        }
        break;
      }
      case Part::kHeader:
        take_header(source);
        break;
      case Part::kBody:
        take_rest(source);
        return true;
    }
  }
  return false;
}

}  // namespace fletching
