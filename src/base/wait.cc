// SPDX-License-Identifier: Apache-2.0
#include "base/wait.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <ctime>
#include <string>
#include <vector>

#include "base/fork_gate.h"

namespace fletching {
namespace {

constexpr std::chrono::milliseconds kTickInterval{50};

timespec to_timespec(std::chrono::nanoseconds span) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(span);
  timespec ts{};
  ts.tv_sec = static_cast<time_t>(std::min<int64_t>(seconds.count(), 1 << 30));
  ts.tv_nsec = static_cast<long>((span - seconds).count());
  return ts;
}

}  // namespace

Event::Event() : fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (fd_ < 0) {
    throw Error(Code::kIo,
                "wait: no file descriptor left for an event (raise the limit of open "
                "files, or close connections)");
  }
}

Event::~Event() { ::close(fd_); }

void Event::set() noexcept {
  const uint64_t one = 1;
  [[maybe_unused]] const auto n = ::write(fd_, &one, sizeof one);
}

void Event::clear() noexcept {
  uint64_t count = 0;
  [[maybe_unused]] const auto n = ::read(fd_, &count, sizeof count);
}

void Wait::check(const char* doing) const {
  const auto set = [](const CancelToken* t) { return t != nullptr && t->cancelled(); };
  if (set(cancel) || set(stop)) {
    throw Error(Code::kCancelled, std::string(doing) + ": cancelled");
  }
  if (deadline.expired()) {
    throw Error(Code::kTimeout, std::string(doing) + ": timed out");
  }
}

bool wait_for(std::span<pollfd> fds, const Wait& wait, const char* doing,
              Deadline wake) {
  // A cancel is one more descriptor. Few are waited for at once, so copying is cheap.
  std::vector<pollfd> all(fds.begin(), fds.end());
  for (const CancelToken* token : {wait.cancel, wait.stop}) {
    if (token != nullptr) all.push_back({token->fd(), POLLIN, 0});
  }
  const Deadline end = wait.deadline.earlier(wake);
  for (;;) {
    wait.check(doing);
    auto nap = end.left();
    if (wait.tick != nullptr) {
      nap = std::min(nap, std::chrono::nanoseconds(kTickInterval));
    }
    const timespec ts = to_timespec(nap);
    const bool for_ever = end.is_never() && wait.tick == nullptr;
    int n = 0;
    {
      const ForkGate::Outside outside;
      n = ::ppoll(all.data(), static_cast<nfds_t>(all.size()), for_ever ? nullptr : &ts,
                  nullptr);
      const bool interrupted = n < 0;
      if (interrupted && errno != EINTR) {
        throw Error(Code::kIo, std::string(doing) + ": poll failed");
      }
      if (n <= 0 && wait.tick != nullptr) wait.tick->tick();
    }
    bool ready = false;
    for (size_t i = 0; i < fds.size(); ++i) {
      fds[i].revents = n > 0 ? all[i].revents : short{0};
      ready = ready || fds[i].revents != 0;
    }
    if (ready) return true;
    wait.check(doing);
    if (wake.expired()) return false;
  }
}

}  // namespace fletching
