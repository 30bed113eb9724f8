// SPDX-License-Identifier: Apache-2.0
#include "transport/driver.h"

#include <poll.h>

#include <algorithm>
#include <memory>
#include <mutex>

#include "base/fork_gate.h"
#include "transport/connection.h"

namespace fletching {
namespace {

constexpr std::chrono::milliseconds kTickInterval{50};

// Over all waits of a thread, so that a long download of many short waits ticks too.
thread_local Clock::time_point t_last_tick{};

// A thread's place at one connection.
class Seat {
 public:
  explicit Seat(Http2Connection& connection) : connection_(connection) {}
  ~Seat() { leave(); }
  Seat(const Seat&) = delete;
  Seat& operator=(const Seat&) = delete;

  [[nodiscard]] Http2Connection& connection() const noexcept { return connection_; }
  void add(Target* target) { follower_.targets.push_back(target); }

  struct View {
    std::vector<pollfd> fds;
    Clock::time_point next;  // when to look again
    Target* ready = nullptr;
    bool again = false;  // do not sleep
  };

  void look(View& view) {
    const std::lock_guard lock(connection_.mutex());
    take_place();
    if (leads_) {
      view.again |= connection_.step();
      connection_.wake_ready_followers();
    }
    const auto now = Clock::now();
    for (Target* target : follower_.targets) {
      view.next = std::min(view.next, target->check_time(now));
      if (view.ready == nullptr && target->ready()) view.ready = target;
    }
    describe(view);
  }

  // After sleeping: resets the events that woke us.
  void woken() noexcept {
    if (follows_) follower_.event->clear();
    if (leads_) connection_.wake().clear();
  }

  // Who waited here has given up.
  void give_up() noexcept {
    if (connection_.inherited()) return;
    const std::lock_guard lock(connection_.mutex());
    connection_.doubt_if_quiet({});
  }

  void leave() noexcept {
    if ((!leads_ && !follows_) || connection_.inherited()) return;
    const std::lock_guard lock(connection_.mutex());
    if (follows_) connection_.unfollow(follower_);
    if (leads_) connection_.stop_leading();
    leads_ = follows_ = false;
  }

 private:
  void take_place() {
    if (leads_) return;
    if (connection_.lead()) {
      leads_ = true;
      if (follows_) connection_.unfollow(follower_);
      follows_ = false;
    } else if (!follows_) {
      connection_.follow(follower_);
      follows_ = true;
    }
  }

  void describe(View& view) const {
    if (!leads_) {
      view.fds.push_back({follower_.event->fd(), POLLIN, 0});
      return;
    }
    view.fds.push_back({connection_.wake().fd(), POLLIN, 0});
    if (connection_.socket() >= 0) {
      view.fds.push_back({connection_.socket(), connection_.poll_events(), 0});
    }
    view.next = std::min(view.next, connection_.next_timer());
  }

  Http2Connection& connection_;
  Follower follower_;
  bool leads_ = false;
  bool follows_ = false;
};

using Seats = std::vector<std::unique_ptr<Seat>>;

Seats seats_for(std::span<Target* const> targets) {
  Seats seats;
  for (Target* target : targets) {
    const auto same = [&](const auto& s) {
      return &s->connection() == &target->connection();
    };
    auto it = std::find_if(seats.begin(), seats.end(), same);
    if (it == seats.end()) {
      seats.push_back(std::make_unique<Seat>(target->connection()));
      it = std::prev(seats.end());
    }
    (*it)->add(target);
  }
  return seats;
}

// The tick may run anything, also another call on this connection: another thread, or
// this one within the tick, can lead meanwhile.
void tick_if_due(Seats& seats, const Wait& wait, const char* doing) {
  if (wait.tick == nullptr || Clock::now() - t_last_tick < kTickInterval) return;
  for (auto& seat : seats) seat->leave();
  t_last_tick = Clock::now();
  {
    const ForkGate::Outside outside;
    wait.tick->tick();
  }
  for (auto& seat : seats) seat->connection().check_process(doing);
}

size_t drive_seats(Seats& seats, std::span<Target* const> targets, const Wait& wait,
                   Deadline nap, const char* doing) {
  Wait untick = wait;
  untick.tick = nullptr;
  Seat::View view;
  while (true) {
    view.fds.clear();
    view.next = nap.when();
    view.again = false;
    for (auto& seat : seats) seat->look(view);
    if (view.ready != nullptr) {
      const auto it = std::find(targets.begin(), targets.end(), view.ready);
      return static_cast<size_t>(it - targets.begin());
    }
    wait.check(doing);
    if (nap.expired()) return targets.size();
    if (!view.again) {
      if (wait.tick != nullptr) {
        view.next = std::min(view.next, t_last_tick + kTickInterval);
      }
      wait_for(view.fds, untick, doing, Deadline::at(view.next));
      for (auto& seat : seats) seat->connection().check_process(doing);
      for (auto& seat : seats) seat->woken();
    }
    tick_if_due(seats, wait, doing);
  }
}

}  // namespace

void breathe(const Wait& wait, const char* doing) {
  const bool due = wait.tick != nullptr && Clock::now() - t_last_tick >= kTickInterval;
  if (due) t_last_tick = Clock::now();
  {
    const ForkGate::Outside outside;
    if (due) wait.tick->tick();
  }
  wait.check(doing);
}

size_t drive(std::span<Target* const> targets, const Wait& wait, Deadline nap,
             const char* doing) {
  Seats seats = seats_for(targets);
  try {
    return drive_seats(seats, targets, wait, nap, doing);
  } catch (...) {
    for (auto& seat : seats) seat->give_up();
    throw;
  }
}

}  // namespace fletching
