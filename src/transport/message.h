// SPDX-License-Identifier: Apache-2.0
// One gRPC message as received, in two pieces: the payload of one chosen top-level
// bytes field in aligned memory of its own, and all other bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/body.h"

namespace fletching {

struct Message {
  // The message without the split field: its tag and length are left out too, so this
  // is a well-formed message by itself.
  std::vector<uint8_t> head;
  Body body;              // that field's payload, 64-aligned; empty if absent
  bool has_body = false;  // the field was there (it may be empty)
  // `head` is the whole message as it came, still compressed; there is no body yet.
  bool compressed = false;
  size_t wire_size = 0;  // bytes of the message on the wire, before decompression
};

}  // namespace fletching
