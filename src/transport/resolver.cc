// SPDX-License-Identifier: Apache-2.0
#include "transport/resolver.h"

#include <ares.h>
#include <netinet/in.h>
#include <poll.h>

#include <array>
#include <cstring>
#include <mutex>

#include "base/fork_gate.h"

namespace fletching {
namespace {

struct Answer {
  bool done = false;
  int status = ARES_SUCCESS;
  std::vector<Address> addresses;
};

void on_answer(void* to, int status, int, ares_addrinfo* result) {
  auto& answer = *static_cast<Answer*>(to);
  answer.done = true;
  answer.status = status;
  if (result == nullptr) return;
  for (const ares_addrinfo_node* n = result->nodes; n != nullptr; n = n->ai_next) {
    if (n->ai_family != AF_INET && n->ai_family != AF_INET6) continue;
    Address address;
    address.size = static_cast<socklen_t>(n->ai_addrlen);
    std::memcpy(&address.storage, n->ai_addr, address.size);
    answer.addresses.push_back(address);
  }
  ares_freeaddrinfo(result);
}

void init_cares() {
  static const int status = ares_library_init(ARES_LIB_INIT_ALL);
  if (status != ARES_SUCCESS) {
    throw Error(Code::kInternal, std::string("resolve: ") + ares_strerror(status));
  }
}

// One look-up. Left over in a forked child (a tick may fork) it is leaked: its sockets
// are the parent's too.
class Query {
 public:
  explicit Query(const std::string& dns_servers) : generation_(ForkGate::generation()) {
    init_cares();
    ares_options options{};
    options.timeout = 2000;
    options.tries = 3;
    int status =
        ares_init_options(&channel_, &options, ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES);
    if (status == ARES_SUCCESS && !dns_servers.empty()) {
      status = ares_set_servers_ports_csv(channel_, dns_servers.c_str());
      if (status != ARES_SUCCESS) ares_destroy(channel_);
    }
    if (status != ARES_SUCCESS) {
      throw Error(Code::kIo, std::string("resolve: ") + ares_strerror(status), "08001");
    }
  }
  ~Query() {
    if (generation_ == ForkGate::generation()) ares_destroy(channel_);
  }
  Query(const Query&) = delete;
  Query& operator=(const Query&) = delete;

  void start(const std::string& host, uint16_t port, Answer* answer) {
    ares_addrinfo_hints hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = ARES_AI_NUMERICSERV;
    ares_getaddrinfo(channel_, host.c_str(), std::to_string(port).c_str(), &hints,
                     on_answer, answer);
  }

  // Waits for one round of events and handles them.
  void turn(const Wait& wait) {
    std::array<ares_socket_t, ARES_GETSOCK_MAXNUM> sockets{};
    const auto bits = static_cast<unsigned>(
        ares_getsock(channel_, sockets.data(), static_cast<int>(sockets.size())));
    std::array<pollfd, ARES_GETSOCK_MAXNUM> fds{};
    size_t n = 0;
    for (unsigned i = 0; i < sockets.size(); ++i) {
      const short events =
          static_cast<short>((ARES_GETSOCK_READABLE(bits, i) ? POLLIN : 0) |
                             (ARES_GETSOCK_WRITABLE(bits, i) ? POLLOUT : 0));
      if (events != 0) fds[n++] = {sockets[i], events, 0};
    }
    timeval most{1, 0};
    timeval left{};
    const timeval* next = ares_timeout(channel_, &most, &left);
    const auto nap = std::chrono::seconds(next->tv_sec) +
                     std::chrono::microseconds(next->tv_usec + 1000);
    wait_for({fds.data(), n}, wait, "resolve", Deadline::after(nap));
    if (generation_ != ForkGate::generation()) {
      throw Error(Code::kInvalidState, "resolve: the process was forked meanwhile");
    }
    process({fds.data(), n});
  }

 private:
  void process(std::span<const pollfd> fds) {
    bool any = false;
    for (const pollfd& fd : fds) {
      if (fd.revents == 0) continue;
      any = true;
      const bool writable = (fd.revents & POLLOUT) != 0;
      const bool readable = (fd.revents & ~POLLOUT) != 0;
      ares_process_fd(channel_, readable ? fd.fd : ARES_SOCKET_BAD,
                      writable ? fd.fd : ARES_SOCKET_BAD);
    }
    if (!any) ares_process_fd(channel_, ARES_SOCKET_BAD, ARES_SOCKET_BAD);  // timeouts
  }

  uint32_t generation_;
  ares_channel channel_ = nullptr;
};

bool is_localhost(std::string_view host) {
  if (host.ends_with('.')) host.remove_suffix(1);
  std::string lower;
  for (const char c : host)
    lower += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return lower == "localhost" || lower.ends_with(".localhost");  // RFC 6761 6.3
}

}  // namespace

std::vector<Address> resolve(const std::string& host, uint16_t port,
                             const std::string& dns_servers, const Wait& wait) {
  if (const Address literal = literal_address(host, port); literal.size != 0) {
    return {literal};
  }
  if (is_localhost(host)) {
    return {literal_address("127.0.0.1", port), literal_address("::1", port)};
  }
  if (host.empty()) throw Error(Code::kInvalidArgument, "connect: no host given");
  const ForkGate::Pass pass;
  // The answer outlives the query, whose destructor still calls back.
  Answer answer;
  Query query(dns_servers);
  query.start(host, port, &answer);
  while (!answer.done) query.turn(wait);
  if (answer.status != ARES_SUCCESS || answer.addresses.empty()) {
    throw Error(Code::kIo,
                "connect: cannot resolve '" + host + "': " +
                    (answer.status == ARES_SUCCESS ? "it has no address"
                                                   : ares_strerror(answer.status)) +
                    " (is the name right, and is a DNS server reachable?)",
                "08001");
  }
  return std::move(answer.addresses);
}

}  // namespace fletching
