// SPDX-License-Identifier: Apache-2.0
// What answered? A server that is no HTTP/2 server is named from its first bytes.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace fletching {

// "an HTTP/1.1 answer ('HTTP/1.1 400 Bad Request')", "a TLS alert", "plaintext HTTP/2",
// "'SSH-2.0-OpenSSH_9.2'", "bytes that are no text".
[[nodiscard]] std::string describe_bytes(std::span<const uint8_t> bytes);

// Looks at the first bytes a server sent. nullopt: they begin as HTTP/2 must (a
// SETTINGS frame, RFC 9113 section 3.4), as far as they go; otherwise a sentence for an
// error.
[[nodiscard]] std::optional<std::string> not_http2(std::span<const uint8_t> bytes);

}  // namespace fletching
