// SPDX-License-Identifier: Apache-2.0
#include "transport/tcp_connect.h"

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <optional>

#include "base/fork_gate.h"

namespace fletching {
namespace {

constexpr std::chrono::milliseconds kStagger{250};
constexpr size_t kAtATime = 2;

class Race {
 public:
  Race(std::vector<Address> addresses, std::string target)
      : addresses_(std::move(addresses)), target_(std::move(target)) {}

  Connected run(const Wait& wait) {
    Deadline next = Deadline::at(Clock::now());
    while (true) {
      while (running_.size() < kAtATime && next_ < addresses_.size() &&
             (running_.empty() || next.expired())) {
        begin();
        next = Deadline::after(kStagger);
      }
      if (running_.empty() && next_ == addresses_.size()) throw all_failed();
      std::vector<pollfd> fds;
      for (const Attempt& a : running_) fds.push_back({a.fd.get(), POLLOUT, 0});
      const bool more = running_.size() < kAtATime && next_ < addresses_.size();
      if (fds.empty()) continue;
      wait_for(fds, wait, "connect", more ? next : Deadline::never());
      if (auto winner = harvest(fds)) return std::move(*winner);
    }
  }

 private:
  struct Attempt {
    Fd fd;
    size_t index;
  };

  void begin() {
    const size_t index = next_++;
    int error = 0;
    Fd fd = begin_connect(addresses_[index], &error);
    if (fd) {
      running_.push_back({std::move(fd), index});
    } else {
      failed(index, error);
    }
  }

  std::optional<Connected> harvest(const std::vector<pollfd>& fds) {
    for (size_t i = fds.size(); i-- > 0;) {
      if (fds[i].revents == 0) continue;
      Attempt attempt = std::move(running_[i]);
      running_.erase(running_.begin() + static_cast<std::ptrdiff_t>(i));
      const int error = connect_result(attempt.fd.get());
      if (error == 0) {
        return Connected{std::move(attempt.fd), addresses_[attempt.index]};
      }
      failed(attempt.index, error);
    }
    return std::nullopt;
  }

  void failed(size_t index, int error) {
    last_ = error;
    if (!reasons_.empty()) reasons_ += ", ";
    reasons_ += addresses_[index].text() + ": " + errno_text(error);
  }

  Error all_failed() const {
    std::string hint;
    if (last_ == ECONNREFUSED || last_ == ENOENT) {
      hint = " (is the server running, and is this its port?)";
    }
    return Error(Code::kIo, "connect: cannot reach " + target_ + ": " + reasons_ + hint,
                 "08001");
  }

  std::vector<Address> addresses_;
  std::string target_;
  size_t next_ = 0;
  std::vector<Attempt> running_;
  std::string reasons_;
  int last_ = 0;
};

}  // namespace

std::vector<Address> alternate_families(std::vector<Address> addresses) {
  std::vector<Address> first, other, mixed;
  for (const Address& a : addresses) {
    (a.family() == addresses.front().family() ? first : other).push_back(a);
  }
  for (size_t i = 0; i < std::max(first.size(), other.size()); ++i) {
    if (i < first.size()) mixed.push_back(first[i]);
    if (i < other.size()) mixed.push_back(other[i]);
  }
  return mixed;
}

Connected connect_any(std::vector<Address> addresses, const std::string& target,
                      const Wait& wait) {
  const ForkGate::Pass pass;
  return Race(alternate_families(std::move(addresses)), target).run(wait);
}

}  // namespace fletching
