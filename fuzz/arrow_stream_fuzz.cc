// SPDX-License-Identifier: Apache-2.0
// The framing of an Arrow stream: the same messages, and the same end of it all,
// whether the bytes come at once or in pieces, with waits that end between them. The
// first byte says how they are cut.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "arrow/stream_assembler.h"
#include "fletching/error.h"
#include "fuzz_input.h"

namespace fletching {
namespace {

struct WaitEnded {};

// Gives bytes in pieces of a few, and sometimes throws first.
class Pieces {
 public:
  Pieces(std::span<const uint8_t> bytes, uint8_t seed) : rest_(bytes), state_(seed) {}

  size_t operator()(std::span<uint8_t> out) {
    if (out.empty()) fail("no room for bytes");
    if (next() % 4 == 0) throw WaitEnded();
    const size_t size =
        std::min({out.size(), rest_.size(), size_t{1} + next() % size_t{61}});
    if (size > 0) std::memcpy(out.data(), rest_.data(), size);
    rest_ = rest_.subspan(size);
    return size;
  }

 private:
  uint32_t next() {
    state_ = state_ * 1664525 + 1013904223;
    return state_ >> 16;
  }

  std::span<const uint8_t> rest_;
  uint32_t state_;
};

struct Story {
  std::vector<std::string> messages;
  std::string end;
};

Story read_all(const StreamAssembler::Source& source, size_t most) {
  Story story;
  StreamAssembler assembler;
  size_t taken = 0;
  while (true) {
    try {
      if (!assembler.next(source)) {
        story.end = assembler.has_said_end() ? "marker" : "input";
        // Asked again it says the same.
        if (assembler.next(source)) fail("a message behind the end");
        return story;
      }
    } catch (const WaitEnded&) {
      continue;
    } catch (const Error& error) {
      story.end = error.message();
      return story;
    }
    const std::span<const uint8_t> header = assembler.header();
    const size_t size = assembler.size();
    const Body body = assembler.take_body();
    if (header.size() + body.size() != size) fail("the sizes do not agree");
    taken += size;
    if (taken > most) fail("more than has come");
    story.messages.emplace_back(header.begin(), header.end());
    story.messages.back().append(body.bytes().begin(), body.bytes().end());
  }
}

}  // namespace
}  // namespace fletching

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace fletching;
  if (size == 0) return 0;
  const std::span<const uint8_t> bytes(data + 1, size - 1);
  const Story whole = read_all(source_of(bytes), bytes.size());
  const Story pieces = read_all(Pieces(bytes, data[0]), bytes.size());
  if (whole.messages != pieces.messages) fail("pieces make other messages");
  if (whole.end != pieces.end) fail("pieces end otherwise");
  return 0;
}
