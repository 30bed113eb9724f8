// SPDX-License-Identifier: Apache-2.0
// Short ways to make and end calls, for the tests of this layer.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "transport/channel.h"
#include "transport/server_for_test.h"

namespace fletching::testing_calls {

using namespace std::chrono_literals;
using namespace std::string_literals;
using Bytes = std::span<const uint8_t>;

inline Bytes bytes_of(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

inline Wait within(std::chrono::nanoseconds span) {
  Wait wait;
  wait.deadline = Deadline::after(span);
  return wait;
}

inline const Wait kWait = within(1h);  // the test runner's own limit is far shorter

inline ChannelOptions to(const ServerForTest& server) {
  ChannelOptions options;
  options.host = "127.0.0.1";
  options.port = server.port();
  return options;
}

inline std::unique_ptr<Call> begin(Channel& channel, const std::string& path,
                                   CallOptions options = {}) {
  options.path = path;
  return channel.start(std::move(options), kWait);
}

inline bool send(Call& call, std::string_view text, bool last = true) {
  const Bytes part = bytes_of(text);
  return call.write({&part, 1}, kWait, last);
}

inline std::unique_ptr<Call> request(Channel& channel, const std::string& path,
                                     CallOptions options = {}) {
  auto call = begin(channel, path, std::move(options));
  send(*call, "request");
  return call;
}

struct Total {
  size_t messages = 0, bytes = 0;
};

inline Total drain(Call& call, const Wait& wait = kWait) {
  Total total;
  Message m;
  while (call.read(m, wait)) {
    ++total.messages;
    total.bytes += m.head.size() + m.body.size();
  }
  return total;
}

inline Error failure(Call& call, const Wait& wait = kWait) {
  try {
    drain(call, wait);
  } catch (const Error& e) {
    return e;
  }
  ADD_FAILURE() << "the call succeeded";
  return Error(Code::kOk, "");
}

inline bool has(const Error& e, std::string_view part) {
  return e.message().find(part) != std::string::npos;
}

template <class F>
bool eventually(F&& condition) {
  for (int i = 0; i < 500 && !condition(); ++i) std::this_thread::sleep_for(10ms);
  return condition();
}

}  // namespace fletching::testing_calls
