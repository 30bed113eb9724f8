// SPDX-License-Identifier: Apache-2.0
// SIGPIPE ends a process that does not ignore it: Python does, R and C programs do not.
#include "transport/socket.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <csignal>

#include "fletching/error.h"
#include "transport/tls_stream.h"

namespace fletching {
namespace {

class ClosedPeer : public testing::Test {
 protected:
  // The default action, as most hosts have it: a signal would end this program.
  void SetUp() override { before_ = std::signal(SIGPIPE, SIG_DFL); }
  void TearDown() override { std::signal(SIGPIPE, before_); }

  static Fd connected_to_nobody() {
    int pair[2] = {-1, -1};
    EXPECT_EQ(
        ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair), 0);
    const Fd gone(pair[1]);
    return Fd(pair[0]);
  }

 private:
  void (*before_)(int) = SIG_DFL;
};

TEST_F(ClosedPeer, DoesNotKillTheWriter) {
  const auto stream = plain_stream(connected_to_nobody());
  char text[] = "to nobody";
  const iovec piece{text, sizeof text};
  for (int i = 0; i < 3; ++i) {
    try {
      static_cast<void>(stream->send({&piece, 1}));
      FAIL() << "it was sent";
    } catch (const Error& e) {
      EXPECT_EQ(e.code(), Code::kIo);
    }
  }
}

TEST_F(ClosedPeer, DoesNotKillATlsWriter) {
  TlsOptions options;
  options.verify = false;
  TlsStream stream(connected_to_nobody(), options, "localhost");
  try {
    static_cast<void>(stream.handshake());  // its first step writes
    FAIL() << "it was sent";
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), Code::kIo);
  }
}  // and the destructor may want to say goodbye

}  // namespace
}  // namespace fletching
