// SPDX-License-Identifier: Apache-2.0
#include "transport/output_queue.h"

#include <algorithm>

namespace fletching {
namespace {

// Neighbouring copies share a piece up to this size, so that frame headers and small
// frames go out together.
constexpr size_t kCoalesce = size_t{16} << 10;

}  // namespace

void OutputQueue::add_copy(std::span<const uint8_t> bytes) {
  if (bytes.empty()) return;
  size_ += bytes.size();
  if (!pieces_.empty() && pieces_.back().data == nullptr &&
      pieces_.back().size + bytes.size() <= kCoalesce) {
    Piece& last = pieces_.back();
    last.copy.insert(last.copy.end(), bytes.begin(), bytes.end());
    last.size = last.copy.size();
    return;
  }
  Piece piece;
  piece.copy.assign(bytes.begin(), bytes.end());
  piece.size = bytes.size();
  pieces_.push_back(std::move(piece));
}

void OutputQueue::add_reference(std::span<const uint8_t> bytes, const void* owner) {
  if (bytes.empty()) return;
  size_ += bytes.size();
  Piece piece;
  piece.data = bytes.data();
  piece.size = bytes.size();
  piece.owner = owner;
  pieces_.push_back(std::move(piece));
}

void OutputQueue::detach(const void* owner) {
  for (Piece& piece : pieces_) {
    if (piece.data == nullptr || piece.owner != owner) continue;
    piece.copy.assign(piece.data, piece.data + piece.size);
    piece.data = nullptr;
    piece.owner = nullptr;
  }
}

size_t OutputQueue::front(std::span<iovec> out) const {
  const size_t n = std::min(out.size(), pieces_.size());
  for (size_t i = 0; i < n; ++i) {
    const size_t skip = i == 0 ? offset_ : 0;
    out[i].iov_base = const_cast<uint8_t*>(pieces_[i].begin() + skip);  // only read
    out[i].iov_len = pieces_[i].size - skip;
  }
  return n;
}

void OutputQueue::consume(size_t n) {
  size_ -= n;
  sent_ += n;
  while (n > 0) {
    const size_t left = pieces_.front().size - offset_;
    if (n < left) {
      offset_ += n;
      return;
    }
    n -= left;
    offset_ = 0;
    pieces_.pop_front();
  }
}

void OutputQueue::clear() {
  pieces_.clear();
  offset_ = 0;
  size_ = 0;
}

}  // namespace fletching
